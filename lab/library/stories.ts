/** What pages know of long-lag experiments without asking: plain data of the library. What trains is the Worker (watch.ts). */
export { LONG_LAG_DEFAULTS, STORIES, storyNamed } from "unrolled/systems/long-lag";
export type { LongLagConfig, Story, Summary, WatchedEnd, WatchedStep } from "unrolled/systems/long-lag";
