/** The settings of the page: a story, and whatever differs from it. */
import { STORIES, storyNamed, type LongLagConfig, type Story } from "../../library/stories.js";
import { choiceOf, numberOf, readSettings, type AnySetting, type Setting } from "../../settings.js";

export type SideName = "left" | "right";
export const SIDES: readonly SideName[] = ["left", "right"];

/** Settings that both sides share: only so can they be compared. */
export const SHARED = ["task", "lag", "hidden", "batch", "steps", "seed"] as const satisfies readonly (keyof LongLagConfig)[];
/** Those in which they may differ. */
export const REMEDIES = ["cell", "initial", "gain", "forgetBias", "optimizer", "lr", "clip", "truncate"] as const satisfies readonly (keyof LongLagConfig)[];

export const TASKS = [["recall", "first symbol"], ["adding", "adding problem"], ["copy", "copy"]] as const;
export const CELLS = [["elman-tanh", "Elman, tanh"], ["elman-relu", "Elman, ReLU"], ["lstm", "LSTM"], ["gru", "GRU"]] as const;
export const INITIALS = [["gaussian", "Gaussian"], ["orthogonal", "orthogonal"], ["identity", "identity"]] as const;
export const OPTIMIZERS = [["sgd", "SGD"], ["rmsprop", "RMSprop"], ["adam", "Adam"]] as const;
export const PACES = [["full", "as it goes"], ["slow", "50 steps a second"]] as const;
export const MAPS = [["norm", "as it is"], ["share", "share of the last step’s"]] as const;
/** Learning rates to choose from. */
export const RATES = [1e-4, 3e-4, 1e-3, 2e-3, 3e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] as const;

const valuesOf = <const T extends string>(choices: readonly (readonly [T, string])[]) => choices.map(([value]) => value);

/** How each setting is read, with what is in force where the address does not say. */
function settingsOf(config: LongLagConfig): { readonly [K in keyof LongLagConfig]: Setting<LongLagConfig[K]> } {
  const whole = (setting: keyof typeof LIMITS & keyof LongLagConfig) => numberOf({ fallback: config[setting] as number, ...LIMITS[setting], whole: true });
  const real = (setting: keyof typeof LIMITS & keyof LongLagConfig) => numberOf({ fallback: config[setting] as number, ...LIMITS[setting] });
  return {
    task: choiceOf(valuesOf(TASKS), config.task),
    lag: whole("lag"),
    hidden: whole("hidden"),
    batch: whole("batch"),
    steps: whole("steps"),
    seed: whole("seed"),
    cell: choiceOf(valuesOf(CELLS), config.cell),
    initial: choiceOf(valuesOf(INITIALS), config.initial),
    gain: real("gain"),
    forgetBias: real("forgetBias"),
    optimizer: choiceOf(valuesOf(OPTIMIZERS), config.optimizer),
    lr: real("lr"),
    clip: real("clip"),
    truncate: whole("truncate"),
  };
}

/** What a browser can be asked to do while it is looked at. */
export const LIMITS = {
  lag: { min: 3, max: 150 },
  hidden: { min: 2, max: 96 },
  batch: { min: 1, max: 64 },
  steps: { min: 10, max: 3000 },
  seed: { min: 0, max: 1e6 },
  gain: { min: 0, max: 5 },
  forgetBias: { min: -10, max: 10 },
  lr: { min: 1e-6, max: 10 },
  clip: { min: 0, max: 1000 },
  truncate: { min: 0, max: 300 },
};

/** Names in the address: shared settings as they are, those of a side with its name before them (`left.cell`). */
export function schemaOf({ left, right }: Story): Record<string, AnySetting> {
  const of = { left: settingsOf(left.config), right: settingsOf(right.config) };
  return {
    ...Object.fromEntries(SHARED.map((name) => [name, of.left[name] as AnySetting])),
    ...Object.fromEntries(SIDES.flatMap((side) => REMEDIES.map((name) => [`${side}.${name}`, of[side][name] as AnySetting]))),
    pace: choiceOf(valuesOf(PACES), "full"),
    map: choiceOf(valuesOf(MAPS), "norm"),
  };
}

export interface PageSettings {
  readonly story: Story;
  readonly schema: Record<string, AnySetting>;
  readonly configs: Readonly<Record<SideName, LongLagConfig>>;
  readonly slow: boolean;
  /** What the maps show: norms, or what share they are of that at the last step of the sequence. */
  readonly map: (typeof MAPS)[number][0];
  /** Settings are the story's own: what it tells must come out. */
  readonly asTold: boolean;
}

export function pageSettings(given: URLSearchParams): PageSettings {
  const story = storyNamed(given.get("story") ?? "") ?? STORIES[0]!;
  const schema = schemaOf(story);
  const values = readSettings(schema, given) as Readonly<Record<string, unknown>>;
  const configOf = (side: SideName) =>
    Object.fromEntries([
      ...SHARED.map((name) => [name, values[name]]),
      ...REMEDIES.map((name) => [name, values[`${side}.${name}`]]),
    ]) as unknown as LongLagConfig;
  const configs = { left: configOf("left"), right: configOf("right") };
  const same = (a: LongLagConfig, b: LongLagConfig) => [...SHARED, ...REMEDIES].every((name) => a[name] === b[name]);
  return {
    story,
    schema,
    configs,
    slow: values["pace"] === "slow",
    map: values["map"] as PageSettings["map"],
    asTold: same(configs.left, story.left.config) && same(configs.right, story.right.config),
  };
}

/** What a configuration is, in a few words. */
export function inWords({ cell, initial, gain, forgetBias, optimizer, lr, clip, truncate }: LongLagConfig): string {
  const named = <T extends string>(choices: readonly (readonly [T, string])[], value: T) => choices.find(([choice]) => choice === value)![1];
  return [
    named(CELLS, cell),
    `${named(INITIALS, initial)} × ${gain}`,
    ...(cell === "lstm" ? [`forget bias ${forgetBias}`] : []),
    `${named(OPTIMIZERS, optimizer)} ${lr}`,
    ...(clip > 0 ? [`clipped to ${clip}`] : []),
    ...(truncate > 0 ? [`back ${truncate} steps`] : []),
  ].join(", ");
}
