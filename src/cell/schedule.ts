/**
 * From a graph to a program: which stage computes what, what is carried from stage to stage through memory, and which register
 * holds what.
 *
 * A stage sweeps the columns tile by tile, so whatever needs a whole row must come from an earlier one: the source of a matrix
 * product, and the total of a row. Instructions over whole rows, which read the memory, have stages of their own, after those
 * that make what they take in and before those that use what they leave. Everything else happens in the earliest stage that can.
 */
import * as K from "../backend/generated/kernels.js";
import type { BufferName, Effect, GraphNode } from "./graph.js";
import { inputsOf } from "./graph.js";

export interface Program {
  /** Instructions, SEQUENCE_INSTRUCTION_WORDS words each. Operands that name a buffer hold its index in `buffers`. */
  readonly words: Int32Array;
  readonly constants: readonly number[];
  readonly buffers: readonly BufferName[];
  /** Buffers of rows that are converted to the precision of the products, with the number of their elements. */
  readonly rows?: ReadonlyMap<BufferName, number>;
  /** Buffers that only carry values between stages: one row per batch row. */
  readonly spills: ReadonlyMap<BufferName, number | "positions">;
  readonly stages: number;
  /** That hold a tile; those for a number per row are counted apart. */
  readonly registers: number;
}

/** Limits of kernels/sequence.c; registers of each kind. */
const MAX_REGISTERS = K.SEQUENCE_ROW_REGISTERS;
const MAX_ROW_TOTALS = 64;

type Whole = GraphNode & { readonly kind: "whole" };

interface Stage {
  readonly level: number;
  /** Columns; 0 in a stage of instructions over whole rows. */
  readonly width: number;
  readonly wholes: Whole[];
  readonly effects: Effect[];
  readonly totals: (GraphNode & { kind: "rowTotal" })[];
}

export interface Instruction {
  readonly opcode: number;
  /** A register (a virtual one before they are allocated), or whatever the opcode says. */
  readonly dst: number;
  readonly a: number;
  readonly b: number;
  readonly n: number;
}

type OperandKind = "read" | "write" | "update" | undefined;

/** Which operands are registers. */
function registersOf(opcode: number): { dst: OperandKind; a: OperandKind; b: OperandKind } {
  switch (opcode) {
    case K.SEQ_LOAD:
    case K.SEQ_LOAD_PREVIOUS:
    case K.SEQ_VECTOR:
    case K.SEQ_LOAD_ROW:
    case K.SEQ_ROW:
    case K.SEQ_CONST:
      return { dst: "write", a: undefined, b: undefined };
    case K.SEQ_STORE:
    case K.SEQ_STORE_ROW:
    case K.SEQ_ROW_SUM:
    case K.SEQ_ROW_MAX:
    case K.SEQ_COLUMN_SUM:
      return { dst: undefined, a: "read", b: undefined };
    case K.SEQ_DOT_SCORES:
    case K.SEQ_ADDITIVE_SCORES:
    case K.SEQ_WINDOW:
    case K.SEQ_READ:
    case K.SEQ_POSITION_SOFTMAX:
    case K.SEQ_POSITION_ADD:
    case K.SEQ_POSITION_SOFTMAX_GRADIENT:
    case K.SEQ_ADDITIVE_SLOPE:
    case K.SEQ_WINDOW_MOMENT:
    case K.SEQ_MORE:
      return { dst: undefined, a: undefined, b: undefined };
    case K.SEQ_PRODUCT:
    case K.SEQ_PRODUCT_PREVIOUS:
      return { dst: "update", a: undefined, b: undefined };
    case K.SEQ_MUL_ADD:
      return { dst: "update", a: "read", b: "read" };
    case K.SEQ_ADD:
    case K.SEQ_SUB:
    case K.SEQ_MUL:
    case K.SEQ_DIV:
    case K.SEQ_MIN:
    case K.SEQ_MAX:
    case K.SEQ_GREATER:
    case K.SEQ_TANH_SLOPE:
    case K.SEQ_SIGMOID_SLOPE:
      return { dst: "write", a: "read", b: "read" };
    default:
      return { dst: "write", a: "read", b: undefined };
  }
}

const LOADS = { load: K.SEQ_LOAD, loadPrevious: K.SEQ_LOAD_PREVIOUS, vector: K.SEQ_VECTOR } as const;

/** How many positions the rows of the memory have. */
const LENGTHS: BufferName = "positions";

/** Schedules the effects into a program. */
export function schedule(effects: readonly Effect[]): Program {
  return new Scheduler(effects).program();
}

class Scheduler {
  readonly #stages: Stage[] = [];
  readonly #level = new Map<GraphNode, number>();
  /** Where a computed value is stored. */
  readonly #home = new Map<GraphNode, BufferName>();
  /** Everywhere the result of an instruction over whole rows goes. */
  readonly #destinations = new Map<Whole, BufferName[]>();
  /** Buffers that the program overwrites. */
  readonly #written: ReadonlySet<BufferName>;
  /** Loads whose buffer is overwritten while they are still needed: after `level` they are read from `buffer`. */
  readonly #captured = new Map<GraphNode, { readonly buffer: BufferName; readonly level: number }>();
  /** How often a value is used, not counting by who only looks on. */
  readonly #users = new Map<GraphNode, number>();
  readonly #rowTotals = new Map<GraphNode, number>();
  readonly #buffers: BufferName[] = [];
  readonly #constants: number[] = [];
  readonly #spills = new Map<BufferName, number | "positions">();

  constructor(effects: readonly Effect[]) {
    this.#written = new Set(effects.flatMap((effect) => (effect.kind === "columnSum" ? [] : [effect.buffer])));
    const isObserved = (effect: Effect) => effect.kind !== "columnSum" && effect.observed === true;
    for (const effect of effects) {
      if (effect.kind === "store" && !(isObserved(effect) && this.#home.has(effect.value))) this.#home.set(effect.value, effect.buffer);
    }
    const nodes = this.#reachable(effects);
    const use = (n: GraphNode) => this.#users.set(n, (this.#users.get(n) ?? 0) + 1);
    const working = effects.filter((effect) => !isObserved(effect));
    for (const n of this.#reachable(working)) inputsOf(n).forEach(use);
    for (const { value } of working) use(value);
    for (const effect of effects) {
      const { value } = effect;
      if (effect.kind === "storeRow") continue;
      if (value.kind === "whole" && effect.kind === "store") {
        this.#destinations.set(value, [...(this.#destinations.get(value) ?? []), effect.buffer]);
        continue;
      }
      this.#stage(this.#stored(value), effect.width as number).effects.push(effect);
    }
    for (const n of nodes) {
      if (n.kind !== "rowTotal") continue;
      this.#rowTotals.set(n, this.#rowTotals.size);
      this.#stage(this.#available(n), n.over).totals.push(n);
    }
    // A number per row is stored by whatever stage there is.
    for (const effect of effects) {
      if (effect.kind !== "storeRow") continue;
      const level = this.#stored(effect.value);
      const { width } = this.#stages.find((stage) => stage.level === level && stage.width > 0) ?? { width: 1 };
      this.#stage(level, width).effects.push(effect);
    }
    for (const n of nodes) {
      if (n.kind !== "whole") continue;
      if (!this.#destinations.has(n)) {
        const buffer = `spill:${this.#spills.size}`;
        this.#spills.set(buffer, n.width as number | "positions");
        this.#home.set(n, buffer);
        this.#destinations.set(n, [buffer]);
      }
      this.#stage(this.#available(n), 0).wholes.push(n);
      for (const input of n.inputs) if (!this.#isReadInPlace(input) && !this.#home.has(input)) this.#spill(input);
    }
    // Products read whole rows, so a source that is computed must have a home.
    for (const n of nodes) {
      if (n.kind !== "product") continue;
      for (const { input, buffer } of n.terms) {
        const source = n.inputs[input]!;
        if (buffer === undefined && "inputs" in source && !this.#home.has(source)) this.#spill(source);
      }
    }
    this.#spillAcrossStages(nodes);
    // What overwrites whole rows comes after all that still reads them.
    this.#stages.sort((a, b) => a.level - b.level || (a.width === 0 ? 1 : 0) - (b.width === 0 ? 1 : 0));
  }

  program(): Program {
    const words: number[] = [];
    let [registers, rowRegisters] = [0, 0];
    for (const stage of this.#stages) {
      const allocated = allocateRegisters(new StageWriter(this, stage).instructions());
      registers = Math.max(registers, allocated.registers);
      rowRegisters = Math.max(rowRegisters, allocated.rowRegisters);
      words.push(K.SEQ_STAGE, Math.max(1, stage.width), allocated.instructions.length, 0, 0);
      for (const { opcode, dst, a, b, n } of allocated.instructions) words.push(opcode, dst, a, b, n);
    }
    if (registers > MAX_REGISTERS || rowRegisters > MAX_REGISTERS || this.#rowTotals.size > MAX_ROW_TOTALS) {
      throw new RangeError(
        `the step needs ${registers} values at once, ${rowRegisters} numbers per row and ${this.#rowTotals.size} row totals; ` +
          `the machine has ${MAX_REGISTERS}, ${MAX_REGISTERS} and ${MAX_ROW_TOTALS}`,
      );
    }
    return {
      words: Int32Array.from(words),
      constants: this.#constants.length > 0 ? this.#constants : [0],
      buffers: this.#buffers,
      spills: this.#spills,
      stages: this.#stages.length,
      registers,
    };
  }

  buffer(name: BufferName): number {
    const known = this.#buffers.indexOf(name);
    return known >= 0 ? known : this.#buffers.push(name) - 1;
  }

  constant(value: number): number {
    const known = this.#constants.findIndex((other) => Object.is(other, value));
    return known >= 0 ? known : this.#constants.push(value) - 1;
  }

  rowTotal(n: GraphNode): number {
    return this.#rowTotals.get(n)!;
  }

  home(n: GraphNode): BufferName | undefined {
    return this.#home.get(n);
  }

  /** Where a stage of `level` must read a load's value. */
  source(n: GraphNode & { kind: "load" | "loadPrevious" | "vector" | "loadRow" }, level: number): BufferName {
    const captured = this.#captured.get(n);
    return captured && level > captured.level ? captured.buffer : n.buffer;
  }

  /** Where an instruction over whole rows finds one of its inputs. */
  whereWhole(n: GraphNode): BufferName {
    return this.#isReadInPlace(n) ? (n as GraphNode & { kind: "load" }).buffer : this.#home.get(n)!;
  }

  destinations(n: Whole): readonly BufferName[] {
    return this.#destinations.get(n)!;
  }

  usedOnce(n: GraphNode): boolean {
    return this.#users.get(n) === 1;
  }

  /** The stage in which a value with columns is computed. */
  computedIn(n: GraphNode, stage: Stage): boolean {
    return n.kind !== "whole" && this.#available(n) === stage.level && n.width === stage.width;
  }

  /** The earliest level at which a value can be in a register. */
  #available(n: GraphNode): number {
    let level = this.#level.get(n);
    if (level === undefined) {
      level = Math.max(0, ...inputsOf(n).map((input, i) => {
        const stored = n.kind === "product" && i > 0 && ("inputs" in input || n.terms.some((term) => term.buffer !== undefined));
        const wholeRow = input.kind === "rowTotal" || input.kind === "whole" || stored || (n.kind === "whole" && !this.#isReadInPlace(input));
        return this.#available(input) + (wholeRow ? 1 : 0);
      }));
      this.#level.set(n, level);
    }
    return level;
  }

  /** Inputs of instructions over whole rows that lie in memory as they are from the first stage to the last. */
  #isReadInPlace(n: GraphNode): boolean {
    return n.kind === "vector" || (n.kind === "load" && !this.#written.has(n.buffer));
  }

  /** The earliest level that can store a value from a register. */
  #stored(n: GraphNode): number {
    return this.#available(n) + (n.kind === "rowTotal" || n.kind === "whole" ? 1 : 0);
  }

  #stage(level: number, width: number): Stage {
    let stage = this.#stages.find((candidate) => candidate.level === level && candidate.width === width);
    if (!stage) this.#stages.push((stage = { level, width, wholes: [], effects: [], totals: [] }));
    return stage;
  }

  #reachable(effects: readonly Effect[]): GraphNode[] {
    const seen = new Set<GraphNode>();
    const visit = (n: GraphNode) => {
      if (seen.has(n)) return;
      for (const input of inputsOf(n)) visit(input);
      seen.add(n);
    };
    for (const effect of effects) visit(effect.value);
    return [...seen];
  }

  #spill(n: GraphNode): void {
    const buffer = `spill:${this.#spills.size}`;
    const width = n.width as number;
    this.#spills.set(buffer, width);
    this.#home.set(n, buffer);
    this.#stage(this.#available(n), width).effects.push({ kind: "store", buffer, value: n, width });
  }

  /**
   * Values that a later stage needs go through memory: computed ones, and loads from a buffer that this program overwrites before
   * they are needed again. Numbers per row are computed anew instead.
   */
  #spillAcrossStages(nodes: readonly GraphNode[]): void {
    const overwritten = new Map<BufferName, number>();
    for (const stage of this.#stages) {
      for (const effect of stage.effects) if (effect.kind !== "columnSum") overwritten.set(effect.buffer, stage.level);
      for (const n of stage.wholes) for (const buffer of this.destinations(n)) overwritten.set(buffer, stage.level);
    }
    const needs = (n: GraphNode, level: number, width: number): void => {
      if (n.width === "row" || n.width === "any") {
        if (n.kind === "op") for (const input of n.inputs) needs(input, level, width);
        return;
      }
      if (n.kind === "load") {
        const lost = overwritten.get(n.buffer);
        if (lost !== undefined && lost < level && !this.#captured.has(n)) {
          const buffer = `spill:${this.#spills.size}`;
          this.#spills.set(buffer, width);
          this.#captured.set(n, { buffer, level: lost });
          this.#stage(lost, width).effects.push({ kind: "store", buffer, value: n, width });
        }
        return;
      }
      if (n.kind !== "op" && n.kind !== "product") return;
      if ((this.#available(n) !== level || n.width !== width) && !this.#home.has(n)) this.#spill(n);
    };
    for (const n of nodes) {
      if (n.kind === "rowTotal") needs(n.inputs[0], this.#available(n), n.over);
      if (n.kind === "op" && typeof n.width === "number") for (const input of n.inputs) needs(input, this.#available(n), n.width);
      if (n.kind === "product") needs(n.inputs[0]!, this.#available(n), n.width as number);
    }
    for (const stage of this.#stages) {
      for (const effect of stage.effects) needs(effect.value, stage.level, stage.width);
    }
  }
}

/** Virtual registers for numbers per row begin here. */
const VIRTUAL_ROW_REGISTERS = 2 ** 24;

/** Writes the instructions of one stage, in virtual registers. */
class StageWriter {
  readonly #written: Instruction[] = [];
  readonly #register = new Map<GraphNode, number>();
  readonly #rowRegister = new Map<GraphNode, number>();
  #registers = 0;
  #rowRegisters = VIRTUAL_ROW_REGISTERS;

  constructor(
    readonly scheduler: Scheduler,
    readonly stage: Stage,
  ) {}

  instructions(): Instruction[] {
    const { effects, totals, wholes } = this.stage;
    for (const n of wholes) this.#whole(n);
    // What this stage overwrites it must have read before.
    const stored = new Set(effects.map((effect) => (effect.kind === "columnSum" ? "" : effect.buffer)));
    const visit = (n: GraphNode, seen: Set<GraphNode>) => {
      if (seen.has(n) || !this.#computedHere(n)) return;
      seen.add(n);
      if (n.kind === "load" && stored.has(n.buffer)) this.#value(n);
      if (n.kind === "loadRow" && stored.has(n.buffer)) this.#perRow(n);
      if (n.kind === "product") visit(n.inputs[0]!, seen);
      if (n.kind === "op") for (const input of n.inputs) visit(input, seen);
    };
    const seen = new Set<GraphNode>();
    for (const effect of effects) visit(effect.value, seen);
    for (const total of totals) visit(total.inputs[0], seen);

    for (const effect of effects) {
      if (effect.kind === "store") this.#write(K.SEQ_STORE, this.scheduler.buffer(effect.buffer), this.#value(effect.value));
      if (effect.kind === "storeRow") this.#write(K.SEQ_STORE_ROW, this.scheduler.buffer(effect.buffer), this.#perRow(effect.value));
      if (effect.kind === "columnSum") this.#write(K.SEQ_COLUMN_SUM, effect.offset, this.#value(effect.value));
    }
    for (const total of totals) this.#write(total.opcode, this.scheduler.rowTotal(total), this.#value(total.inputs[0]));
    return this.#written;
  }

  #write(opcode: number, dst: number, a = 0, b = 0, n = 0): void {
    this.#written.push({ opcode, dst, a, b, n });
  }

  #whole(n: Whole): void {
    const { scheduler } = this;
    const { opcode, inputs, memory, columns, number = 0 } = n;
    const at = (i: number) => (inputs[i] ? scheduler.buffer(scheduler.whereWhole(inputs[i])) : 0);
    for (const buffer of scheduler.destinations(n)) {
      this.#write(opcode, scheduler.buffer(buffer), at(0), at(1), columns);
      this.#write(K.SEQ_MORE, at(2), memory === undefined ? 0 : scheduler.buffer(memory), scheduler.buffer(LENGTHS), number);
    }
  }

  #computedHere(n: GraphNode): boolean {
    return n.width === "row" || n.width === "any" || !("inputs" in n) || this.scheduler.computedIn(n, this.stage);
  }

  /** The register that holds a value without columns as a number per row, which may only be read. */
  #perRow(n: GraphNode): number {
    return once(this.#rowRegister, n, () => this.#computePerRow(n));
  }

  #computePerRow(n: GraphNode): number {
    const { scheduler } = this;
    if (n.kind === "op") return this.#operate(n, (input) => this.#perRow(input), () => this.#rowRegisters++);
    const dst = this.#rowRegisters++;
    if (n.kind === "loadRow") this.#write(K.SEQ_LOAD_ROW, dst, scheduler.buffer(scheduler.source(n, this.stage.level)));
    else if (n.kind === "rowTotal") this.#write(K.SEQ_ROW, dst, scheduler.rowTotal(n));
    else if (n.kind === "constant") this.#write(K.SEQ_CONST, dst, 0, 0, scheduler.constant(n.value));
    else throw new Error(`a number per row from ${n.kind}`);
    return dst;
  }

  /** The register that holds a node's value in all columns, which may only be read. */
  #value(n: GraphNode): number {
    return once(this.#register, n, () => this.#compute(n));
  }

  #compute(n: GraphNode): number {
    const { scheduler } = this;
    const fresh = () => this.#registers++;
    if (n.width === "row") {
      const from = this.#perRow(n);
      const dst = fresh();
      this.#write(K.SEQ_SPREAD, dst, from);
      return dst;
    }
    if (!this.#computedHere(n)) {
      const dst = fresh();
      this.#write(K.SEQ_LOAD, dst, scheduler.buffer(scheduler.home(n)!));
      return dst;
    }
    switch (n.kind) {
      case "load":
      case "loadPrevious":
      case "vector": {
        const dst = fresh();
        this.#write(LOADS[n.kind], dst, scheduler.buffer(scheduler.source(n, this.stage.level)));
        return dst;
      }
      case "constant": {
        const dst = fresh();
        this.#write(K.SEQ_CONST, dst, 0, 0, scheduler.constant(n.value));
        return dst;
      }
      case "product": {
        const dst = this.#copy(this.#value(n.inputs[0]!), fresh);
        for (const { input, buffer, weights, depth } of n.terms) {
          const source = n.inputs[input]!;
          const from = buffer ?? ("buffer" in source ? source.buffer : scheduler.home(source)!);
          const opcode = source.kind === "loadPrevious" && !buffer ? K.SEQ_PRODUCT_PREVIOUS : K.SEQ_PRODUCT;
          this.#write(opcode, dst, scheduler.buffer(from), scheduler.buffer(weights), depth);
        }
        return dst;
      }
      case "whole":
        throw new Error("a result of whole rows that was not stored");
      case "op":
        return this.#operate(n, (input) => this.#value(input), fresh);
      case "loadRow":
      case "rowTotal":
        throw new Error(`columns of ${n.kind}`);
    }
  }

  /** @param value the register of an input, of the kind that `fresh` makes */
  #operate(n: GraphNode & { kind: "op" }, value: (input: GraphNode) => number, fresh: () => number): number {
    const [first, second] = n.inputs as [GraphNode, GraphNode | undefined];
    if (n.opcode === K.SEQ_ADD) {
      // x + a b in one instruction (and one rounding), where a b is needed nowhere else, except to be looked at.
      for (const [sum, product] of [[first, second!], [second!, first]] as const) {
        if (!this.#isOnlyHere(product) || (product.width === "row") !== (n.width === "row")) continue;
        const [x, y] = inputsOf(product) as [GraphNode, GraphNode];
        const [a, b] = [value(x), value(y)];
        const dst = this.#copy(value(sum), fresh);
        this.#write(K.SEQ_MUL_ADD, dst, a, b);
        return dst;
      }
    }
    const a = value(first);
    const b = second ? value(second) : 0;
    const dst = fresh();
    this.#write(n.opcode, dst, a, b, this.scheduler.constant(n.value));
    return dst;
  }

  #isOnlyHere(n: GraphNode): boolean {
    return n.kind === "op" && n.opcode === K.SEQ_MUL && this.scheduler.usedOnce(n) && this.#computedHere(n);
  }

  /** A register of one's own with the value of another; the allocator drops the copy where nobody else needs the original. */
  #copy(from: number, fresh: () => number): number {
    const dst = fresh();
    this.#write(K.SEQ_COPY, dst, from);
    return dst;
  }
}

/** The register of a node, computed where it has none yet. */
function once(registers: Map<GraphNode, number>, n: GraphNode, compute: () => number): number {
  let register = registers.get(n);
  if (register === undefined) registers.set(n, (register = compute()));
  return register;
}

/** Real registers for virtual ones: a register is free again after its last use; copies of what ends there disappear. */
function allocateRegisters(instructions: readonly Instruction[]): { instructions: Instruction[]; registers: number; rowRegisters: number } {
  const lastUse = new Map<number, number>();
  instructions.forEach((instruction, i) => {
    const kinds = registersOf(instruction.opcode);
    for (const operand of ["dst", "a", "b"] as const) if (kinds[operand]) lastUse.set(instruction[operand], i);
  });
  const real = new Map<number, number>();
  const tiles = new RegisterFile(0);
  const perRow = new RegisterFile(K.SEQUENCE_ROW_REGISTERS);
  const fileOf = (virtual: number) => (virtual < VIRTUAL_ROW_REGISTERS ? tiles : perRow);
  const result: Instruction[] = [];
  instructions.forEach((instruction, i) => {
    const kinds = registersOf(instruction.opcode);
    const a = kinds.a ? real.get(instruction.a)! : instruction.a;
    const b = kinds.b ? real.get(instruction.b)! : instruction.b;
    const ends = (operand: "a" | "b") => kinds[operand] && lastUse.get(instruction[operand]) === i;
    if (instruction.opcode === K.SEQ_COPY && ends("a")) {
      real.set(instruction.dst, a);
      return;
    }
    // Pointwise instructions may write where they read.
    if (ends("a")) fileOf(instruction.a).free(a);
    if (ends("b") && b !== a) fileOf(instruction.b).free(b);
    if (kinds.dst === "write") real.set(instruction.dst, fileOf(instruction.dst).take());
    const dst = kinds.dst ? real.get(instruction.dst)! : instruction.dst;
    result.push({ ...instruction, dst, a, b });
    if (kinds.dst && lastUse.get(instruction.dst) === i) fileOf(instruction.dst).free(dst);
  });
  return { instructions: result, registers: tiles.used, rowRegisters: perRow.used };
}

/** Real registers of one kind. */
class RegisterFile {
  /** How many have ever been taken. */
  used = 0;
  readonly #free: number[] = [];

  constructor(readonly first: number) {}

  take(): number {
    return this.#free.pop() ?? this.first + this.used++;
  }

  free(register: number): void {
    this.#free.push(register);
  }
}
