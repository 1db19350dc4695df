/**
 * Keeps the layout of the house: in src/ imports go down the list of rooms only, Node's own modules and globals stay in the files
 * that are named for them, nothing outside the package is needed at run time, and random numbers come from seeded
 * streams. In lab/ only what runs in the Worker takes the library, as any program would. Prints one line per violation.
 */
import { readFileSync } from "node:fs";
import { dirname, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { filesBelow } from "./stamps.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Lowest first: a room may import itself and the rooms before it. Files directly in src/ may import all. */
const ROOMS = ["backend", "tensor", "cell", "nn", "optim", "train", "decode", "data", "systems", "cli"];

/** Files that may use Node; whatever else imports one of them would not run in a browser. */
const NODE_FILES = [/^src\/cli\//, /^src\/backend\/native\.ts$/, /^src\/(backend|data)\/node-[^/]*\.ts$/];
const NODE_GLOBALS = new Set(["process", "Buffer", "__dirname", "__filename", "require", "setImmediate"]);
const TEST = /(\.test|testing)\.tsx?$/;

/** Packages that one file looks for at run time, and does without where they are missing. */
const OPTIONAL_PACKAGES = new Map([["src/cli/umap.ts", "umap-js"]]);

/** What the Lab is made of beside the library, which only lab/library/ takes. */
const LAB_PACKAGES = new Set([
  "preact", "preact/hooks", "@preact/signals", "uplot", "uplot/dist/uPlot.min.css", "umap-js", "fflate",
  // The editor of cells, and the grammar by which they are read.
  "@codemirror/autocomplete", "@codemirror/commands", "@codemirror/lang-javascript", "@codemirror/language", "@codemirror/lint", "@codemirror/state",
  "@codemirror/view", "@lezer/highlight", "@lezer/javascript", "@lezer/common",
]);

/** @returns {string[]} one line per violation, `file:line: what`; empty when all is well */
export function checkImports(root = ROOT) {
  return ["src", "lab"]
    .flatMap((folder) => filesBelow(`${root}/${folder}`, (path) => /\.tsx?$/.test(path) && !path.includes("/generated/")))
    .flatMap((path) => checkFile(relative(root, path).replaceAll("\\", "/"), readFileSync(path, "utf8")));
}

/** @param {string} file path from the root, with slashes */
export function checkFile(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, file.endsWith(".tsx") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const mayUseNode = NODE_FILES.some((pattern) => pattern.test(file)) || TEST.test(file);
  const violations = [];
  const report = (node, what) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    violations.push(`${file}:${line + 1}: ${what}`);
  };
  const visit = (node) => {
    const imported = importOf(node);
    if (imported) {
      const check = file.startsWith("lab/") ? checkLabImport : checkImport;
      check(file, imported, mayUseNode, (what) => report(node, what));
    }
    if (ts.isIdentifier(node) && !mayUseNode && NODE_GLOBALS.has(node.text) && isReference(node)) {
      report(node, `"${node.text}" exists in Node only`);
    }
    if (ts.isPropertyAccessExpression(node) && node.getText(source) === "Math.random") {
      report(node, "Math.random cannot be seeded: take numbers from a RandomStream");
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return violations;
}

function checkImport(file, { specifier, typeOnly }, mayUseNode, report) {
  if (specifier.startsWith("node:")) {
    if (!mayUseNode && !typeOnly) report(`"${specifier}" exists in Node only`);
  } else if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(file), specifier).replace(/\.js$/, ".ts");
    const [from, to] = [roomOf(file), roomOf(target)];
    if (from !== undefined && (to === undefined ? target.startsWith("src/") : ROOMS.indexOf(to) > ROOMS.indexOf(from))) {
      report(`${from} may not import "${specifier}": rooms import downwards only (${ROOMS.join(" < ")})`);
    }
    if (!mayUseNode && !typeOnly && NODE_FILES.some((pattern) => pattern.test(target))) {
      report(`"${specifier}" needs Node, this file must not`);
    }
  } else if (!specifier.startsWith("#") && !TEST.test(file) && !typeOnly && OPTIONAL_PACKAGES.get(file) !== specifier) {
    report(`"${specifier}" is another package: the library has no run-time dependencies`);
  }
}

function checkLabImport(file, { specifier, typeOnly }, mayUseNode, report) {
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(file), specifier);
    if (!target.startsWith("lab/")) report(`"${specifier}" is outside of the Lab: it takes the library as "unrolled"`);
  } else if (/^unrolled(\/|$)/.test(specifier)) {
    if (!typeOnly && !file.startsWith("lab/library/") && !TEST.test(file)) {
      report(`"${specifier}" is for lab/library/, which runs in the Worker: ask a service of it`);
    }
  } else if (specifier.startsWith("node:")) {
    if (!mayUseNode && !typeOnly) report(`"${specifier}" exists in Node only`);
  } else if (!LAB_PACKAGES.has(specifier) && !TEST.test(file)) {
    report(`"${specifier}" is another package: the Lab has ${[...LAB_PACKAGES].join(", ")}`);
  }
}

/** The room of a path such as src/nn/linear.ts; undefined for files directly in src/. */
function roomOf(path) {
  const name = /^src\/([^/]+)\//.exec(path)?.[1];
  if (name !== undefined && !ROOMS.includes(name)) throw new Error(`scripts/check-imports.mjs does not know the room src/${name}`);
  return name;
}

/** What a node imports: `import`, `export from` and `import()`. */
function importOf(node) {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
    const typeOnly = ts.isImportDeclaration(node) ? (node.importClause?.isTypeOnly ?? false) : node.isTypeOnly;
    return { specifier: node.moduleSpecifier.text, typeOnly };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && ts.isStringLiteral(node.arguments[0])) {
    return { specifier: node.arguments[0].text, typeOnly: false };
  }
  return undefined;
}

/** Not a property's or parameter's own name, and not part of a type. */
function isReference(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return (ts.isExpression(parent) || ts.isVariableDeclaration(parent) || ts.isReturnStatement(parent)) && parent.name !== node;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const violations = checkImports();
  for (const line of violations) console.error(line);
  console.log(violations.length === 0 ? "imports: in order" : `imports: ${violations.length} out of order`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
