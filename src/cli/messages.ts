/** How commands speak: warnings, rows for people, lines for machines. */
import type { Context } from "./context.js";

/** Warns above whatever is being shown. */
export function warn({ errors }: Context, message: string): void {
  errors.print(errors.style("yellow", message));
}

/** Tells what was passed over while reading. */
export function warnSkipped(context: Context, skipped: readonly string[]): void {
  if (skipped.length === 0) return;
  const more = skipped.length > 3 ? ` and ${skipped.length - 3} more` : "";
  warn(context, `Skipped ${skipped.slice(0, 3).join(", ")}${more}.`);
}

/** A line for machines. */
export function printJson({ terminal }: Context, value: unknown): void {
  terminal.print(JSON.stringify(value));
}

/** A line of what is being worked with: its name, faint, and what it is. */
export type Row = readonly [title: string, value: string];

export function printRow({ terminal }: Context, [title, value]: Row): void {
  terminal.print(`${terminal.style("dim", title.padEnd(8))} ${value}`);
}
