/** The command line: finds the command, runs it, turns errors into a line and an exit code. */
import { definitions, helpPage, UsageError, type Command } from "./command.js";
import { analogy } from "./commands/analogy.js";
import { unionWords } from "./commands/data-union-words.js";
import { wordQuestions } from "./commands/data-word-questions.js";
import { evaluate } from "./commands/eval.js";
import { experiment } from "./commands/experiment.js";
import { exportVectors } from "./commands/export.js";
import { info } from "./commands/info.js";
import { lab } from "./commands/lab.js";
import { legibility } from "./commands/legibility.js";
import { map } from "./commands/map.js";
import { nearest } from "./commands/nearest.js";
import { resume } from "./commands/resume.js";
import { sample } from "./commands/sample.js";
import { start } from "./commands/start.js";
import { trainHandwriting } from "./commands/train-handwriting.js";
import { trainRecogniser } from "./commands/train-recogniser.js";
import { trainText } from "./commands/train-text.js";
import { trainVectors } from "./commands/train-vectors.js";
import { write } from "./commands/write.js";
import { processContext, type Context } from "./context.js";
import { packageVersion } from "./runs.js";
import { suggestion } from "./suggest.js";

const COMMANDS: readonly Command<Context>[] = [start, trainText, trainVectors, trainHandwriting, trainRecogniser, resume, sample, write, legibility, evaluate, info, lab, nearest, analogy, map, exportVectors, experiment, unionWords, wordQuestions];

/** Exit codes: done, failed, not understood. */
const OK = 0;
const FAILED = 1;
const MISUSED = 2;

/**
 * Runs a command line, without the program's name; resolves to the exit code and sets it on the process.
 * 0: done. 1: failed. 2: not understood. 130: stopped by the user and saved.
 */
export async function main(args: readonly string[], context: Context = processContext()): Promise<number> {
  const code = await run(args, context).catch((error: unknown) => explain(error, context));
  process.exitCode = code;
  return code;
}

async function run(args: readonly string[], context: Context): Promise<number> {
  const { terminal } = context;
  const [first, ...rest] = args;
  if (first === undefined || first === "--help" || first === "-h") return printLines(overview(context), context);
  if (first === "--version" || first === "-v") return printLines([packageVersion()], context);
  if (first === "help") {
    if (rest.length === 0) return printLines(overview(context), context);
    return printLines(helpPage(findCommand(rest).command, terminal), context);
  }
  const { command, args: own } = findCommand(args);
  const end = own.indexOf("--");
  const asksForHelp = (end < 0 ? own : own.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
  if (asksForHelp) return printLines(helpPage(command, terminal), context);
  return command.invoke(own, context);
}

function printLines(lines: readonly string[], { terminal }: Context): number {
  for (const line of lines) terminal.print(line);
  return OK;
}

/** The command that the first words name, and the arguments after them. */
function findCommand(args: readonly string[]): { command: Command<Context>; args: readonly string[] } {
  const command = COMMANDS.find(({ name }) => name.split(" ").every((word, i) => args[i] === word));
  if (command !== undefined) return { command, args: args.slice(command.name.split(" ").length) };
  const [first = "", second] = args;
  const continued = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name.split(" ")[1]!);
  if (continued.length > 0) {
    if (second === undefined || second.startsWith("-")) {
      const choices = continued.map((word) => `unrolled ${first} ${word}`).join(", ");
      throw new UsageError(`unrolled ${first} needs to know what: ${choices}.`);
    }
    throw new UsageError(`Unknown: unrolled ${first} ${second}.${suggestion(second, continued, `unrolled ${first} `)}`);
  }
  if (first.startsWith("-")) {
    throw new UsageError(`The command comes first: unrolled COMMAND ${first}. unrolled --help lists the commands.`);
  }
  const known = [...new Set(COMMANDS.map(({ name }) => name.split(" ")[0]!)), "help"];
  throw new UsageError(`Unknown command ${JSON.stringify(first)}.${suggestion(first, known, "unrolled ")}`);
}

function overview({ terminal }: Context): string[] {
  const width = Math.min(terminal.columns, 100);
  const rows = COMMANDS.map(({ name, positionals, summary }) => {
    return [`unrolled ${name}${positionals ? ` ${positionals.usage}` : ""}`, summary] as const;
  });
  return [
    "Recurrent networks: from data to a trained model, and what to do with it.",
    "",
    terminal.style("bold", "Commands"),
    ...definitions(rows, width, 34),
    "",
    "unrolled COMMAND --help explains a command and its options, with examples.",
  ];
}

/** Errors are for people: a line or two. UNROLLED_DEBUG=1 shows where they come from. */
function explain(error: unknown, { errors }: Context): number {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  errors.endLive();
  errors.print(`${errors.style("red", "error:")} ${message}`);
  if (process.env["UNROLLED_DEBUG"]) errors.print(stack ?? "");
  return error instanceof UsageError ? MISUSED : FAILED;
}
