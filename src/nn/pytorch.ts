/**
 * Weights of PyTorch's `nn.RNN`, `nn.LSTM` and `nn.GRU`, to and from `Recurrent`.
 *
 * Both hold, per layer and direction, one matrix for the input and one for the state, with the gates' rows in the same
 * order (i, f, g, o; r, z, n). They differ in names and in biases: PyTorch has one for each matrix. Where the two are
 * only ever added, `Recurrent` has their sum; the GRU's candidate needs both.
 */
import { type Cell, elmanRelu, elmanTanh, gru, lstm } from "../cell/index.js";
import type { StoredTensor } from "../tensor/safetensors.js";
import { constant } from "./initialisers.js";
import { Recurrent, type RecurrentOptions } from "./recurrent.js";
import { snapshot } from "./state-dict.js";

type Source = Pick<StoredTensor, "shape" | "values">;
type StateDict<T> = ReadonlyMap<string, T>;

interface Kind {
  readonly torch: string;
  /** Blocks of rows in each of PyTorch's arrays. */
  readonly gates: number;
  /** Blocks, the last ones, whose two biases stay apart. */
  readonly separate: number;
}

const RNN: Kind = { torch: "nn.RNN", gates: 1, separate: 0 };
const KINDS = new Map<Cell, Kind>([
  [elmanTanh, RNN],
  [elmanRelu, RNN],
  [lstm, { torch: "nn.LSTM", gates: 4, separate: 0 }],
  [gru, { torch: "nn.GRU", gates: 3, separate: 1 }],
]);

export interface FromTorchOptions extends Omit<
  RecurrentOptions,
  "inputSize" | "hiddenSize" | "layers" | "bidirectional" | "residual" | "skip"
> {
  /** What stands before the names, `encoder.` for `encoder.weight_ih_l0`. @default "" */
  readonly prefix?: string;
  /** The `nonlinearity` an `nn.RNN` was made with; its weights do not tell. @default "tanh" */
  readonly nonlinearity?: "tanh" | "relu";
}

/**
 * A network with the weights of an `nn.RNN`, `nn.LSTM` or `nn.GRU`; its kind and sizes are read off the weights. Names
 * of other modules in the same state dict are passed over. One without bias gets biases of zero.
 *
 * @example
 * const { tensors } = readSafetensors(await readFile("model.safetensors"), "model.safetensors");
 * const network = fromTorch(tensors, { prefix: "lstm.", random });
 *
 * @throws Error naming the tensor that is missing, unexpected or of the wrong shape
 */
export function fromTorch(stateDict: StateDict<Source>, options: FromTorchOptions): Recurrent {
  const { prefix = "", nonlinearity = "tanh", ...rest } = options;
  const { kind, sizes, bias } = recognise(stateDict, prefix);
  const cell = kind === RNN ? (nonlinearity === "relu" ? elmanRelu : elmanTanh) : kind.torch === "nn.LSTM" ? lstm : gru;
  // All parameters are overwritten below: the cheapest beginning is as good as any.
  const network = new Recurrent(cell, { ...rest, ...sizes, initialInput: constant(0), initialRecurrent: constant(0) });
  const { hiddenSize } = sizes;
  const own = new Map<string, Source>();
  for (const { suffix, name } of places(sizes)) {
    const get = (array: string) => stateDict.get(`${prefix}${array}_${suffix}`)!;
    own.set(`${name}.x`, get("weight_ih"));
    own.set(`${name}.h`, get("weight_hh"));
    const values = bias
      ? joinBiases(kind, hiddenSize, get("bias_ih").values, get("bias_hh").values)
      : new Float64Array((kind.gates + kind.separate) * hiddenSize);
    own.set(`${name}.bias`, { shape: [values.length], values });
  }
  network.loadStateDict(own);
  return network;
}

export interface ToTorchOptions {
  /** What to put before the names. @default "" */
  readonly prefix?: string;
  /** Whether the PyTorch module has biases; without them ours must be zero. @default true */
  readonly bias?: boolean;
}

/**
 * The state dict of the `nn.RNN`, `nn.LSTM` or `nn.GRU` that computes what the network computes, for
 * `writeSafetensors`. The bias is saved as `bias_ih`, with zeros in `bias_hh` where PyTorch adds the two. Dropout and
 * zoneout are settings, not weights, and stay behind.
 *
 * @throws Error where PyTorch has no such module: another cell, residual or skip connections
 */
export async function toTorch(network: Recurrent, options: ToTorchOptions = {}): Promise<Map<string, StoredTensor>> {
  const { prefix = "", bias = true } = options;
  const kind = KINDS.get(network.cell);
  if (kind === undefined) {
    const known = [...KINDS].map(([cell, { torch }]) => `${cell.name} (${torch})`).join(", ");
    throw new Error(`toTorch: cell: expected one of ${known}, got ${network.cell.name}`);
  }
  if (network.residual || network.skip) {
    throw new Error(`toTorch: ${kind.torch} has no ${network.residual ? "residual" : "skip"} connections`);
  }
  const { inputSize, hiddenSize, layers, directions } = network;
  const own = await snapshot(network.stateDict());
  const stored = new Map<string, StoredTensor>();
  for (const { suffix, name } of places({ inputSize, hiddenSize, layers, bidirectional: directions === 2 })) {
    const put = (array: string, tensor: StoredTensor) => stored.set(`${prefix}${array}_${suffix}`, tensor);
    put("weight_ih", own.get(`${name}.x`)!);
    put("weight_hh", own.get(`${name}.h`)!);
    const { values, dtype } = own.get(`${name}.bias`)!;
    if (bias) {
      const [ih, hh] = splitBias(kind, hiddenSize, values);
      put("bias_ih", { dtype, shape: [ih.length], values: ih });
      put("bias_hh", { dtype, shape: [hh.length], values: hh });
    } else if (values.some((value) => value !== 0)) {
      throw new Error(`toTorch: bias: expected zeros in ${name}.bias to leave it out, got other values`);
    }
  }
  return stored;
}

// ---- Names and shapes -----------------------------------------------------------------------------------------------

interface Sizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly bidirectional: boolean;
}

/** Each layer and direction: the end of PyTorch's names, our path, and what its input has features. */
function* places({ inputSize, hiddenSize, layers, bidirectional }: Sizes) {
  const between = bidirectional ? 2 * hiddenSize : hiddenSize;
  for (let layer = 0; layer < layers; layer++) {
    const columns = layer === 0 ? inputSize : between;
    yield { suffix: `l${layer}`, name: `layer${layer}.forward`, columns };
    if (bidirectional) yield { suffix: `l${layer}_reverse`, name: `layer${layer}.backward`, columns };
  }
}

function recognise(stateDict: StateDict<Source>, prefix: string): { kind: Kind; sizes: Sizes; bias: boolean } {
  const fail = (problem: string): never => {
    throw new Error(`fromTorch: ${problem}`);
  };
  const first = `${prefix}weight_hh_l0`;
  const square = stateDict.get(first);
  if (square === undefined) {
    const found = [...stateDict.keys()].filter((name) => name.endsWith("weight_hh_l0"));
    const prefixes = found.map((name) => JSON.stringify(name.slice(0, -"weight_hh_l0".length))).join(", ");
    const hint = found.length > 0 ? `recurrent weights are under ${prefixes}` : "there are no recurrent weights";
    return fail(`prefix: no tensor "${first}"; ${hint}`);
  }
  const [rows = 0, hiddenSize = 0] = square.shape;
  const kind = [...KINDS.values()].find(({ gates }) => rows === gates * hiddenSize && hiddenSize > 0);
  if (kind === undefined) {
    const known = "[hidden, hidden] (nn.RNN), [3 hidden, hidden] (nn.GRU) or [4 hidden, hidden] (nn.LSTM)";
    return fail(`${first}: expected ${known}, got [${square.shape.join(", ")}]`);
  }
  const has = (name: string) => stateDict.has(prefix + name);
  if (has("weight_hr_l0")) fail(`${prefix}weight_hr_l0: projections (proj_size) are not supported`);
  let layers = 1;
  while (has(`weight_hh_l${layers}`)) layers++;
  const inputSize = stateDict.get(`${prefix}weight_ih_l0`)?.shape[1] ?? 0;
  const sizes = { inputSize, hiddenSize, layers, bidirectional: has("weight_hh_l0_reverse") };
  const bias = has("bias_ih_l0");

  const expected = new Map<string, readonly number[]>();
  for (const { suffix, columns } of places(sizes)) {
    expected.set(`weight_ih_${suffix}`, [kind.gates * hiddenSize, columns]);
    expected.set(`weight_hh_${suffix}`, [kind.gates * hiddenSize, hiddenSize]);
    if (bias) for (const array of ["bias_ih", "bias_hh"]) expected.set(`${array}_${suffix}`, [kind.gates * hiddenSize]);
  }
  for (const [name, shape] of expected) {
    const got = stateDict.get(prefix + name)?.shape ?? fail(`${prefix}${name}: missing`);
    if (got.join() !== shape.join()) fail(`${prefix}${name}: expected [${shape.join(", ")}], got [${got.join(", ")}]`);
  }
  for (const name of stateDict.keys()) {
    if (!name.startsWith(prefix)) continue;
    const own = name.slice(prefix.length);
    if (!/^(weight|bias)_(ih|hh)_l\d/.test(own) || expected.has(own)) continue;
    const directions = sizes.bidirectional ? "two directions" : "one direction";
    fail(`${name}: unexpected in ${kind.torch} of ${layers} layers in ${directions}`);
  }
  return { kind, sizes, bias };
}

// ---- Biases ---------------------------------------------------------------------------------------------------------

/** Sums where the two are added, then those of the input's part, then those of the state's. */
function joinBiases(
  { gates, separate }: Kind,
  hiddenSize: number,
  ih: ArrayLike<number>,
  hh: ArrayLike<number>,
): Float64Array {
  const added = (gates - separate) * hiddenSize;
  const rows = gates * hiddenSize;
  return Float64Array.from({ length: rows + separate * hiddenSize }, (_, i) => {
    if (i < added) return ih[i]! + hh[i]!;
    return i < rows ? ih[i]! : hh[i - rows + added]!;
  });
}

function splitBias<V extends StoredTensor["values"]>(
  { gates, separate }: Kind,
  hiddenSize: number,
  values: V,
): [ih: V, hh: V] {
  const rows = gates * hiddenSize;
  const ih = values.slice(0, rows) as V;
  const hh = values.slice(0, rows).fill(0) as V;
  hh.set(values.subarray(rows), rows - separate * hiddenSize);
  return [ih, hh];
}
