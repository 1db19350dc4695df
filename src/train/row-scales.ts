/** Parameters in 8 bits: whole numbers, and what each row of a matrix is multiplied by. */
import type { StoredTensor } from "../tensor/safetensors.js";

/** Before the name of the array whose rows' scales a tensor holds. */
const SCALES = "scales of ";
const LARGEST = 127;

/** A matrix [rows, ...] as I8 and the scales of its rows, float32 [rows]: each number is kept to half a scale, a row's greatest exactly. */
export function withRowScales(name: string, { shape, values }: StoredTensor): [string, StoredTensor][] {
  const rows = shape[0]!;
  const width = values.length / rows;
  const scales = new Float32Array(rows);
  const whole = new Int32Array(values.length);
  for (let r = 0; r < rows; r++) {
    const row = values.subarray(r * width, (r + 1) * width);
    let greatest = 0;
    for (const value of row) greatest = Math.max(greatest, Math.abs(value));
    const scale = Math.fround(greatest / LARGEST);
    if (scale === 0) continue;
    scales[r] = scale;
    for (let i = 0; i < width; i++) whole[r * width + i] = Math.max(-LARGEST, Math.min(LARGEST, Math.round(row[i]! / scale)));
  }
  return [
    [name, { dtype: "I8", shape, values: whole }],
    [SCALES + name, { dtype: "F32", shape: [rows], values: scales }],
  ];
}

/** The same arrays, those with scales multiplied by them. */
export function withoutRowScales(tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const all = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith(SCALES)) continue;
    const scales = tensors.get(SCALES + name)?.values;
    const width = scales && tensor.values.length / scales.length;
    all.set(name, scales === undefined ? tensor : { dtype: "F32", shape: tensor.shape, values: Float32Array.from(tensor.values, (value, i) => value * scales[Math.floor(i / width!)]!) });
  }
  return all;
}
