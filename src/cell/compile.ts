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
import { type Expression, node, scale as scaleBy, add, mul, sub, clipGradient, show } from "./expression.js";
import { differentiate, recurrentSources } from "./gradient.js";
import { type BufferName, type ColumnWidth, type Effect, GraphBuilder, type GraphNode, type Term } from "./graph.js";
import { inPrecision, type Precision } from "./precision.js";
import { type Program, schedule } from "./schedule.js";

export interface CellSizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
}

/** How many columns a value of that width has; a number per row has one. */
export function columnCount({ inputSize, hiddenSize }: CellSizes, width: ColumnWidth | "row"): number {
  return width === "row" ? 1 : width === "input" ? inputSize : hiddenSize;
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
  /** Linear maps in the order of their blocks of rows (each hiddenSize rows). */
  readonly linears: readonly string[];
  readonly columns: ColumnWidth;
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
  /** Linear maps with a bias, in the order of its blocks. */
  readonly biases: readonly string[];
  /** Linear maps in the order of their slots; those that take in the input come first. */
  readonly slots: readonly string[];
  /** How many slots training keeps per token: one for each linear map, and what else is saved. */
  readonly slotCount: number;
  /** Linear maps that take in the cell's input: the first slots. */
  readonly inputLinears: readonly string[];
  readonly sources: readonly Source[];
  /** Buffers that training keeps beside slots and states, per token: width 1 for "row". */
  readonly saved: ReadonlyMap<BufferName, ColumnWidth | "row">;
  readonly packed: ReadonlyMap<BufferName, PackedWeights>;
  /** Recorded values with their widths. */
  readonly inspected: Readonly<Record<string, ColumnWidth | "row">>;
  /** Values whose gradients are recorded, with their widths. */
  readonly inspectedGradients: Readonly<Record<string, ColumnWidth | "row">>;
  /** Column totals of the backward program: biases in order, then parameter vectors in order. */
  readonly totals: readonly string[];
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

const SLOT = (index: number): BufferName => `slot:${index}`;

/** What training keeps for the backward pass, and where. */
interface Plan {
  readonly places: ReadonlyMap<Expression, BufferName>;
  readonly saved: ReadonlyMap<BufferName, ColumnWidth | "row">;
  readonly slotCount: number;
  /** Kept only for gradients that are looked at. */
  readonly observed: ReadonlySet<Expression>;
}

class Compiler {
  readonly #columns: Readonly<Record<ColumnWidth, number>>;
  readonly #step: Step;
  readonly #slots: readonly Expression[];
  readonly #matrices: Matrix[] = [];
  /** Values that linear maps take in, other than the input, with the name of their matrix. */
  readonly #sourceNames = new Map<Expression, string>();
  readonly #packed = new Map<BufferName, PackedWeights>();

  constructor(
    readonly cell: Cell,
    readonly sizes: CellSizes,
    readonly options: CompileOptions,
  ) {
    for (const [name, size] of Object.entries(sizes)) {
      if (!Number.isInteger(size) || size < 1) throw new CellError(cell.name, `${name}: expected a positive integer, got ${size}`);
    }
    this.#columns = { input: sizes.inputSize, hidden: sizes.hiddenSize };
    this.#checkWidths();
    this.#step = withOptions(cell, options);
    this.#slots = this.#orderSlots(reachable(Object.values(this.#step.next)).filter((e) => e.op === "linear"));
    this.#nameMatrices();
  }

  compile(): CompiledCell {
    const { cell, options } = this;
    const inspected = this.#inspected("inspect");
    const inspectedGradients = this.#inspected("inspectGradients");
    const gradient = differentiate(this.#step.next, cell.output);
    const plan = this.#plan(gradient);
    const slotOf = (name: string) => this.#slots.findIndex((linear) => linear.label === name);
    const biases = cell.linears.filter((map) => map.bias !== undefined && slotOf(map.name) >= 0).map((map) => map.name);
    const totals = [...biases.map((name) => `bias:${name}`), ...cell.vectors.map((vector) => `vector:${vector.name}`)];
    const bounds = boundsOf(this.#step.next);
    return {
      cell,
      sizes: this.sizes,
      options,
      matrices: this.#matrices,
      biases,
      slots: this.#slots.map((linear) => linear.label!),
      slotCount: plan.slotCount,
      inputLinears: this.#slots.filter((linear) => takesInput(linear)).map((linear) => linear.label!),
      sources: [...this.#sourceNames].map(([source, matrix]) => ({
        matrix,
        buffer: source.op === "previous" ? `state:${source.label}` : `source:${matrix}`,
        previous: source.op === "previous",
        bound: bounds(source),
      })),
      saved: plan.saved,
      packed: this.#packed,
      inspected,
      inspectedGradients,
      totals,
      inputGradientInProgram: gradient.input !== undefined,
      inference: this.#inPrecision(this.#forward(new Lowering(this))),
      training: this.#inPrecision(this.#forward(new Lowering(this), plan)),
      backward: this.#inPrecision(this.#backward(gradient, plan.places, totals)),
      streaming: this.#forward(new Lowering(this, { inputInside: true })),
    };
  }

  /** The values that an option names, with their widths. */
  #inspected(option: "inspect" | "inspectGradients"): CompiledCell["inspected"] {
    const { named } = this.#step;
    return Object.fromEntries(
      (this.options[option] ?? []).map((name) => {
        const e = Object.hasOwn(named, name) ? named[name] : undefined;
        if (!e) {
          throw new CellError(this.cell.name, `${option}: there is no value "${name}"; there are ${Object.keys(named).join(", ")}`);
        }
        if (option === "inspectGradients" && e.op === "input") {
          throw new CellError(this.cell.name, `${option}: "${name}" is the input; set requiresGrad of the tensor that is given for it, and read its grad`);
        }
        return [name, e.width === "row" ? "row" : this.#width(e)];
      }),
    );
  }

  /** Where the input meets the state pointwise both must be equally wide. */
  #checkWidths(): void {
    const { inputSize, hiddenSize } = this.sizes;
    if (inputSize === hiddenSize) return;
    const { cell } = this;
    for (const e of reachable(Object.values(cell.next))) {
      const narrow = e.op === "linear" ? undefined : e.inputs.find((input) => input.width === "input");
      const wide = e.op === "linear" ? undefined : e.inputs.find((input) => input.width === "hidden");
      if (narrow && wide) {
        throw new CellError(
          cell.name,
          `${e.op}: ${show(narrow)} is as wide as the input (${inputSize}) but ${show(wide)} as wide as the state (${hiddenSize}); ` +
            `map one with linear(…), or make inputSize equal hiddenSize`,
        );
      }
    }
    for (const [state, e] of Object.entries(cell.next)) {
      if (e.width === "input") {
        throw new CellError(
          cell.name,
          `state ${state} is set to ${show(e)}, as wide as the input (${inputSize}); the state is ${hiddenSize} wide`,
        );
      }
    }
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
      this.#matrices.push({ name, linears, columns: this.#width(source) });
    }
  }

  #width(e: Expression): ColumnWidth {
    return e.width === "input" && this.sizes.inputSize !== this.sizes.hiddenSize ? "input" : "hidden";
  }

  /**
   * What training keeps for the backward pass. A value that backward asks for is computed again where that takes only pointwise
   * operations on what is there anyway (the input, the states, what is kept already); else it is kept. Kept values as wide
   * as the state go into slots, over the input's product that was taken up by then; the gradients of the linear maps later take
   * their places.
   */
  #plan(gradient: ReturnType<typeof differentiate>): Plan {
    const forward = new Set(reachable(Object.values(this.#step.next)));
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
    const saved = new Map<BufferName, ColumnWidth | "row">();
    for (const [state, e] of Object.entries(this.#step.next)) if (!places.has(e)) places.set(e, `state:${state}`);
    for (const [source, name] of this.#sourceNames) {
      if (source.op === "previous") continue;
      saved.set(`source:${name}`, this.#width(source));
      if (!places.has(source)) places.set(source, `source:${name}`);
    }
    const available = (e: Expression): boolean =>
      places.has(e) || (e.inputs.length === 0 ? true : e.op !== "linear" && e.op !== "rowSum" && e.op !== "rowMax" && e.inputs.every(available));
    const occupied = new Set<number>();
    let slotCount = this.#slots.length;
    const save = (e: Expression) => {
      const buffer = `saved:${saved.size}`;
      saved.set(buffer, e.width === "row" ? "row" : this.#width(e));
      places.set(e, buffer);
    };
    const { linears, states, vectors, input } = gradient;
    for (const e of neededFor([...linears.values(), ...states.values(), ...vectors.values(), ...(input ? [input] : [])])) {
      if (available(e)) continue;
      if (e.width === "row" || this.#width(e) === "input") {
        save(e);
        continue;
      }
      const own = this.#slots.findIndex((linear) => linear === e || e.inputs.includes(linear));
      let slot = own >= 0 && !occupied.has(own) ? own : this.#slots.findIndex((_, i) => !occupied.has(i));
      if (slot < 0) slot = slotCount++;
      occupied.add(slot);
      places.set(e, SLOT(slot));
    }
    // What only gradients that are looked at ask for comes last, so that all else is kept as it would be without them.
    const observed = new Set<Expression>();
    const { named } = this.#step;
    for (const e of neededFor((this.options.inspectGradients ?? []).flatMap((name) => gradient.reached.get(named[name]!) ?? []))) {
      if (available(e)) continue;
      observed.add(e);
      save(e);
    }
    return { places, saved, slotCount, observed };
  }

  /** @param plan what training keeps; inference keeps nothing */
  #forward(lower: Lowering, plan?: Plan): Program {
    const { next } = this.#step;
    const effects: Effect[] = [];
    for (const [state, e] of Object.entries(next)) {
      effects.push({ kind: "store", buffer: `state:${state}`, value: lower.value(e), width: "hidden" });
    }
    if (plan) {
      for (const [e, buffer] of plan.places) {
        if (buffer.startsWith("state:")) continue;
        const observed = plan.observed.has(e);
        if (e.width === "row") effects.push({ kind: "storeRow", buffer, value: lower.value(e), observed });
        else if (!buffer.startsWith("source:")) effects.push({ kind: "store", buffer, value: lower.value(e), width: this.#width(e), observed });
      }
      for (const [source, name] of this.#sourceNames) {
        if (source.op === "previous") continue;
        effects.push({ kind: "store", buffer: `source:${name}`, value: lower.value(source), width: this.#width(source) });
      }
    }
    effects.push(...this.#observe("inspect", lower, (e) => e));
    return this.#schedule(effects);
  }

  /** Records what named values show, after all other effects. */
  #observe(kind: "inspect" | "inspectGradients", lower: Lowering, shown: (e: Expression) => Expression | undefined): Effect[] {
    return (this.options[kind] ?? []).map((name): Effect => {
      const e = this.#step.named[name]!;
      const seen = shown(e);
      const buffer = `${kind}:${name}`;
      const value = seen ? lower.value(seen) : lower.builder.constant(0);
      if (e.width === "row") return { kind: "storeRow", buffer, value, observed: true };
      return { kind: "store", buffer, value, width: this.#width(e), observed: true };
    });
  }

  #backward(gradient: ReturnType<typeof differentiate>, places: ReadonlyMap<Expression, BufferName>, totals: readonly string[]): Program {
    const lower = new Lowering(this, { places });
    const effects: Effect[] = [];
    const addTotal = (name: string, value: GraphNode) => {
      const slot = totals.indexOf(name);
      if (slot >= 0) effects.push({ kind: "columnSum", slot, value });
    };
    this.#slots.forEach((linear, slot) => {
      const arrived = gradient.linears.get(linear);
      const value = arrived ? lower.value(arrived) : lower.builder.constant(0);
      effects.push({ kind: "store", buffer: SLOT(slot), value, width: "hidden" });
      addTotal(`bias:${linear.label}`, value);
    });
    for (const state of this.cell.states) {
      const arrived = gradient.states.get(state);
      const value = arrived ? lower.value(arrived) : lower.builder.constant(0);
      effects.push({ kind: "store", buffer: `carry:${state}`, value, width: "hidden" });
    }
    for (const [name, e] of gradient.vectors) addTotal(`vector:${name}`, lower.value(e));
    if (gradient.input) {
      const width = this.sizes.inputSize === this.sizes.hiddenSize ? "hidden" : "input";
      const before = lower.builder.read("load", "dx", width);
      effects.push({ kind: "store", buffer: "dx", value: lower.builder.binary("add", before, lower.value(gradient.input)), width });
    }
    effects.push(...this.#observe("inspectGradients", lower, (e) => gradient.reached.get(e)));
    return this.#schedule(effects);
  }

  #schedule(effects: readonly Effect[]): Program {
    try {
      return schedule(effects, this.#columns);
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

  columnWidth(e: Expression): ColumnWidth {
    return this.#width(e);
  }

  columns(width: ColumnWidth): number {
    return this.#columns[width];
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

/** Expressions to graph nodes. */
class Lowering {
  readonly builder = new GraphBuilder();
  readonly #done = new Map<Expression, GraphNode>();
  readonly #places: ReadonlyMap<Expression, BufferName>;
  readonly #inputInside: boolean;

  /**
   * @param options `places`: which expressions of the forward pass can be read from memory. `inputInside`: the program itself multiplies
   * the input; else its share, with the bias, was computed for all tokens beforehand and lies in the slots.
   */
  constructor(
    readonly compiler: Compiler,
    { places = new Map(), inputInside = false }: { places?: ReadonlyMap<Expression, BufferName>; inputInside?: boolean } = {},
  ) {
    this.#places = places;
    this.#inputInside = inputInside;
  }

  value(e: Expression): GraphNode {
    let done = this.#done.get(e);
    if (!done) this.#done.set(e, (done = this.#lower(e)));
    return done;
  }

  #lower(e: Expression): GraphNode {
    const { builder, compiler } = this;
    const place = this.#places.get(e);
    if (place !== undefined) {
      return e.width === "row" ? builder.read("loadRow", place, "row") : builder.read("load", place, compiler.columnWidth(e));
    }
    switch (e.op) {
      case "constant":
        return builder.constant(e.value!);
      case "input":
        return builder.read("load", "x", compiler.columnWidth(e));
      case "previous":
        return builder.read("loadPrevious", `state:${e.label}`, "hidden");
      case "parameter":
        return builder.read("vector", `vector:${e.label}`, "hidden");
      case "given":
        return builder.read("load", `given:${e.label}`, "hidden");
      case "carried":
        return builder.read("load", `carry:${e.label}`, "hidden");
      case "arriving":
        return builder.read("load", "arriving", "hidden");
      case "linear":
        return this.#linear(e);
      case "transposed":
        return this.#transposed(e);
      case "rowSum":
      case "rowMax":
        return builder.rowTotal(e.op, this.value(e.inputs[0]!), this.#over(e));
      case "divideByWidth":
        return builder.unary("scale", this.value(e.inputs[0]!), 1 / compiler.columns(this.#over(e)));
      case "clipGradient":
      case "stopGradient":
        return this.value(e.inputs[0]!);
      case "add":
      case "sub":
      case "mul":
      case "div":
      case "min":
      case "max":
      case "greater":
        return builder.binary(e.op, this.value(e.inputs[0]!), this.value(e.inputs[1]!));
      default:
        return builder.unary(e.op, this.value(e.inputs[0]!), e.value);
    }
  }

  #over(e: Expression): ColumnWidth {
    return e.over === "input" && this.compiler.columns("input") !== this.compiler.columns("hidden") ? "input" : "hidden";
  }

  #linear(e: Expression): GraphNode {
    const { builder, compiler } = this;
    const beforehand = takesInput(e) && !this.#inputInside;
    const start = beforehand
      ? builder.read("load", SLOT(compiler.slot(e)), "hidden")
      : e.value === 1
        ? builder.read("vector", `bias:${e.label}`, "hidden")
        : builder.constant(0);
    const sources = beforehand ? recurrentSources(e) : e.inputs;
    const height = compiler.columns("hidden");
    const terms = sources.map((source, i): Term => {
      const matrix = compiler.matrix(source);
      const block = matrix.linears.indexOf(e.label!);
      return {
        weights: compiler.pack({ matrix: matrix.name, from: block * height, to: (block + 1) * height, direction: "forward" }),
        depth: compiler.columns(matrix.columns),
        input: i + 1,
      };
    });
    return builder.product(start, sources.map((source) => this.value(source)), terms, "hidden");
  }

  /** Maps whose slots and whose blocks of rows are neighbours share one product. */
  #transposed(e: Expression): GraphNode {
    const { builder, compiler } = this;
    const source = e.source!;
    const linears = e.through!;
    const start = e.inputs.length > linears.length ? this.value(e.inputs.at(-1)!) : builder.constant(0);
    const matrix = compiler.matrix(source);
    const height = compiler.columns("hidden");
    const blocks = linears
      .map((linear, i) => ({ gradient: e.inputs[i]!, slot: compiler.slot(linear), block: matrix.linears.indexOf(linear.label!) }))
      .sort((a, b) => a.slot - b.slot);
    const terms: Term[] = [];
    for (let i = 0; i < blocks.length; ) {
      let j = i + 1;
      while (j < blocks.length && blocks[j]!.slot === blocks[i]!.slot + j - i && blocks[j]!.block === blocks[i]!.block + j - i) j++;
      const { slot, block } = blocks[i]!;
      terms.push({
        weights: compiler.pack({ matrix: matrix.name, from: block * height, to: (block + j - i) * height, direction: "backward" }),
        depth: (j - i) * height,
        input: i + 1,
        buffer: SLOT(slot),
      });
      i = j;
    }
    const sources = blocks.map(({ gradient }) => this.value(gradient));
    return builder.product(start, sources, terms, matrix.columns);
  }
}

/** The equations of a step: the next value of every state, and every value that has a name. */
interface Step {
  readonly next: Readonly<Record<string, Expression>>;
  readonly named: Readonly<Record<string, Expression>>;
}

/** Applies the options that change a step's equations. */
function withOptions(cell: Cell, options: CompileOptions): Step {
  const { zoneout = {}, recurrentMask = false, sampled = false, clipPreactivations } = options;
  for (const state of Object.keys(zoneout)) {
    if (!cell.states.includes(state)) {
      throw new CellError(cell.name, `zoneout: there is no state "${state}"; there are ${cell.states.join(", ")}`);
    }
  }
  const rewritten = new Map<Expression, Expression>();
  const masked = new Map<Expression, Expression>();
  const previous = new Map<string, Expression>();
  const throughMask = (source: Expression) => {
    if (!recurrentMask || !sampled || source.op !== "previous") return source;
    let seen = masked.get(source);
    if (!seen) masked.set(source, (seen = mul(source, given(`recurrent:${source.label}`))));
    return seen;
  };
  for (const e of reachable([...Object.values(cell.next), ...Object.values(cell.named)])) {
    let inputs = e.inputs.map((input) => rewritten.get(input)!);
    if (e.op === "linear") inputs = inputs.map(throughMask);
    if (e.op === "previous") previous.set(e.label!, e);
    const changed = inputs.some((input, i) => input !== e.inputs[i]);
    let copy = changed ? { ...node(e.op, inputs, e.width), ...rest(e) } : e;
    if (e.op === "linear" && clipPreactivations !== undefined) copy = clipGradient(copy, clipPreactivations);
    rewritten.set(e, copy);
  }
  const next = Object.fromEntries(
    Object.entries(cell.next).map(([state, e]) => {
      const value = rewritten.get(e)!;
      const rate = zoneout[state] ?? 0;
      if (rate === 0) return [state, value];
      const kept = sub(previous.get(state) ?? node("previous", [], "hidden", { label: state }), value);
      return [state, add(value, sampled ? mul(given(`zoneout:${state}`), kept) : scaleBy(kept, rate))];
    }),
  );
  const named = Object.entries(cell.named).map(([name, e]) => [name, rewritten.get(e)!]);
  return { next, named: { ...next, ...Object.fromEntries(named) } };
}

function given(label: string): Expression {
  return node("given", [], "hidden", { label });
}

function rest(e: Expression): Partial<Expression> {
  const { label, value, over } = e;
  return { ...(label !== undefined && { label }), ...(value !== undefined && { value }), ...(over !== undefined && { over }) };
}

function takesInput(linear: Expression): boolean {
  return linear.inputs.some((source) => source.op === "input");
}

/** The state whose masked form this is. */
function stateBehindMask(e: Expression): string | undefined {
  return e.op === "mul" && e.inputs[1]?.op === "given" ? e.inputs[0]!.label : undefined;
}
