/** The settings of the page: a word that is looked up, or an analogy. */
import type { Analogy } from "../../library/words.js";
import type { Setting } from "../../settings.js";

const word: Setting<string> = { fallback: "whale", read: (text) => (text.trim() === "" ? undefined : text.trim()), write: (value) => value };

/** `ships ship whale` is ships - ship + whale: no word has a space in it. */
const analogy: Setting<Analogy | undefined> = {
  fallback: undefined,
  read(text) {
    const words = text.trim().split(/\s+/);
    return words.length === 3 ? (words as unknown as Analogy) : undefined;
  },
  write: (words) => words?.join(" ") ?? "",
};

export const SCHEMA = { word, analogy };

/** Some that come out well even of one book. */
export const EXAMPLES: readonly Analogy[] = [
  ["ships", "ship", "whale"],
  ["hands", "hand", "eye"],
  ["men", "man", "boy"],
  ["his", "he", "she"],
  ["him", "he", "they"],
];
