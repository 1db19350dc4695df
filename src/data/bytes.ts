/** Small things that are done with bytes. */

export function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** Bytes as "12.3 MB". */
export function formatBytes(count: number): string {
  for (const [size, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]] as const) {
    if (count >= size * 0.9995) return `${(count / size).toPrecision(3)} ${unit}`;
  }
  return `${count} B`;
}
