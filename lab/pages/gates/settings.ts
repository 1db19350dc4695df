/** What can be set on the page, in its address. */
import { TEXT_PROPERTIES } from "../../library/text-properties.js";
import { choiceOf, numberOf, type Setting } from "../../settings.js";

/** Characters that the page reads at most: more has no room in an address, nor on a map. */
export const MOST_TEXT = 2000;

/** From a chapter of Moby Dick that the Lab's own model has not read, in its lines (scripts/lab-model.mjs). */
const PASSAGE = `"Oh, very severe!" chimed in the patient
himself; then suddenly altering his
voice, "Drinking hot rum toddies with me
every night, till he couldn't see to put
on the bandages; and sending me to bed,
half seas over, about three o'clock in
the morning. Oh, ye stars! he sat up
with me indeed, and was very severe in
my diet. Oh! a great watcher, and very
dietetically severe, is Dr. Bunger.
(Bunger, you dog, laugh out! why don't
ye? You know you're a precious jolly
rascal.) But, heave ahead, boy, I'd
rather be killed by you than kept alive
by any other man."`;

const text: Setting<string> = { fallback: PASSAGE, read: (given) => given.replaceAll(/\r\n?/g, "\n").slice(0, MOST_TEXT), write: (value) => value };
/** The cell knows which there are. */
const value: Setting<string> = { fallback: "c", read: (given) => given, write: (name) => name };

export const SCHEMA = {
  text,
  /** From 1. */
  layer: numberOf({ fallback: 1, min: 1, whole: true }),
  value,
  /** What units are sorted by. */
  by: choiceOf(TEXT_PROPERTIES.map(({ id }) => id), "line"),
  /** From 1; 0 for the one that reacts most. */
  unit: numberOf({ fallback: 0, min: 0, whole: true }),
  /** Characters read; 0 for all. */
  at: numberOf({ fallback: 0, min: 0, whole: true }),
  temperature: numberOf({ fallback: 0.7, min: 0, max: 2 }),
  seed: numberOf({ fallback: 1, min: 0, whole: true }),
};

/** What the Lab's own model has found out. */
export const EXAMPLES = [
  { title: "How far along the line?", value: "c", by: "line" },
  { title: "How far along the sentence?", value: "c", by: "sentence" },
  { title: "Is this a vowel?", value: "c", by: "vowel" },
  { title: "What is forgotten at a space?", value: "forget", by: "space" },
  { title: "What is let in where a word begins?", value: "input", by: "start" },
] as const;
