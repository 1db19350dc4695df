/** What a model is told beside the movements: in whose hand to write, what to draw. */
import { DataError, type PenSequence } from "../../data/index.js";
import { Embedding, Module } from "../../nn/index.js";
import { concat, fromInts, type RandomStream, type Tensor } from "../../tensor/index.js";

/** Names of what a model is to follow. What is missing, or unknown to it, is nothing in particular: the mean of all. */
export interface Told {
  /** Whose hand: a style that many writers share, such as a font, else a writer. */
  readonly writer?: string;
  /** What is drawn: a character, or what a drawing shows. */
  readonly class?: string;
}

export type ConditionKind = keyof Told;
export const CONDITION_KINDS = ["writer", "class"] as const satisfies readonly ConditionKind[];

/** The names that a model knows of each kind that it can be told; plain JSON. */
export type KnownNames = { readonly [Kind in ConditionKind]?: readonly string[] };

/** What a sequence of the data says about itself. */
export function toldOf({ style, writer, text }: PenSequence): Told {
  const hand = style ?? writer;
  return { ...(hand !== undefined && { writer: hand }), ...(text !== undefined && text !== "" && { class: text }) };
}

/**
 * The names of a kind in what a model learns from, sorted.
 * @throws DataError if there are fewer than two
 */
export function namesOf(kind: ConditionKind, sequences: readonly PenSequence[]): string[] {
  const names = [...new Set(sequences.flatMap((sequence) => toldOf(sequence)[kind] ?? []))].sort();
  const lacks = { writer: "say who wrote them", class: "say what they are" }[kind];
  if (names.length === 0) throw new DataError(`None of the pen sequences ${lacks}: there is no ${kind} to choose.`);
  if (names.length === 1) throw new DataError(`All pen sequences are of the ${kind} ${JSON.stringify(names[0])}: expected two or more to choose from.`);
  return names;
}

/** A learnt vector for each name, and one for nobody. */
export class Condition extends Module {
  readonly names: readonly string[];
  /** [names + 1, size]: the last row stands for nothing in particular. */
  readonly table: Embedding;
  readonly #kind: ConditionKind;
  readonly #index: ReadonlyMap<string, number>;

  constructor(kind: ConditionKind, { names, size, random }: { readonly names: readonly string[]; readonly size: number; readonly random: RandomStream }) {
    super();
    this.names = names;
    this.table = new Embedding(names.length + 1, size, { random });
    this.#kind = kind;
    this.#index = new Map(names.map((name, i) => [name, i]));
  }

  knows(name: string): boolean {
    return this.#index.has(name);
  }

  /** The row of a name, that of nobody for one that it does not know. */
  rowOf(told: Told): number {
    return this.#index.get(told[this.#kind] ?? "") ?? this.names.length;
  }

  protected override describe(): { name: string; settings: Record<string, number> } {
    return { name: `Condition ${this.#kind}`, settings: { names: this.names.length, size: this.table.size } };
  }
}

/** The conditions of a model, which every layer sees beside the movements at every step. */
export class Conditions extends Module {
  readonly writer: Condition | undefined;
  readonly class: Condition | undefined;

  constructor({ writer, class: what }: { readonly [Kind in ConditionKind]?: Condition }) {
    super();
    this.writer = writer;
    this.class = what;
  }

  /** Numbers beside a movement. */
  get size(): number {
    return this.#all.reduce((sum, { table }) => sum + table.size, 0);
  }

  get #all(): Condition[] {
    return CONDITION_KINDS.flatMap((kind) => this[kind] ?? []);
  }

  /** @param moves [time, batch, 3] @param told for each row @returns [time, batch, 3 + size] */
  beside(moves: Tensor, told: readonly Told[]): Tensor {
    const [timeSteps, rows] = moves.shape as [number, number, number];
    const vectors = this.#all.map((condition) => {
      const indices = Int32Array.from({ length: rows }, (_, r) => condition.rowOf(told[r] ?? {}));
      const all = new Int32Array(timeSteps * rows);
      for (let t = 0; t < timeSteps; t++) all.set(indices, t * rows);
      return condition.table.forward(fromInts(all, [timeSteps, rows], moves.backend));
    });
    return concat([moves, ...vectors], 2);
  }

  /** The same for one row: what stands beside every movement. */
  vector(told: Told): number[] {
    return this.#all.flatMap((condition) => {
      const { weight, size } = condition.table;
      const row = condition.rowOf(told);
      return Array.from(weight.dataSync().subarray(row * size, (row + 1) * size));
    });
  }
}

/**
 * That a model knows what it is told.
 * @throws RangeError naming the kind and the name
 */
export function checkTold(conditions: Conditions | undefined, told: Told): void {
  for (const kind of CONDITION_KINDS) {
    const name = told[kind];
    if (name === undefined) continue;
    const condition = conditions?.[kind];
    if (condition === undefined) throw new RangeError(`${kind}: the model has not learnt to be told a ${kind}, got ${JSON.stringify(name)}`);
    if (!condition.knows(name)) throw new RangeError(`${kind}: the model does not know ${JSON.stringify(name)}, but ${some(condition.names)}`);
  }
}

/** A writer that a model knows, where it knows any: models write a mixture of hands where nobody says whose. */
export function anyWriter(conditions: Conditions | undefined, random: RandomStream): Pick<Told, "writer"> {
  const names = conditions?.writer?.names ?? [];
  const writer = names[Math.floor(random.next() * names.length)];
  return writer === undefined ? {} : { writer };
}

function some(names: readonly string[]): string {
  const most = 12;
  return names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
