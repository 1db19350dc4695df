/**
 * Named tensors to and from plain values: what modules, optimisers and averages have in common when they are saved, and
 * what is checked when they are loaded.
 */
import { copyOf, type Tensor } from "../tensor/tensor.js";
import type { StoredTensor } from "../tensor/safetensors.js";

export type NamedTensors = ReadonlyMap<string, Tensor>;

/** Something that a tensor can be overwritten with: another tensor, or values as a safetensors file gives them. */
export type TensorSource = Tensor | { readonly shape: readonly number[]; readonly values: ArrayLike<number> };

export interface LoadOptions {
  /** Whether names that are missing or unexpected are an error. Wrong shapes always are. @default true */
  readonly strict?: boolean;
}

export interface LoadReport {
  /** Names that the source lacks; those tensors were left as they are. */
  readonly missing: readonly string[];
  /** Names that only the source has. */
  readonly unexpected: readonly string[];
}

/** The names or shapes of saved tensors are not those of what they are loaded into. Nothing was overwritten. */
export class StateDictError extends Error {
  override readonly name = "StateDictError";
  constructor(
    what: string,
    readonly missing: readonly string[],
    readonly unexpected: readonly string[],
    /** `name: expected [..], got [..]` each. */
    readonly wrongShapes: readonly string[],
  ) {
    const parts = [
      ["missing", missing],
      ["unexpected", unexpected],
      ["wrong shape", wrongShapes],
    ] as const;
    const problems = parts.filter(([, list]) => list.length > 0).map(([title, list]) => `${title}: ${shortened(list)}`);
    super(`${what}: the saved tensors do not fit; ${problems.join("; ")}`);
  }
}

const LISTED = 8;

function shortened(list: readonly string[]): string {
  const more = list.length - LISTED;
  return list.slice(0, LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Copies of the values as they are now, for `writeSafetensors`: F32 (F64 on the reference backend), I32 for int32. */
export async function snapshot(tensors: NamedTensors): Promise<Map<string, StoredTensor>> {
  // All copies are queued before the first is awaited, so that they belong to one moment.
  const copies = [...tensors].map(([name, tensor]) => [name, tensor, tensor.data()] as const);
  const stored = new Map<string, StoredTensor>();
  for (const [name, { shape, dtype }, data] of copies) {
    const values = await data;
    if (dtype === "int32") stored.set(name, { dtype: "I32", shape, values: Int32Array.from(values) });
    else stored.set(name, { dtype: values instanceof Float64Array ? "F64" : "F32", shape, values });
  }
  return stored;
}

/**
 * Overwrites `targets` with the sources of the same names; all or nothing.
 *
 * @param what what is being loaded into, for the message
 * @throws StateDictError listing every missing, unexpected and wrongly shaped tensor
 */
export function restore(
  what: string,
  targets: NamedTensors,
  sources: ReadonlyMap<string, TensorSource>,
  { strict = true }: LoadOptions = {},
): LoadReport {
  const missing = [...targets.keys()].filter((name) => !sources.has(name));
  const unexpected = [...sources.keys()].filter((name) => !targets.has(name));
  const shared = [...targets].filter(([name]) => sources.has(name));
  const wrongShapes = shared
    .filter(([name, { shape }]) => shape.join() !== sources.get(name)!.shape.join())
    .map(([name, { shape }]) => `${name}: expected [${shape.join(", ")}], got [${sources.get(name)!.shape.join(", ")}]`);
  if (wrongShapes.length > 0 || (strict && missing.length + unexpected.length > 0)) {
    throw new StateDictError(what, strict ? missing : [], strict ? unexpected : [], wrongShapes);
  }
  for (const [name, target] of shared) {
    const source = sources.get(name)!;
    if ("values" in source) target.set(source.values);
    else target.assign(source);
  }
  return { missing, unexpected };
}

/** Free-standing copies, of the same names. */
export function copies(op: string, tensors: NamedTensors): Map<string, Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [name, copyOf(op, tensor, true)]));
}
