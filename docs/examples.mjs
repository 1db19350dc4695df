/**
 * The examples on these pages, taken out to be run. All blocks of a page that start with ```ts are one program, in their order:
 * a later one goes on with what an earlier one made. What a block prints stands in the block after it, under ```text prints.
 * `node docs/examples.mjs` (after npm run build) runs every page and writes what was printed into it.
 *
 *     ```ts throws           one statement that throws; what it prints is the message
 *     ```ts fragment FILE    a piece of a file, to look at: not run
 *     ```text prints about   numbers may differ a little: losses, times
 */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Inside the package, so that `unrolled` is the package itself. */
const FOLDER = "build/docs";
/** Printed between the outputs of two blocks. */
const MARK = "\u0001";
const SECONDS = 240;

/** Every page, as a path from the root. */
export function pages() {
  const guides = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", "CONTRIBUTING.md", ...guides.map((name) => `docs/${name}`)];
}

export function readPage(page) {
  return readFileSync(join(ROOT, page), "utf8");
}

/**
 * The fenced blocks of a page.
 * @returns {{ language: string, flags: string[], from: number, to: number, text: string }[]} `from` and `to`: lines of the fences
 */
export function blocksOf(markdown) {
  const lines = markdown.split("\n");
  const blocks = [];
  for (let from = 0; from < lines.length; from++) {
    if (!lines[from].startsWith("```")) continue;
    const [language = "", ...flags] = lines[from].slice(3).trim().split(/\s+/);
    const to = lines.indexOf("```", from + 1);
    blocks.push({ language, flags, from, to, text: lines.slice(from + 1, to).join("\n") });
    from = to;
  }
  return blocks;
}

const isCode = ({ language, flags }) => language === "ts" && !flags.includes("fragment");

/** A page's program in TypeScript, every line where it stands on the page; undefined where there is none. */
export function programOf(markdown) {
  const code = blocksOf(markdown).filter(isCode);
  if (code.length === 0) return undefined;
  const lines = markdown.split("\n").map(() => "");
  code.forEach(({ flags, from, to, text }, i) => {
    const throws = flags.includes("throws");
    lines[from] = `console.log("\\u0001");${throws ? " try {" : ""}`;
    lines.splice(from + 1, to - from - 1, ...text.split("\n"));
    lines[to] = throws ? '; console.log("nothing was thrown") } catch (error) { console.log((error as Error).message); }' : "";
    if (i === 0) lines[from] += " export {};";
  });
  return lines.join("\n");
}

/** Runs a page's program as a user would; resolves to what each of its blocks printed. */
export async function run(page) {
  const file = join(ROOT, FOLDER, `${page.replaceAll(/\W/g, "-")}.mjs`);
  mkdirSync(dirname(file), { recursive: true });
  const { outputText } = ts.transpileModule(programOf(readPage(page)), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  writeFileSync(file, outputText);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: ROOT, timeout: SECONDS * 1000 });
  return stdout.split(`${MARK}\n`).slice(1).map((output) => output.trimEnd());
}

/** What the page says that each of its blocks prints: undefined where it says nothing. */
export function promisesOf(markdown) {
  const blocks = blocksOf(markdown);
  return blocks.filter(isCode).map((block) => {
    const next = blocks[blocks.indexOf(block) + 1];
    return next?.flags[0] === "prints" ? next : undefined;
  });
}

/** Complaints of the compiler about the programs of pages, as `page:line: message`, against the built declarations. */
export function typeErrors(pages) {
  const files = new Map();
  for (const page of pages) {
    const program = programOf(readPage(page));
    if (program === undefined) continue;
    const file = join(ROOT, FOLDER, `${page.replaceAll(/\W/g, "-")}.ts`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, program);
    files.set(file, page);
  }
  const program = ts.createProgram([...files.keys()], {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipDefaultLibCheck: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, "\n");
    if (!file) return message;
    const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
    return `${files.get(file.fileName) ?? file.fileName}:${line + 1}: ${message}`;
  });
}

/** Writes what a page's program prints into the page. */
async function update(page) {
  const markdown = readPage(page);
  if (programOf(markdown) === undefined) return;
  const printed = await run(page);
  const lines = markdown.split("\n");
  promisesOf(markdown)
    .map((block, i) => ({ block, output: printed[i] }))
    .toReversed()
    .forEach(({ block, output }) => block && lines.splice(block.from + 1, block.to - block.from - 1, ...output.split("\n")));
  if (lines.join("\n") === markdown) return;
  writeFileSync(join(ROOT, page), lines.join("\n"));
  console.log(`docs: wrote ${page}`);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  for (const page of pages()) await update(page);
}
