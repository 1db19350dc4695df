/**
 * The compiler: from a cell and its sizes to the programs that run it.
 *
 * `inference` keeps nothing but the states; `training` also keeps what the backward pass will ask for; `backward` visits the steps last
 * to first. The input's matrix products do not depend on earlier steps, so they are left out of these programs: one product over all
 * tokens beforehand leaves them in the `slots`, from where the programs take them up. `streaming` is inference one step at a time, and
 * has them inside.
 */
import { boundsOf } from "./bounds.js";
import type { Cell } from "./define.js";
import { reachable } from "./define.js";
import { CellError } from "./errors.js";
import { type Expression, type MemoryValue, type Width, hasColumns, show } from "./expression.js";
import { differentiate, recurrentSources } from "./gradient.js";
import type { BufferName, Effect, GraphNode } from "./graph.js";
import { Lowering, SLOT, takesInput } from "./lowering.js";
import { inPrecision, type Precision } from "./precision.js";
import { type Program, schedule } from "./schedule.js";
import { stateBehindMask, type Step, withOptions } from "./step-options.js";

export interface CellSizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Features of a position of the memory, for cells that read one. */
  readonly memorySize?: number;
}

/** How much a buffer holds for a token: so many columns, one number, or one for each position of the memory. */
export type Extent = number | "row" | "positions";

/** The same in numbers. @param positions of the padded memory */
export function columnCount(extent: Extent, positions = 0): number {
  return extent === "row" ? 1 : extent === "positions" ? positions : extent;
}

/** Where parts of these lengths begin when they lie one after the other; last, where they end. */
function offsetsOf(lengths: readonly number[]): number[] {
  const offsets = [0];
  for (const length of lengths) offsets.push(offsets.at(-1)! + length);
  return offsets;
}

export interface CompileOptions {
  /** Clamps the gradient that reaches each linear map's result (Graves 2013): his remedy for exploding gradients. */
  readonly clipPreactivations?: number;
  /**
   * Probability with which a unit of a state keeps its old value at a step (Krueger et al. 2017), per state: by masks that are given
   * (`zoneout:` and the state's name) where `sampled`, else in expectation.
   */
  readonly zoneout?: Readonly<Record<string, number>>;
  /** Where `sampled`, recurrent linear maps see each state through a mask that is given (`recurrent:` and its name; Gal & Ghahramani 2016). */
  readonly recurrentMask?: boolean;
  /** Whether masks are drawn, as in training, or expected, as in use. @default false */
  readonly sampled?: boolean;
  /** What matrix products round their operands to, in both passes. @default "float32" */
  readonly precision?: Exclude<Precision, "int8">;
  /** Named values to record at every step. */
  readonly inspect?: readonly string[];
  /** Named values that are given out at every step like the output, with a gradient that may arrive there. */
  readonly outputs?: readonly string[];
  /** Named values of which the gradient that reaches them is recorded at every step of the backward pass. */
  readonly inspectGradients?: readonly string[];
}

/** Rows [from, to) of a matrix of the cell, packed for products with the rows as result (forward) or as source (backward). */
export interface PackedWeights {
  readonly matrix: string;
  readonly from: number;
  readonly to: number;
  readonly direction: "forward" | "backward";
}

/** Everything that the linear maps take in from one value, as one matrix. */
export interface Matrix {
  readonly name: string;
  /** Linear maps in the order of their blocks of rows. */
  readonly linears: readonly string[];
  /** The first row of each block; last, the number of rows. */
  readonly offsets: readonly number[];
  readonly columns: number;
}

/** A learned map of the memory. */
export interface KeyMatrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
}

/** A share of what reaches the memory or its keys: at every position the sum over tokens of weights times row, kept in these buffers. */
export interface MemoryGradient {
  readonly into: MemoryValue;
  readonly weights: BufferName;
  readonly row: BufferName;
  readonly columns: number;
}

/** Where a value that linear maps take in lies, for the gradient of its matrix. */
export interface Source {
  readonly matrix: string;
  readonly buffer: BufferName;
  /** The value belongs to the step before: token t takes in what token t - 1 left. */
  readonly previous: boolean;
  /** No magnitude is larger, where states start from what the cell itself may leave in them; Infinity where nothing is known. */
  readonly bound: number;
}

export interface CompiledCell {
  readonly cell: Cell;
  readonly sizes: CellSizes;
  readonly options: CompileOptions;
  readonly matrices: readonly Matrix[];
  readonly keys: readonly KeyMatrix[];
  /** Columns of each state. */
  readonly stateColumns: Readonly<Record<string, number>>;
  /** Columns of each parameter vector. */
  readonly vectorColumns: Readonly<Record<string, number>>;
  /** Linear maps with a bias, in the order of its blocks; where each block begins; last, where they end. */
  readonly biases: readonly string[];
  readonly biasOffsets: readonly number[];
  /** Linear maps in the order of their slots; those that take in the input come first. */
  readonly slots: readonly string[];
  /**
   * Where each slot of a token begins, and last, where they end. Training keeps one for each linear map, and what else is saved and as
   * wide as one of them.
   */
  readonly slotOffsets: readonly number[];
  /** Linear maps that take in the cell's input: the first slots. */
  readonly inputLinears: readonly string[];
  readonly sources: readonly Source[];
  /** Buffers that training keeps beside slots and states, per token. */
  readonly saved: ReadonlyMap<BufferName, Extent>;
  /** What the backward program leaves per token for the gradient of the memory. */
  readonly shares: ReadonlyMap<BufferName, number | "positions">;
  readonly memoryGradients: readonly MemoryGradient[];
  readonly packed: ReadonlyMap<BufferName, PackedWeights>;
  readonly inspected: Readonly<Record<string, Extent>>;
  /** Values whose gradients are recorded. */
  readonly inspectedGradients: Readonly<Record<string, Extent>>;
  /** Values given out beside the output. */
  readonly outputs: Readonly<Record<string, Extent>>;
  /** Column totals of the backward program: biases in order, then parameter vectors in order; where each begins; last, their number. */
  readonly totals: readonly string[];
  readonly totalOffsets: readonly number[];
  /** The input has a gradient other than through linear maps. */
  readonly inputGradientInProgram: boolean;
  readonly inference: Program;
  readonly training: Program;
  readonly backward: Program;
  readonly streaming: Program;
}

/**
 * Compiles a cell for given sizes.
 * @throws CellError where widths that must be equal are not, and for options that name what the cell does not have.
 */
export function compileCell(cell: Cell, sizes: CellSizes, options: CompileOptions = {}): CompiledCell {
  return new Compiler(cell, sizes, options).compile();
}

/** What the machine cannot make anew from values that are there: products, totals, reads of the memory. */
const NOT_POINTWISE: ReadonlySet<string> = new Set([
  "linear", "rowSum", "rowMax", "dotScores", "additiveScores", "gaussianWindow", "read", "positionSoftmax", "positionAdd",
]);

/** What training keeps for the backward pass, and where. */
interface Plan {
  readonly places: ReadonlyMap<Expression, BufferName>;
  readonly saved: ReadonlyMap<BufferName, Extent>;
  readonly slotColumns: readonly number[];
  /** Kept only for gradients that are looked at. */
  readonly observed: ReadonlySet<Expression>;
}

export class Compiler {
  readonly #step: Step;
  readonly #slots: readonly Expression[];
  readonly #matrices: Matrix[] = [];
  /** Values that linear maps take in, other than the input, with the name of their matrix. */
  readonly #sourceNames = new Map<Expression, string>();
  readonly #packed = new Map<BufferName, PackedWeights>();
  #totals: ReadonlyMap<string, number> = new Map();
  readonly #shares = new Map<BufferName, number | "positions">();
  readonly #memoryGradients: MemoryGradient[] = [];

  constructor(
    readonly cell: Cell,
    readonly sizes: CellSizes,
    readonly options: CompileOptions,
  ) {
    for (const [name, size] of Object.entries(sizes) as [string, number | undefined][]) {
      if (size === undefined) continue;
      if (!Number.isInteger(size) || size < 1) throw new CellError(cell.name, `${name}: expected a positive integer, got ${size}`);
    }
    if (cell.readsMemory && sizes.memorySize === undefined) {
      throw new CellError(cell.name, "memorySize: expected the number of features of a position, as the cell reads a memory; got none");
    }
    this.#checkWidths();
    const clash = cell.keys.find(({ name }) => name === "x" || cell.states.includes(name));
    if (clash) throw new CellError(cell.name, `keys("${clash.name}"): the name is that of ${clash.name === "x" ? "the input" : "a state"}; choose another`);
    this.#step = withOptions(cell, options);
    this.#slots = this.#orderSlots(reachable(Object.values(this.#step.next)).filter((e) => e.op === "linear"));
    this.#nameMatrices();
  }

  compile(): CompiledCell {
    const { cell, options } = this;
    const inspected = this.#extents("inspect");
    const inspectedGradients = this.#extents("inspectGradients");
    const { [cell.output]: _, ...outputs } = this.#extents("outputs");
    const gradient = differentiate(this.#step.next, this.#outputs());
    const plan = this.#plan(gradient);
    const slotOf = (name: string) => this.#slots.findIndex((linear) => linear.label === name);
    const biasMaps = cell.linears.filter((map) => map.bias !== undefined && slotOf(map.name) >= 0);
    const biases = biasMaps.map((map) => map.name);
    const biasOffsets = offsetsOf(biasMaps.map((map) => this.columns(map.expression.width)));
    const vectorOffsets = offsetsOf(cell.vectors.map((vector) => this.columns(vector.width)));
    const totals = [...biases.map((name) => `bias:${name}`), ...cell.vectors.map((vector) => `vector:${vector.name}`)];
    this.#totals = new Map(
      totals.map((name, i) => [name, i < biases.length ? biasOffsets[i]! : biasOffsets.at(-1)! + vectorOffsets[i - biases.length]!]),
    );
    const backward = this.#backward(gradient, plan.places);
    const bounds = boundsOf(this.#step.next);
    return {
      cell,
      sizes: this.sizes,
      options,
      matrices: this.#matrices,
      keys: cell.keys.map(({ name, width }) => ({ name, rows: this.columns(width), columns: this.columns("memory") })),
      stateColumns: Object.fromEntries(cell.states.map((state) => [state, this.columns(cell.widths[state]!)])),
      vectorColumns: Object.fromEntries(cell.vectors.map(({ name, width }) => [name, this.columns(width)])),
      biases,
      biasOffsets,
      slots: this.#slots.map((linear) => linear.label!),
      slotOffsets: offsetsOf(plan.slotColumns),
      inputLinears: this.#slots.filter((linear) => takesInput(linear)).map((linear) => linear.label!),
      sources: [...this.#sourceNames].map(([source, matrix]) => ({
        matrix,
        buffer: source.op === "previous" ? `state:${source.label}` : this.#sourceBuffer(source, matrix),
        previous: source.op === "previous",
        bound: bounds(source),
      })),
      saved: plan.saved,
      shares: this.#shares,
      memoryGradients: this.#memoryGradients,
      packed: this.#packed,
      inspected,
      inspectedGradients,
      outputs,
      totals,
      totalOffsets: [...this.#totals.values(), biasOffsets.at(-1)! + vectorOffsets.at(-1)!],
      inputGradientInProgram: gradient.input !== undefined,
      inference: this.#inPrecision(this.#forward(new Lowering(this))),
      training: this.#inPrecision(this.#forward(new Lowering(this), plan)),
      backward: this.#inPrecision(backward),
      streaming: this.#forward(new Lowering(this, { inputInside: true })),
    };
  }

  /** The values that an option names, with what they hold for a token. */
  #extents(option: "inspect" | "inspectGradients" | "outputs"): CompiledCell["inspected"] {
    const { named, next } = this.#step;
    return Object.fromEntries(
      (this.options[option] ?? []).map((name) => {
        const e = Object.hasOwn(named, name) ? named[name] : undefined;
        if (!e) {
          throw new CellError(this.cell.name, `${option}: there is no value "${name}"; there are ${Object.keys(named).join(", ")}`);
        }
        if (option === "inspectGradients" && e.op === "input") {
          throw new CellError(this.cell.name, `${option}: "${name}" is the input; set requiresGrad of the tensor that is given for it, and read its grad`);
        }
        if (option === "outputs" && e.width === "positions" && !reachable(Object.values(next)).includes(e)) {
          throw new CellError(this.cell.name, `${option}: "${name}" has no influence on any state`);
        }
        return [name, this.#extent(e)];
      }),
    );
  }

  /** Values of different kinds of width meet only where these are equal. */
  #checkWidths(): void {
    const { cell } = this;
    for (const e of reachable([...Object.values(cell.next), ...Object.values(cell.named)])) {
      if (e.op === "linear") continue;
      const wide = e.inputs.filter((input) => hasColumns(input.width));
      const other = wide.find((input) => this.columns(input.width) !== this.columns(wide[0]!.width));
      if (other) {
        const [narrow, broad] = other.width === "input" ? [other, wide[0]!] : [wide[0]!, other];
        const remedy = narrow.width === "input" ? ", or make inputSize equal hiddenSize" : "";
        throw new CellError(
          cell.name,
          `${e.op}: ${show(narrow)} is ${this.#describe(narrow.width)} but ${show(broad)} ${this.#describe(broad.width)}; ` +
            `map one with linear(…)${remedy}`,
        );
      }
      const [query] = e.inputs;
      if (e.memory && e.op !== "read" && this.columns(query!.width) !== this.columns(e.memory.width)) {
        throw new CellError(
          cell.name,
          `${e.op}: ${show(query!)} is ${this.#describe(query!.width)} but ${e.memory.keys ?? "the memory"} ${this.#describe(e.memory.width)}`,
        );
      }
    }
    for (const [state, e] of Object.entries(cell.next)) {
      const width = cell.widths[state]!;
      if (this.columns(e.width) !== this.columns(width)) {
        throw new CellError(cell.name, `state ${state} is set to ${show(e)}, ${this.#describe(e.width)}; the state is ${this.columns(width)} wide`);
      }
    }
  }

  #describe(width: Width): string {
    if (typeof width === "number") return `${width} wide`;
    return `as wide as the ${width === "hidden" ? "state" : width} (${this.columns(width)})`;
  }

  /** Names of what is given out beside the output state. */
  #others(): readonly string[] {
    return (this.options.outputs ?? []).filter((name) => name !== this.cell.output);
  }

  /** What is given out at every token: the output state, and what the options ask for. */
  #outputs(): Readonly<Record<string, Expression>> {
    return Object.fromEntries([this.cell.output, ...this.#others()].map((name) => [name, this.#step.next[name] ?? this.#step.named[name]!]));
  }

  /** Maps of the input first, so that they are one block; of these, those that also take in states last, next to the rest. */
  #orderSlots(linears: readonly Expression[]): Expression[] {
    const order = (linear: Expression) => (takesInput(linear) ? (recurrentSources(linear).length === 0 ? 0 : 1) : 2);
    const defined = new Map(this.cell.linears.map((map, i) => [map.name, i]));
    return [...linears].sort((a, b) => order(a) - order(b) || defined.get(a.label!)! - defined.get(b.label!)!);
  }

  #nameMatrices(): void {
    const users = new Map<Expression, string[]>();
    const byDefinition = [...this.#slots].sort(
      (a, b) => this.cell.linears.findIndex((map) => map.name === a.label) - this.cell.linears.findIndex((map) => map.name === b.label),
    );
    for (const linear of byDefinition) {
      for (const source of linear.inputs) users.set(source, [...(users.get(source) ?? []), linear.label!]);
    }
    const taken = new Set<string>();
    for (const [source, linears] of users) {
      let name = source.op === "input" ? "x" : source.op === "previous" ? source.label! : stateBehindMask(source);
      for (let i = 1; name === undefined || taken.has(name); i++) name = `${linears[0]}_inner${i > 1 ? i : ""}`;
      taken.add(name);
      if (source.op !== "input") this.#sourceNames.set(source, name);
      const heights = linears.map((linear) => this.columns(this.#slots.find((other) => other.label === linear)!.width));
      this.#matrices.push({ name, linears, offsets: offsetsOf(heights), columns: this.columns(source.width) });
    }
  }

  #extent(e: Expression): Extent {
    return e.width === "row" || e.width === "positions" ? e.width : this.columns(e.width);
  }

  /** Where the backward pass and the gradient of the matrix find what a linear map took in: a state is kept anyway. */
  #sourceBuffer(source: Expression, matrix: string): BufferName {
    const state = Object.entries(this.#step.next).find(([, e]) => e === source)?.[0];
    return state === undefined ? `source:${matrix}` : `state:${state}`;
  }

  /**
   * What training keeps for the backward pass. A value that backward asks for is computed again where that takes only pointwise
   * operations on what is there anyway (the input, the states, what is kept already); else it is kept. Kept values as wide
   * as the state go into slots, over the input's product that was taken up by then; the gradients of the linear maps later take
   * their places.
   */
  #plan(gradient: ReturnType<typeof differentiate>): Plan {
    const outputs = this.#outputs();
    const { named } = this.#step;
    const forward = new Set(reachable([...Object.values(this.#step.next), ...Object.values(outputs)]));
    /** What gradients ask for of the forward pass. */
    const neededFor = (gradients: readonly Expression[]) => {
      const needed = new Set(gradients.filter((root) => forward.has(root)));
      for (const e of reachable(gradients)) {
        if (forward.has(e)) continue;
        for (const input of e.inputs) if (forward.has(input)) needed.add(input);
      }
      return [...needed].sort((a, b) => a.id - b.id);
    };
    const places = new Map<Expression, BufferName>();
    const saved = new Map<BufferName, Extent>();
    for (const [state, e] of Object.entries(this.#step.next)) if (!places.has(e)) places.set(e, `state:${state}`);
    for (const [source, name] of this.#sourceNames) {
      if (source.op === "previous" || places.has(source)) continue;
      saved.set(`source:${name}`, this.#extent(source));
      places.set(source, `source:${name}`);
    }
    // Values that are given out are there anyway; so are recorded weights of positions, which nobody would like to hold twice.
    for (const [name, e] of Object.entries(outputs)) if (name !== this.cell.output && !places.has(e)) places.set(e, `output:${name}`);
    for (const name of this.options.inspect ?? []) {
      const e = named[name]!;
      if (e.width === "positions" && forward.has(e) && !places.has(e)) places.set(e, `inspect:${name}`);
    }
    const available = (e: Expression): boolean =>
      places.has(e) || (e.inputs.length === 0 ? true : !NOT_POINTWISE.has(e.op) && e.inputs.every(available));
    const save = (e: Expression) => {
      const buffer = `saved:${saved.size}`;
      saved.set(buffer, this.#extent(e));
      places.set(e, buffer);
    };
    const occupied = new Set<number>();
    const slotColumns = this.#slots.map((linear) => this.columns(linear.width));
    const { linears, states, vectors, input, memory } = gradient;
    const shares = memory.flatMap(({ weights, row }) => [weights, row]);
    for (const e of neededFor([...linears.values(), ...states.values(), ...vectors.values(), ...shares, ...(input ? [input] : [])])) {
      if (available(e)) continue;
      const extent = this.#extent(e);
      if (typeof extent !== "number" || (extent !== this.columns("hidden") && !slotColumns.includes(extent))) {
        save(e);
        continue;
      }
      const free = (slot: number) => slot >= 0 && !occupied.has(slot) && slotColumns[slot] === extent;
      const own = this.#slots.findIndex((linear) => linear === e || e.inputs.includes(linear));
      let slot = free(own) ? own : slotColumns.findIndex((_, i) => free(i));
      if (slot < 0) slot = slotColumns.push(extent) - 1;
      occupied.add(slot);
      places.set(e, SLOT(slot));
    }
    // What only gradients that are looked at ask for comes last, so that all else is kept as it would be without them.
    const observed = new Set<Expression>();
    for (const e of neededFor((this.options.inspectGradients ?? []).flatMap((name) => gradient.reached.get(named[name]!) ?? []))) {
      if (available(e)) continue;
      observed.add(e);
      save(e);
    }
    return { places, saved, slotColumns, observed };
  }

  /** @param plan what training keeps; inference keeps nothing */
  #forward(lower: Lowering, plan?: Plan): Program {
    const { next, named } = this.#step;
    const effects: Effect[] = [];
    const stored = new Set<BufferName>();
    const store = (e: Expression, buffer: BufferName, observed = false) => {
      if (stored.has(buffer)) return;
      stored.add(buffer);
      effects.push(this.#store(buffer, lower.value(e), this.#extent(e), observed));
    };
    for (const [state, e] of Object.entries(next)) store(e, `state:${state}`);
    const kept = [...(plan?.places ?? [])].filter(([, buffer]) => !buffer.startsWith("state:"));
    const isSource = (buffer: BufferName) => buffer.startsWith("source:");
    for (const [e, buffer] of kept) if (!isSource(buffer)) store(e, buffer, plan!.observed.has(e));
    for (const [e, buffer] of kept) if (isSource(buffer)) store(e, buffer);
    for (const name of this.#others()) if (!(name in next)) store(named[name]!, `output:${name}`);
    // What is only looked at comes after all else.
    for (const name of this.options.inspect ?? []) store(named[name]!, `inspect:${name}`, true);
    return this.#schedule(effects);
  }

  #store(buffer: BufferName, value: GraphNode, extent: Extent, observed: boolean): Effect {
    return extent === "row" ? { kind: "storeRow", buffer, value, observed } : { kind: "store", buffer, value, width: extent, observed };
  }

  #backward(gradient: ReturnType<typeof differentiate>, places: ReadonlyMap<Expression, BufferName>): Program {
    const lower = new Lowering(this, { places });
    const effects: Effect[] = [];
    const addTotal = (name: string, value: GraphNode, width: number) => {
      const offset = this.#totals.get(name);
      if (offset !== undefined) effects.push({ kind: "columnSum", offset, value, width });
    };
    this.#slots.forEach((linear, slot) => {
      const arrived = gradient.linears.get(linear);
      const value = arrived ? lower.value(arrived) : lower.builder.constant(0);
      const width = this.columns(linear.width);
      effects.push({ kind: "store", buffer: SLOT(slot), value, width });
      addTotal(`bias:${linear.label}`, value, width);
    });
    for (const state of this.cell.states) {
      const arrived = gradient.states.get(state);
      const value = arrived ? lower.value(arrived) : lower.builder.constant(0);
      effects.push({ kind: "store", buffer: `carry:${state}`, value, width: this.columns(this.cell.widths[state]!) });
    }
    for (const { name, width } of this.cell.vectors) {
      const arrived = gradient.vectors.get(name);
      if (arrived) addTotal(`vector:${name}`, lower.value(arrived), this.columns(width));
    }
    if (gradient.input) {
      const width = this.columns("input");
      const before = lower.builder.read("load", "dx", width);
      effects.push({ kind: "store", buffer: "dx", value: lower.builder.binary("add", before, lower.value(gradient.input)), width });
    }
    for (const { into, weights, row } of gradient.memory) {
      const columns = this.columns(into.width);
      // What the backward pass overwrites, or makes itself, it leaves in a buffer of its own.
      const left = (e: Expression, width: number | "positions"): BufferName => {
        const place = places.get(e);
        if (place !== undefined && this.#extent(e) === width && !place.startsWith("slot:")) return place;
        const buffer = `share:${this.#shares.size}`;
        this.#shares.set(buffer, width);
        effects.push({ kind: "store", buffer, value: lower.value(e), width });
        return buffer;
      };
      this.#memoryGradients.push({ into, weights: left(weights, "positions"), row: left(row, columns), columns });
    }
    // What nothing reaches stays zero.
    for (const name of this.options.inspectGradients ?? []) {
      const e = this.#step.named[name]!;
      const reached = gradient.reached.get(e);
      if (reached) effects.push(this.#store(`inspectGradients:${name}`, lower.value(reached), this.#extent(e), true));
    }
    return this.#schedule(effects);
  }

  #schedule(effects: readonly Effect[]): Program {
    try {
      return schedule(effects);
    } catch (error) {
      if (error instanceof RangeError) throw new CellError(this.cell.name, error.message);
      throw error;
    }
  }

  #inPrecision(program: Program): Program {
    const { precision = "float32" } = this.options;
    if (precision === "float32") return program;
    const { words, ...rest } = inPrecision(program, precision);
    return { ...program, ...rest, words: Int32Array.from(words) };
  }

  // What `Lowering` asks the compiler.

  slot(linear: Expression): number {
    return this.#slots.indexOf(linear);
  }

  /** How many columns a value of that width has. */
  columns(width: Width): number {
    const { inputSize, hiddenSize, memorySize = 0 } = this.sizes;
    return typeof width === "number" ? width : width === "input" ? inputSize : width === "memory" ? memorySize : hiddenSize;
  }

  /** Where the column totals of a bias or a parameter vector begin. */
  total(name: string): number {
    return this.#totals.get(name)!;
  }

  /** The matrix that takes in `source`. */
  matrix(source: Expression): Matrix {
    const name = source.op === "input" ? "x" : this.#sourceNames.get(source)!;
    return this.#matrices.find((matrix) => matrix.name === name)!;
  }

  /** Names the packed form of rows [from, to) of a matrix. */
  pack(weights: PackedWeights): BufferName {
    const name = `packed:${weights.direction}:${weights.matrix}:${weights.from}-${weights.to}`;
    this.#packed.set(name, weights);
    return name;
  }
}
