/**
 * WordNet's files (Fellbaum 1998), as far as part of speech and similarity of nouns need them. Similarities are measured along "is a":
 * a resource's opinion, not people's.
 */
import { DataError } from "./errors.js";

/** The words of an index file: index.noun, index.verb, index.adj, index.adv; those of one word only. */
export function indexLemmas(index: string): Set<string> {
  const lemmas = new Set<string>();
  for (const line of index.split("\n")) {
    const lemma = line.slice(0, line.indexOf(" "));
    if (/^[a-z]+$/.test(lemma)) lemmas.add(lemma);
  }
  return lemmas;
}

interface Synset {
  readonly parents: readonly number[];
  /** Something that there is one of: a person, a place. */
  readonly isInstance: boolean;
  /** Steps to the most general concept, along the shortest way. */
  depth: number;
}

/** Nouns as a hierarchy of concepts. */
export class NounHierarchy {
  readonly #synsets = new Map<number, Synset>();
  readonly #senses = new Map<string, number[]>();
  /** Occurrences of each concept and all below it, for `lin`. */
  #counts = new Map<number, number>();
  #total = 0;

  /** @param data the contents of data.noun @param index the contents of index.noun @throws DataError naming the line */
  constructor(data: string, index: string) {
    for (const [number, line] of data.split("\n").entries()) {
      if (!/^\d{8} /.test(line)) continue;
      const fields = line.slice(0, line.indexOf("|")).trim().split(" ");
      const words = Number.parseInt(fields[3] ?? "", 16);
      const pointersAt = 4 + 2 * words;
      const pointers = Number(fields[pointersAt]);
      if (!Number.isInteger(words) || !Number.isInteger(pointers)) throw new DataError(`data.noun: line ${number + 1}: this is not a synset of WordNet.`);
      const parents: number[] = [];
      let isInstance = false;
      for (let p = 0; p < pointers; p++) {
        const [symbol, offset, part] = fields.slice(pointersAt + 1 + 4 * p);
        if ((symbol === "@" || symbol === "@i") && part === "n") parents.push(Number(offset));
        isInstance ||= symbol === "@i";
      }
      this.#synsets.set(Number(fields[0]), { parents, isInstance, depth: -1 });
    }
    for (const line of index.split("\n")) {
      if (line.startsWith(" ") || line === "") continue;
      const fields = line.trim().split(" ");
      const count = Number(fields[2]);
      this.#senses.set(fields[0]!, fields.slice(-count).map(Number));
    }
    for (const id of this.#synsets.keys()) this.#depth(id);
  }

  /** Concepts that a word stands for, the most usual first. */
  senses(word: string): readonly number[] {
    return this.#senses.get(word) ?? [];
  }

  /** Whether a word stands for nothing but single things: people, places. */
  isName(word: string): boolean {
    const senses = this.senses(word);
    return senses.length > 0 && senses.every((id) => this.#synsets.get(id)!.isInstance);
  }

  /**
   * Gives the concepts the counts of words in a text: each occurrence is shared among a word's senses, and counts for all that the concept is a
   * kind of (Resnik 1995). Concepts that never occur get the count of one occurrence more, as do all.
   */
  setCounts(counts: ReadonlyMap<string, number>): void {
    this.#counts = new Map();
    this.#total = 0;
    const add = (id: number, amount: number) => {
      for (const ancestor of this.#ancestors(id).keys()) this.#counts.set(ancestor, (this.#counts.get(ancestor) ?? 0) + amount);
      this.#total += amount;
    };
    for (const id of this.#synsets.keys()) add(id, 1);
    for (const [word, count] of counts) {
      const senses = this.senses(word);
      for (const id of senses) add(id, count / senses.length);
    }
  }

  /**
   * Wu & Palmer (1994) for the closest senses of two words: 2 d / (a + b + 2 d), d the depth of the deepest concept that both are a kind of,
   * from 1, a and b the steps up to it. 0 if there is none.
   */
  wuPalmer(a: string, b: string): number {
    return this.#best(a, b, (x, y) => {
      const [above, other] = [this.#ancestors(x), this.#ancestors(y)];
      let best = 0;
      for (const [id, steps] of above) {
        const more = other.get(id);
        if (more === undefined) continue;
        const depth = this.#synsets.get(id)!.depth + 1;
        best = Math.max(best, (2 * depth) / (steps + more + 2 * depth));
      }
      return best;
    });
  }

  /**
   * Lin (1998) for the closest senses: 2 log p(c) / (log p(a) + log p(b)), c the least frequent concept that both are a kind of, with the
   * counts of `setCounts`.
   */
  lin(a: string, b: string): number {
    if (this.#total === 0) throw new DataError("WordNet: lin needs counts of words: setCounts.");
    const information = (id: number) => -Math.log(this.#counts.get(id)! / this.#total);
    return this.#best(a, b, (x, y) => {
      const other = this.#ancestors(y);
      let common = 0;
      for (const id of this.#ancestors(x).keys()) if (other.has(id)) common = Math.max(common, information(id));
      const sum = information(x) + information(y);
      return sum === 0 ? 0 : (2 * common) / sum;
    });
  }

  #best(a: string, b: string, similarity: (x: number, y: number) => number): number {
    let best = 0;
    for (const x of this.senses(a)) for (const y of this.senses(b)) best = Math.max(best, similarity(x, y));
    return best;
  }

  /** A concept and all that it is a kind of, with the fewest steps to each. */
  #ancestors(id: number): Map<number, number> {
    const steps = new Map([[id, 0]]);
    for (const [at, count] of steps) {
      for (const parent of this.#synsets.get(at)?.parents ?? []) if (!steps.has(parent)) steps.set(parent, count + 1);
    }
    return steps;
  }

  #depth(id: number): number {
    const synset = this.#synsets.get(id);
    if (synset === undefined) throw new DataError(`data.noun: there is no synset ${id}, which another one points to.`);
    if (synset.depth >= 0) return synset.depth;
    synset.depth = 0; // for a cycle, which there should not be
    return (synset.depth = synset.parents.length === 0 ? 0 : 1 + Math.min(...synset.parents.map((parent) => this.#depth(parent))));
  }
}
