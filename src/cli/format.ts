/** Numbers for people. */

/** 1234567 as "1,234,567". */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Three digits and a unit: 950, 1.23 k, 45.6 k, 1.23 M. */
export function short(value: number): string {
  for (const [size, unit] of [[1e9, " G"], [1e6, " M"], [1e3, " k"]] as const) {
    if (value >= size * 0.9995) return `${(value / size).toPrecision(3)}${unit}`;
  }
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
}

const DAY = 86_400;

/** Seconds as "8 s", "1:05", "2:03:04", from two days on "2.5 days". */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 60) return `${total} s`;
  if (total >= 2 * DAY) return `${(total / DAY).toPrecision(total < 100 * DAY ? 2 : 3)} days`;
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export { formatBytes as bytes, wrap } from "../data/index.js";

export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
}

/** Rows under titles, columns as wide as they must be. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, i) => Math.max(length(title), ...rows.map((row) => length(row[i] ?? ""))));
  const line = (cells: readonly string[]) =>
    columns.map(({ align }, i) => pad(cells[i] ?? "", widths[i]!, align ?? "left")).join("  ").trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

function pad(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - length(text)));
  return align === "left" ? text + space : space + text;
}

function length(text: string): number {
  return [...text].length;
}
