/** What `unrolled info` tells about runs of every kind. */
import { checkpointProgress, type Run } from "../train/index.js";
import type { Context } from "./context.js";
import { warn } from "./messages.js";
import { lossCurve, type LossUnit } from "./progress.js";
import type { Terminal } from "./terminal.js";

/** How far a run is; what is wrong with its checkpoints is told. */
export async function runState(run: Run, context: Context) {
  const last = await run.lastCheckpoint();
  for (const note of last?.notes ?? []) warn(context, note);
  return { metrics: await run.metrics(), progress: last && checkpointProgress(last.checkpoint) };
}

/** A title, and lines below it. */
export function printSection(terminal: Terminal, title: string, lines: readonly string[]): void {
  terminal.print(terminal.style("bold", title));
  for (const line of lines) terminal.print(`  ${line}`);
}

/** The curve of its losses, where there is one yet. */
export function printLossCurve(terminal: Terminal, metrics: Parameters<typeof lossCurve>[1], unit: LossUnit): void {
  const curve = lossCurve(terminal, metrics, unit);
  if (curve.length > 0) terminal.print();
  for (const line of curve) terminal.print(line);
}
