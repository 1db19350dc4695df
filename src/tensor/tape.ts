/**
 * Reverse-mode differentiation: while a step runs, every operation on a tensor that requires a gradient leaves an entry;
 * `backward` walks the entries from last to first and lets each add its inputs' share.
 */
import { MAP_COPY, ZIP_ADD } from "../backend/generated/kernels.js";
import { formatShape, shapeError, StaleTensorError, TapeError } from "./errors.js";
import { zipInto } from "./launch.js";
import { sameShape } from "./shape.js";
import { copyOf, uncleared, viewOf, type Tensor } from "./tensor.js";

/** How the gradient rule of one operation reads and writes. Indices count the `outputs` and `inputs` given to `record`. */
export interface GradientAccess {
  /** The gradient that arrived at output i, of its size; undefined when none came. Not to be written to. */
  output(i: number): Tensor | undefined;
  /** Whether input i wants a gradient. */
  wants(i: number): boolean;
  /** Where the gradient of input i gathers, zeros at first: kernels ADD into it. */
  into(i: number): Tensor;
  /** Whether nothing has been added to the gradient of input i yet, so that `overwrite` may be used. */
  untouched(i: number): boolean;
  /** Like `into` but not cleared: the caller writes every element. Saves a pass over memory. Only while `untouched`. */
  overwrite(i: number): Tensor;
  /** Adds a whole contribution of input i's size. It must not be changed afterwards: it may become the gradient itself. */
  add(i: number, contribution: Tensor): void;
}

export type BackwardRule = (gradients: GradientAccess) => void;

interface Entry {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly backward: BackwardRule;
}

/** The entries of one step. */
export class Tape {
  readonly entries: Entry[] = [];
}

/**
 * Where the gradient of one tensor gathers. Leaves (`tape` undefined) own their buffer for ever; the results of operations
 * belong to a tape and may at first borrow a tensor that others read too.
 */
export class GradientSlot {
  readonly tape: Tape | undefined;
  /** Length of the tape when the operation that made the tensor was recorded. */
  readonly position: number;
  buffer: Tensor | undefined = undefined;
  state: "empty" | "borrowed" | "owned" = "empty";

  constructor(tape: Tape | undefined) {
    this.tape = tape;
    this.position = tape === undefined ? 0 : tape.entries.length;
  }
}

let current: Tape | undefined;
let paused = false;

export function beginTape(): void {
  current = new Tape();
  paused = false;
}

export function endTape(): void {
  current = undefined;
  paused = false;
}

/** Runs `fn` without recording. */
export function withoutTape<R>(fn: () => R): R {
  const before = paused;
  paused = true;
  try {
    return fn();
  } finally {
    paused = before;
  }
}

/**
 * Makes `outputs` differentiable functions of `inputs`, inside a step and when an input requires a gradient; does nothing
 * otherwise. Every differentiable operation ends with this call, one written elsewhere too:
 *
 *     record("square", [x], [y], (g) => g.add(0, mul(g.output(0)!, scale(x, 2))));
 *
 * The rule runs when a gradient has reached at least one output, and never records itself.
 */
export function record(
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  backward: BackwardRule,
): void {
  if (current === undefined || paused) return;
  let wanted = false;
  for (const input of inputs) {
    const tape = input.slot?.tape;
    if (tape !== undefined && tape !== current) throw new StaleTensorError(input.storage.madeBy, input.shape);
    wanted ||= input.slot !== undefined;
  }
  if (!wanted) return;
  for (const output of outputs) {
    if (output.slot !== undefined) {
      throw new TapeError(`${name}: an output requires a gradient already; compute outputs inside noGrad(() => ...)`);
    }
    if (output.dtype === "float32") output.slot = new GradientSlot(current);
  }
  current.entries.push({ name, inputs, outputs, backward });
}

/** Whether `record` with these inputs would leave an entry: operations that keep more for the backward pass ask first. */
export function isRecording(inputs: readonly Tensor[]): boolean {
  return current !== undefined && !paused && inputs.some((input) => input.slot !== undefined);
}

/** The same elements as a constant: no gradient passes. Free. */
export function stopGradient(x: Tensor): Tensor {
  return viewOf(x, x.shape);
}

/** Replaces the gradient of a leaf by a copy of `gradient`, or by none. */
export function setGradient(x: Tensor, gradient: Tensor | undefined): void {
  const { slot } = x;
  if (slot?.tape !== undefined) throw new TapeError("grad: only a tensor whose requiresGrad was set has one");
  if (slot !== undefined) slot.state = "empty";
  if (gradient === undefined) return;
  if (slot === undefined) throw new TapeError("grad: the tensor does not require a gradient; set requiresGrad first");
  if (!sameShape(gradient.shape, x.shape)) {
    throw shapeError("grad", "gradient", formatShape(x.shape), formatShape(gradient.shape));
  }
  contribute(x, gradient);
}

/** See `Tensor.backward`. */
export function backward(loss: Tensor, gradient?: Tensor): void {
  const tape = current;
  if (tape === undefined) {
    throw new TapeError("backward: nothing was recorded; compute the loss and call backward inside step(() => { ... })");
  }
  const slot = loss.slot;
  if (slot === undefined) {
    throw new TapeError(
      "backward: the loss does not depend on any tensor that requires a gradient (or was computed inside noGrad)",
    );
  }
  if (slot.tape !== undefined && slot.tape !== tape) throw new StaleTensorError(loss.storage.madeBy, loss.shape);
  if (gradient === undefined && loss.size !== 1) {
    throw shapeError("backward", "loss", "one element (or a gradient of its shape)", `shape ${formatShape(loss.shape)}`);
  }
  if (gradient !== undefined && !sameShape(gradient.shape, loss.shape)) {
    throw shapeError("backward", "gradient", formatShape(loss.shape), formatShape(gradient.shape));
  }
  withoutTape(() => {
    try {
      contribute(loss, gradient ?? one(loss));
      walk(tape, slot.position);
    } finally {
      for (const { outputs } of tape.entries) for (const output of outputs) forget(output);
    }
  });
}

function one(loss: Tensor): Tensor {
  const seed = uncleared("backward", loss.backend, loss.shape);
  loss.backend.kernels.fill(seed.pointer, 1, 1);
  return seed;
}

/** Runs the rules of the entries from `last` down to the first, those that a gradient has reached. */
function walk(tape: Tape, last: number): void {
  for (let i = Math.min(last, tape.entries.length - 1); i >= 0; i--) {
    const entry = tape.entries[i]!;
    if (entry.outputs.some((output) => output.slot !== undefined && output.slot.state !== "empty")) {
      entry.backward(new Access(entry));
    }
  }
}

function forget(output: Tensor): void {
  if (output.slot?.tape === undefined) return;
  output.slot.state = "empty";
  output.slot.buffer = undefined;
}

class Access implements GradientAccess {
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.#entry = entry;
  }

  output(i: number): Tensor | undefined {
    const slot = this.#entry.outputs[i]?.slot;
    return slot === undefined || slot.state === "empty" ? undefined : slot.buffer;
  }

  wants(i: number): boolean {
    return this.#input(i).slot !== undefined;
  }

  into(i: number): Tensor {
    const input = this.#input(i);
    const slot = this.#slot(input, i);
    if (slot.state === "owned") return slot.buffer!;
    if (slot.state === "borrowed") {
      slot.buffer = copyOf(this.#entry.name, slot.buffer!);
    } else {
      ownBuffer(slot, input);
      input.backend.kernels.fill(slot.buffer!.pointer, 0, input.size);
    }
    slot.state = "owned";
    return slot.buffer!;
  }

  untouched(i: number): boolean {
    return this.#slot(this.#input(i), i).state === "empty";
  }

  overwrite(i: number): Tensor {
    const input = this.#input(i);
    const slot = this.#slot(input, i);
    if (slot.state !== "empty") {
      throw new TapeError(`${this.#entry.name}: overwrite(${i}): the gradient of input ${i} holds something already`);
    }
    ownBuffer(slot, input);
    slot.state = "owned";
    return slot.buffer!;
  }

  add(i: number, contribution: Tensor): void {
    const input = this.#input(i);
    if (input.slot === undefined) return;
    if (contribution.size !== input.size) {
      const name = `${this.#entry.name}: gradient of input ${i}`;
      throw shapeError(name, "contribution", formatShape(input.shape), formatShape(contribution.shape));
    }
    contribute(input, contribution);
  }

  #input(i: number): Tensor {
    const input = this.#entry.inputs[i];
    if (input === undefined) throw new TapeError(`${this.#entry.name}: there is no input ${i}`);
    return input;
  }

  #slot(input: Tensor, i: number): GradientSlot {
    if (input.slot === undefined) {
      throw new TapeError(`${this.#entry.name}: input ${i} does not want a gradient; ask wants(${i}) first`);
    }
    return input.slot;
  }
}

/** Gives the slot a buffer of its own, not cleared. A free-standing leaf's buffer is made once and stands free. */
function ownBuffer(slot: GradientSlot, input: Tensor): void {
  if (slot.tape === undefined && slot.buffer?.storage.alive) return;
  const free = slot.tape === undefined && input.storage.arena === undefined;
  slot.buffer = uncleared("gradient", input.backend, input.shape, "float32", free);
}

/** Adds `contribution`, of x's size, to the gradient of x, which wants one. */
function contribute(x: Tensor, contribution: Tensor): void {
  const slot = x.slot!;
  const { kernels } = x.backend;
  if (slot.state === "owned") {
    kernels.axpy(slot.buffer!.pointer, 1, contribution.pointer, x.size);
  } else if (slot.state === "borrowed") {
    const sum = uncleared("gradient", x.backend, x.shape);
    zipInto(ZIP_ADD, sum, slot.buffer!, contribution);
    slot.buffer = sum;
    slot.state = "owned";
  } else if (slot.tape === undefined) {
    ownBuffer(slot, x);
    kernels.map(MAP_COPY, slot.buffer!.pointer, contribution.pointer, x.size, 0);
    slot.state = "owned";
  } else {
    slot.buffer = viewOf(contribution, x.shape);
    slot.state = "borrowed";
  }
}
