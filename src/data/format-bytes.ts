/** Bytes as "12.3 MB". */
export function formatBytes(count: number): string {
  for (const [size, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]] as const) {
    if (count >= size * 0.9995) return `${(count / size).toPrecision(3)} ${unit}`;
  }
  return `${count} B`;
}
