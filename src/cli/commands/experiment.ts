import { existsSync, readFileSync } from "node:fs";
import { writeWholeFile } from "../../data/node-whole-file.js";
import { formatFigure, judge, summarise, type Experiment, type Figures } from "../../systems/experiment.js";
import { EXPERIMENTS } from "../../systems/experiments.js";
import { backendOptions, backendText, jsonOption, startBackend } from "../common-options.js";
import { defineCommand, flag, integer, text, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { duration, table, wrap } from "../format.js";
import { printJson } from "../messages.js";
import { commandName } from "../next-steps.js";
import { suggestion } from "../suggest.js";

export const experiment = defineCommand({
  name: "experiment",
  summary: "Tries what a paper claims, on small data that is made on the spot, over several seeds, and says whether it came out. Lists the experiments without a NAME.",
  positionals: { usage: "[NAME...]", min: 0, max: Infinity, help: "experiments of the list, or all" },
  options: {
    seeds: integer({ min: 1, max: 100, default: 3, help: "Repetitions, with seeds from 1 on" }),
    quick: flag("Smaller, for a first look"),
    out: text({ placeholder: "FILE", help: "Write the tables into a page of Markdown: where the page has them already, in their place" }),
    ...backendOptions,
    ...jsonOption,
  },
  details:
    "A claim counts as shown if every seed agrees with it, or the median where that is said; margin is by how much the worst seed does, below 0 if it " +
    "does not. Spread is the largest less the smallest. What stands beside as published was measured on other data. Where several threads would give other " +
    "numbers every time, one computes unless --threads says otherwise. The exit code is 0 if every " +
    "claim is shown, else 1.",
  examples: [
    ["unrolled experiment", "which there are"],
    ["unrolled experiment word2vec --quick", "half a minute at most"],
    ["unrolled experiment all --seeds 5 --out results.md", "tables for a page"],
  ],
  async run({ values, given, positionals: names }, context: Context) {
    const { seeds, quick, out, json } = values;
    if (names.length === 0) {
      list(context, json);
      return 0;
    }
    const { terminal } = context;
    let allShown = true;
    for (const [i, each] of find(names).entries()) {
      const backend = await startBackend({ ...values, ...(each.needsOneThread && !given.has("threads") && { threads: 1 }) });
      if (!json) for (const line of [...(i > 0 ? [""] : []), ...heading(each, context)]) terminal.print(line);
      const measured: Figures[] = [];
      const began = performance.now();
      for (let seed = 1; seed <= seeds; seed++) {
        const doing = (text: string) => terminal.live(`seed ${seed} of ${seeds}: ${text}`);
        doing("…");
        measured.push(await each.run(seed, { quick, report: doing }));
      }
      terminal.endLive();
      const verdicts = judge(each, measured);
      allShown &&= verdicts.every(({ shown }) => shown);
      if (json) printJson(context, { name: each.name, quick, backend: backend.name, threads: backend.threads, seeds: measured, verdicts });
      else {
        for (const line of results(each, measured, context)) terminal.print(line);
        const took = duration((performance.now() - began) / 1000);
        terminal.print(terminal.style("dim", `${seeds} seed${seeds === 1 ? "" : "s"} in ${took}, ${backendText(backend)}${quick ? "; quick: smaller than described" : ""}`));
      }
      if (out !== undefined) writeSection(out, each.name, markdown(each, measured, quick));
    }
    return allShown ? 0 : 1;
  },
});

/** @throws UsageError for a name that is not in the list */
function find(names: readonly string[]): readonly Experiment[] {
  if (names.length === 1 && names[0] === "all") return EXPERIMENTS;
  return names.map((name) => {
    const found = EXPERIMENTS.find((each) => each.name === name);
    if (found !== undefined) return found;
    const known = EXPERIMENTS.map((each) => each.name);
    throw new UsageError(`There is no experiment ${JSON.stringify(name)}.${suggestion(name, known)} unrolled experiment lists them.`);
  });
}

function list(context: Context, json: boolean): void {
  if (json) {
    printJson(context, EXPERIMENTS.map(({ name, paper, claim, checks }) => ({ name, paper, claim, checks: checks.map((check) => check.claim) })));
    return;
  }
  const { terminal } = context;
  const width = Math.min(terminal.columns, 100) - 2;
  for (const { name, paper, claim } of EXPERIMENTS) {
    terminal.print(terminal.style("bold", name));
    for (const line of wrap(claim, width)) terminal.print(`  ${line}`);
    for (const line of wrap(paper, width)) terminal.print(terminal.style("dim", `  ${line}`));
  }
  terminal.print();
  terminal.print(`${commandName()} experiment NAME does one, ${commandName()} experiment all every one.`);
}

function heading({ name, paper, claim, setup }: Experiment, { terminal }: Context): string[] {
  const width = Math.min(terminal.columns, 100);
  return [
    terminal.style("bold", name),
    ...wrap(claim, width),
    ...wrap(paper, width).map((line) => terminal.style("dim", line)),
    "",
    ...wrap(setup, width),
    "",
  ];
}

/** The table's cells: a row for each figure, its seeds, mean, spread and what was published. */
function cells({ figures }: Experiment, measured: readonly Figures[]): { titles: string[]; rows: string[][] } {
  const published = Object.values(figures).some((figure) => figure.published !== undefined);
  return {
    titles: ["", ...measured.map((_, i) => `seed ${i + 1}`), "mean", "spread", ...(published ? ["published"] : [])],
    rows: Object.entries(figures).map(([name, figure]) => {
      const values = measured.map((each) => each[name]!);
      const { mean, spread } = summarise(values);
      return [figure.title, ...[...values, mean, spread].map((value) => formatFigure(value, figure)), ...(published ? [figure.published ?? ""] : [])];
    }),
  };
}

function results(each: Experiment, measured: readonly Figures[], { terminal }: Context): string[] {
  const { titles, rows } = cells(each, measured);
  const [head, ...lines] = table(titles.map((title, i) => ({ title, align: i === 0 || title === "published" ? "left" : "right" })), rows);
  const verdicts = judge(each, measured).flatMap(({ claim, shown, margins, seeds }) => {
    const mark = shown ? terminal.style("green", "shown    ") : terminal.style("red", "not shown");
    const [first = "", ...more] = wrap(`${claim} ${marginText(margins, seeds)}`, Math.min(terminal.columns, 100) - 11);
    return [`${mark}  ${first}`, ...more.map((line) => `${" ".repeat(11)}${line}`)];
  });
  return [terminal.style("dim", head!), ...lines, "", ...verdicts];
}

function marginText(margins: readonly number[], seeds: "every" | "median"): string {
  const signed = (value: number) => `${value > 0 ? "+" : ""}${formatFigure(value, { title: "" })}`;
  const worst = `worst margin ${signed(Math.min(...margins))}`;
  return seeds === "every" ? `(${worst})` : `(by the median; ${worst})`;
}

function markdown(each: Experiment, measured: readonly Figures[], quick: boolean): string {
  const { titles, rows } = cells(each, measured);
  const row = (texts: readonly string[]) => `| ${texts.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const aligned = titles.map((title, i) => (i === 0 || title === "published" ? "---" : "---:"));
  const command = `unrolled experiment ${each.name}${measured.length === 3 ? "" : ` --seeds ${measured.length}`}${quick ? " --quick" : ""}`;
  return [
    `### ${each.name}`,
    "",
    `${each.claim} (${each.paper})`,
    "",
    each.setup,
    "",
    row(titles),
    row(aligned),
    ...rows.map(row),
    "",
    ...judge(each, measured).map(({ claim, shown, margins, seeds }) => `- **${shown ? "Shown" : "Not shown"}**: ${claim} ${marginText(margins, seeds)}`),
    "",
    ...(each.caution === undefined ? [] : [each.caution, ""]),
    `\`${command}\``,
    "",
  ].join("\n");
}

/** Puts a section between its comments, at the end of the page if it has none. */
function writeSection(file: string, name: string, content: string): void {
  const [begin, end] = [`<!-- experiment ${name}: begin, written by unrolled experiment -->`, `<!-- experiment ${name}: end -->`];
  const section = `${begin}\n${content}\n${end}`;
  const page = existsSync(file) ? readFileSync(file, "utf8") : "";
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const whole =
    from >= 0 && to > from
      ? page.slice(0, from) + section + page.slice(to + end.length)
      : `${page}${page === "" ? "" : page.endsWith("\n") ? "\n" : "\n\n"}${section}\n`;
  writeWholeFile(file, new TextEncoder().encode(whole));
}
