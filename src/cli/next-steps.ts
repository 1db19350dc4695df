/** What to type next. */
import { existsSync } from "node:fs";
import type { Terminal } from "./terminal.js";

/** How the command is called from here: in a clone of the repository it is reached through npx. */
export function commandName(): string {
  return existsSync("bin/unrolled.mjs") ? "npx unrolled" : "unrolled";
}

/** Commands, without their first word, and what they do; what they do is left out where there is no room. */
export function nextSteps(terminal: Terminal, rows: readonly (readonly [typed: string, what: string])[]): string[] {
  const command = commandName();
  const width = Math.max(...rows.map(([typed]) => typed.length));
  const room = terminal.columns - `  ${command} `.length - width - 3;
  return [
    terminal.style("bold", "Next:"),
    ...rows.map(([typed, what]) => {
      const explained = what.length <= room ? `${" ".repeat(width - typed.length)}   ${what}` : "";
      return `  ${terminal.style("cyan", `${command} ${typed}`)}${explained}`;
    }),
  ];
}
