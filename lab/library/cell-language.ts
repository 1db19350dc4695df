/**
 * Reads a cell as it is written, and evaluates it. Equations come from strangers too, in links: so they are not run as JavaScript but
 * walked through, and can do nothing but build a graph. What is understood is what cells need of TypeScript: constants, functions, calls,
 * objects and lists, `if`, `for … of`; types are passed over. Everything that is wrong has a place.
 */
import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/javascript";
import { CellError, defineCell, type Cell } from "unrolled";
import * as language from "unrolled/cell";
import { LANGUAGE } from "./cell-words.js";

/** A mistake in a cell, and where: characters from the start; line and column from 1. */
export class CellSourceError extends Error {
  override readonly name = "CellSourceError";
  readonly line: number;
  readonly column: number;

  constructor(message: string, readonly from: number, readonly to: number, source: string) {
    super(message);
    const before = source.slice(0, from).split("\n");
    this.line = before.length;
    this.column = before.at(-1)!.length + 1;
  }
}

const typescript = parser.configure({ dialect: "ts" });
/** Far beyond any cell; a loop without end ends here. */
const MOST_STEPS = 100_000;
const DEEPEST = 100;

/**
 * The cell that a source defines: the last, where there are several.
 * @param check throws where a cell cannot be used, which then has the place of its definition
 * @throws CellSourceError
 */
export function readCell(source: string, check: (cell: Cell) => void = () => {}): Cell {
  return new Reading(source, check).cell();
}

type Fn = (...values: unknown[]) => unknown;
/** What a function or a block gives back. */
type Flow = { readonly returned: unknown } | undefined;

class Scope {
  readonly #names = new Map<string, { value: unknown; readonly fixed: boolean }>();
  constructor(readonly outer?: Scope) {}

  find(name: string): { value: unknown; readonly fixed: boolean } | undefined {
    return this.#names.get(name) ?? this.outer?.find(name);
  }
  /** False where the name is taken. */
  declare(name: string, value: unknown, fixed = true): boolean {
    if (this.#names.has(name)) return false;
    this.#names.set(name, { value, fixed });
    return true;
  }
}

class Reading {
  readonly #source: string;
  readonly #check: (cell: Cell) => void;
  /** Objects whose fields may be read: those that the cell makes, and those it is handed. */
  readonly #open = new WeakSet<object>();
  /** Functions that may be called, all of them. */
  readonly #callable = new WeakSet<object>();
  readonly #defined: Cell[] = [];
  #steps = 0;
  #depth = 0;

  constructor(source: string, check: (cell: Cell) => void) {
    this.#source = source;
    this.#check = check;
  }

  cell(): Cell {
    const tree = typescript.parse(this.#source);
    this.#refuseBroken(tree.topNode);
    const words = new Scope();
    for (const name of LANGUAGE) words.declare(name, this.#allow((language as unknown as Readonly<Record<string, Fn>>)[name]!));
    words.declare("defineCell", this.#allow(((...values: Parameters<typeof defineCell>) => this.#define(...values)) as Fn));
    words.declare("undefined", undefined);
    words.declare("Infinity", Infinity);
    const scope = new Scope(words);
    for (const statement of childrenOf(tree.topNode)) this.#execute(statement, scope);
    const cell = this.#defined.at(-1);
    if (cell === undefined) throw this.#error("There is no cell here yet. defineCell(name, equations) makes one.", tree.topNode);
    return cell;
  }

  #allow(fn: Fn): Fn {
    this.#callable.add(fn);
    return fn;
  }

  /** What the equations are handed may be looked into. */
  #define(name: string, equations: (...handed: never[]) => unknown, options?: language.CellOptions<string>): Cell {
    if (typeof equations !== "function") throw new CellError(String(name), `expected a function of values and tools as its equations, got ${kindOf(equations)}`);
    const cell = defineCell<string>(name, (values, tools) => {
      const handed = Object.fromEntries(Object.entries(tools).map(([tool, value]) => [tool, typeof value === "function" ? this.#allow(value as Fn) : value]));
      return (equations as unknown as Fn)(this.#opened(values), this.#opened(handed)) as Record<string, language.Expression>;
    }, options);
    this.#check(cell);
    this.#defined.push(cell);
    return cell;
  }

  #opened<T extends object>(object: T): T {
    this.#open.add(object);
    return object;
  }

  #error(message: string, { from, to }: { readonly from: number; readonly to: number }): CellSourceError {
    return new CellSourceError(message, from, to, this.#source);
  }

  #text({ from, to }: SyntaxNode): string {
    return this.#source.slice(from, to);
  }

  /** @throws at the first place that does not parse */
  #refuseBroken(node: SyntaxNode): void {
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (!child.type.isError) {
        this.#refuseBroken(child);
        continue;
      }
      const next = this.#source.slice(child.from).trimStart().split(/\s/)[0];
      const place = child.to > child.from ? child : { from: child.from, to: Math.min(this.#source.length, child.from + 1) };
      throw this.#error(next ? `“${next.slice(0, 20)}” is not expected here.` : "It ends here, but is not complete: a bracket is open, or something is missing.", place);
    }
  }

  #refuse(node: SyntaxNode): never {
    const what = UNKNOWN_WORDS[node.name] ?? `“${this.#text(node).split("\n")[0]!.slice(0, 24)}”`;
    throw this.#error(`${what} cannot be used here: a cell is made of constants, functions and calls of the cell language.`, node);
  }

  #count(node: SyntaxNode): void {
    if (++this.#steps > MOST_STEPS) throw this.#error("This does not come to an end.", node);
  }

  // ---- Statements ----------------------------------------------------------------------------------------------------------

  #execute(node: SyntaxNode, scope: Scope): Flow {
    this.#count(node);
    switch (node.name) {
      case "ImportDeclaration": // Everything there is to import is there.
      case "TypeAliasDeclaration":
      case "InterfaceDeclaration":
      case ";":
        return undefined;
      case "ExportDeclaration":
        for (const child of childrenOf(node)) if (!["export", "default", ";"].includes(child.name)) this.#executeOrEvaluate(child, scope);
        return undefined;
      case "VariableDeclaration":
        this.#declare(node, scope);
        return undefined;
      case "FunctionDeclaration": {
        const name = node.getChild("VariableDefinition")!;
        this.#bindName(name, this.#function(node, scope), scope, true);
        return undefined;
      }
      case "ExpressionStatement":
        this.#evaluate(operands(node)[0]!, scope);
        return undefined;
      case "ReturnStatement": {
        const value = operands(node)[0];
        return { returned: value && this.#evaluate(value, scope) };
      }
      case "Block":
        return this.#block(node, new Scope(scope));
      case "IfStatement": {
        const [condition, then, otherwise] = operands(node);
        const taken = this.#evaluate(condition!, scope) ? then : otherwise;
        return taken && this.#execute(taken, scope);
      }
      case "ForStatement":
        return this.#for(node, scope);
      default:
        return this.#refuse(node);
    }
  }

  #executeOrEvaluate(node: SyntaxNode, scope: Scope): void {
    if (/Declaration$|Statement$/.test(node.name)) this.#execute(node, scope);
    else this.#evaluate(node, scope);
  }

  #block(node: SyntaxNode, scope: Scope): Flow {
    for (const statement of childrenOf(node)) {
      if (statement.name === "{" || statement.name === "}") continue;
      const flow = this.#execute(statement, scope);
      if (flow) return flow;
    }
    return undefined;
  }

  #declare(node: SyntaxNode, scope: Scope): void {
    const parts = childrenOf(node).filter(({ name }) => ![";", ",", "TypeAnnotation"].includes(name));
    const fixed = parts[0]!.name === "const";
    for (let i = 1; i < parts.length; i++) {
      const target = parts[i]!;
      const given = parts[i + 1]?.name === "Equals" ? parts[(i += 2)]! : undefined;
      this.#bind(target, given && this.#evaluate(given, scope), scope, fixed);
    }
  }

  #for(node: SyntaxNode, scope: Scope): Flow {
    const spec = node.getChild("ForOfSpec");
    if (!spec) this.#refuse(node);
    const parts = childrenOf(spec).filter(({ name }) => !["(", ")", "of", "const", "let"].includes(name));
    const [target, over] = [parts[0]!, parts[1]!];
    const list = this.#evaluate(over, scope);
    if (!Array.isArray(list)) throw this.#error(`Expected a list to go through, got ${kindOf(list)}.`, over);
    for (const value of list) {
      const inner = new Scope(scope);
      this.#bind(target, value, inner, true);
      const flow = this.#execute(node.lastChild!, inner);
      if (flow) return flow;
    }
    return undefined;
  }

  // ---- Patterns ------------------------------------------------------------------------------------------------------------

  #bind(target: SyntaxNode, value: unknown, scope: Scope, fixed: boolean): void {
    switch (target.name) {
      case "VariableDefinition":
        return this.#bindName(target, value, scope, fixed);
      case "ObjectPattern":
        return this.#bindFields(target, value, scope, fixed);
      case "ArrayPattern": {
        if (!Array.isArray(value)) throw this.#error(`Expected a list here, got ${kindOf(value)}.`, target);
        childrenOf(target).filter(({ name }) => !["[", "]", ","].includes(name)).forEach((child, i) => this.#bind(child, value[i], scope, fixed));
        return;
      }
      default:
        this.#refuse(target);
    }
  }

  #bindName(target: SyntaxNode, value: unknown, scope: Scope, fixed: boolean): void {
    const name = this.#text(target);
    if (!scope.declare(name, value, fixed)) throw this.#error(`“${name}” is there already.`, target);
  }

  #bindFields(target: SyntaxNode, value: unknown, scope: Scope, fixed: boolean): void {
    const taken: string[] = [];
    for (const property of target.getChildren("PatternProperty")) {
      const parts = childrenOf(property).filter(({ name }) => name !== ":");
      const [first, second] = parts;
      if (first!.name === "Spread") {
        const rest = Object.entries(value as object).filter(([name]) => !taken.includes(name));
        this.#bind(second!, this.#opened(Object.fromEntries(rest)), scope, fixed);
        continue;
      }
      const name = this.#text(first!);
      taken.push(name);
      const found = this.#field(value, name, first!);
      const standard = parts.findIndex((part) => part.name === "Equals");
      const bound = found === undefined && standard >= 0 ? this.#evaluate(parts[standard + 1]!, scope) : found;
      if (bound === undefined && value !== null && this.#open.has(value as object) && !Object.hasOwn(value as object, name)) {
        const there = Object.keys(value as object);
        throw this.#error(`There is no “${name}” here${there.length > 0 ? `; there are ${there.join(", ")}` : ""}.`, first!);
      }
      this.#bind(second && second.name !== "Equals" ? second : first!, bound, scope, fixed);
    }
  }

  // ---- Expressions ---------------------------------------------------------------------------------------------------------

  #evaluate(node: SyntaxNode, scope: Scope): unknown {
    this.#count(node);
    switch (node.name) {
      case "Number":
        return Number(this.#text(node).replaceAll("_", ""));
      case "String":
        return this.#string(node);
      case "BooleanLiteral":
        return this.#text(node) === "true";
      case "null":
        return null;
      case "TemplateString":
        return this.#template(node, scope);
      case "VariableName":
        return this.#variable(node, scope).value;
      case "ParenthesizedExpression":
        return this.#evaluate(operands(node)[0]!, scope);
      case "PostfixExpression": // a!
        if (this.#text(node.lastChild!) !== "!") this.#refuse(node);
        return this.#evaluate(node.firstChild!, scope);
      case "InstantiationExpression": // defineCell<"h">
      case "SatisfiesExpression":
        return this.#evaluate(node.firstChild!, scope);
      case "ArrowFunction":
      case "FunctionExpression":
        return this.#function(node, scope);
      case "CallExpression":
        return this.#call(node, scope);
      case "MemberExpression":
        return this.#member(node, scope);
      case "ArrayExpression":
        return this.#list(node, scope);
      case "ObjectExpression":
        return this.#object(node, scope);
      case "UnaryExpression":
        return this.#unary(node, scope);
      case "BinaryExpression":
        return this.#binary(node, scope);
      case "ConditionalExpression": {
        const [condition, then, otherwise] = operands(node);
        return this.#evaluate(this.#evaluate(condition!, scope) ? then! : otherwise!, scope);
      }
      case "AssignmentExpression": {
        const [target, value] = [node.firstChild!, node.lastChild!];
        if (target.name !== "VariableName" || this.#text(target.nextSibling!) !== "=") this.#refuse(node);
        const place = this.#variable(target, scope);
        if (place.fixed) throw this.#error(`“${this.#text(target)}” is a constant.`, target);
        return (place.value = this.#evaluate(value, scope));
      }
      default:
        return this.#refuse(node);
    }
  }

  #variable(node: SyntaxNode, scope: Scope): { value: unknown; readonly fixed: boolean } {
    const name = this.#text(node);
    const found = scope.find(name);
    if (found) return found;
    const state = TOOLS.includes(name) ? " It is one of the tools that the equations are handed: ({ x, h }, { " + name + " }) => …" : "";
    throw this.#error(`There is no “${name}” here.${state}`, node);
  }

  #string(node: SyntaxNode): string {
    const text = this.#text(node).slice(1, -1);
    if (text.includes("\\")) throw this.#error("Names need no backslashes.", node);
    return text;
  }

  #template(node: SyntaxNode, scope: Scope): string {
    let text = "";
    let at = node.from + 1;
    for (const child of childrenOf(node)) {
      if (child.name !== "Interpolation") continue;
      text += this.#source.slice(at, child.from) + String(this.#plain(child.firstChild!.nextSibling!, scope));
      at = child.to;
    }
    return text + this.#source.slice(at, node.to - 1);
  }

  /** A number or a text. */
  #plain(node: SyntaxNode, scope: Scope): number | string | boolean {
    const value = this.#evaluate(node, scope);
    if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
    const instead = isValue(value) ? " Of values of the cell add, sub, mul, div, greater and select make new ones." : "";
    throw this.#error(`Expected a number here, got ${kindOf(value)}.${instead}`, node);
  }

  #function(node: SyntaxNode, scope: Scope): Fn {
    const parameters = node.getChild("ParamList")!;
    const body = node.lastChild!;
    return this.#allow((...given) => {
      if (++this.#depth > DEEPEST) throw this.#error("This calls itself without end.", node);
      const inner = new Scope(scope);
      const parts = childrenOf(parameters).filter(({ name }) => !["(", ")", ",", "TypeAnnotation", "Optional"].includes(name));
      let place = 0;
      for (let i = 0; i < parts.length; i++) {
        const target = parts[i]!;
        if (target.name === "Spread") {
          this.#bind(parts[++i]!, given.slice(place), inner, true);
          continue;
        }
        const standard = parts[i + 1]?.name === "Equals" ? parts[(i += 2)] : undefined;
        const value = given[place++];
        this.#bind(target, value === undefined && standard ? this.#evaluate(standard, inner) : value, inner, false);
      }
      const result = body.name === "Block" ? this.#block(body, inner)?.returned : this.#evaluate(body, inner);
      this.#depth--;
      return result;
    });
  }

  #call(node: SyntaxNode, scope: Scope): unknown {
    const callee = node.firstChild!;
    const list = node.getChild("ArgList");
    if (!list) this.#refuse(node);
    const fn = this.#evaluate(callee, scope);
    const name = this.#text(callee).replace(/<.*>$/s, "");
    if (typeof fn !== "function" || !this.#callable.has(fn)) throw this.#error(`“${name}” is ${kindOf(fn)}, not a function.`, callee);
    const values = this.#values(list, scope);
    try {
      return (fn as Fn)(...values);
    } catch (error) {
      if (error instanceof CellSourceError) throw error;
      throw this.#error((error as Error).message, name === "defineCell" ? callee : node);
    }
  }

  #values(node: SyntaxNode, scope: Scope): unknown[] {
    const values: unknown[] = [];
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (["(", ")", "[", "]", ","].includes(child.name)) continue;
      if (child.name !== "Spread") {
        values.push(this.#evaluate(child, scope));
        continue;
      }
      child = child.nextSibling!;
      const list = this.#evaluate(child, scope);
      if (!Array.isArray(list)) throw this.#error(`Expected a list after …, got ${kindOf(list)}.`, child);
      values.push(...(list as unknown[]));
    }
    return values;
  }

  #list(node: SyntaxNode, scope: Scope): unknown[] {
    return this.#opened(this.#values(node, scope));
  }

  #object(node: SyntaxNode, scope: Scope): object {
    const entries: [string, unknown][] = [];
    for (const property of node.getChildren("Property")) {
      const parts = childrenOf(property).filter(({ name }) => name !== ":");
      const [first, second] = parts;
      if (first!.name === "Spread") {
        const value = this.#evaluate(second!, scope);
        if (typeof value !== "object" || value === null || !this.#open.has(value)) throw this.#error(`Expected an object after …, got ${kindOf(value)}.`, second!);
        entries.push(...Object.entries(value));
      } else if (first!.name === "[") {
        entries.push([String(this.#plain(second!, scope)), this.#evaluate(parts[3]!, scope)]);
      } else if (first!.name !== "PropertyDefinition" && first!.name !== "String" && first!.name !== "Number") {
        this.#refuse(property);
      } else {
        const name = first!.name === "String" ? this.#string(first!) : this.#text(first!);
        const value = second ? this.#evaluate(second, scope) : this.#variable(first!, scope).value;
        entries.push([name, value]);
      }
    }
    return this.#opened(Object.fromEntries(entries));
  }

  #member(node: SyntaxNode, scope: Scope): unknown {
    const object = this.#evaluate(node.firstChild!, scope);
    const property = node.getChild("PropertyName");
    if (property) return this.#field(object, this.#text(property), property);
    const index = operands(node)[1];
    return index ? this.#field(object, String(this.#plain(index, scope)), index) : this.#refuse(node);
  }

  #field(object: unknown, name: string, node: SyntaxNode): unknown {
    if (typeof object !== "object" || object === null || !this.#open.has(object)) {
      throw this.#error(`“${name}” is asked for of ${kindOf(object)}, which has no fields.`, node);
    }
    if (Array.isArray(object)) return this.#listField(object, name, node);
    // The values of a cell are no own fields: reading a state declares it. None is called as what every object has.
    if (name in Object.prototype) return undefined;
    return (object as Readonly<Record<string, unknown>>)[name];
  }

  #listField(list: readonly unknown[], name: string, node: SyntaxNode): unknown {
    if (name === "length") return list.length;
    if (/^\d+$/.test(name)) return list[Number(name)];
    const made = (values: unknown[]) => this.#opened(values);
    const checked = (fn: unknown): Fn => {
      if (typeof fn !== "function" || !this.#callable.has(fn)) throw this.#error(`${name}: expected a function, got ${kindOf(fn)}.`, node);
      return fn as Fn;
    };
    const methods: Readonly<Record<string, Fn>> = {
      map: (fn) => made(list.map((value, i) => checked(fn)(value, i))),
      filter: (fn) => made(list.filter((value, i) => checked(fn)(value, i))),
      reduce: (fn, ...first) => (first.length > 0 ? list.reduce((sum, value) => checked(fn)(sum, value), first[0]) : list.reduce((sum, value) => checked(fn)(sum, value))),
      at: (place) => list.at(Number(place)),
      slice: (from, to) => made(list.slice(from as number | undefined, to as number | undefined)),
    };
    const method = Object.hasOwn(methods, name) ? methods[name]! : undefined;
    if (!method) throw this.#error(`Lists have no “${name}” here; there are length, ${Object.keys(methods).join(", ")}.`, node);
    return this.#allow(method);
  }

  #unary(node: SyntaxNode, scope: Scope): unknown {
    const [sign, operand] = [this.#text(node.firstChild!), node.lastChild!];
    if (sign === "!") return !this.#evaluate(operand, scope);
    if (sign !== "-" && sign !== "+") this.#refuse(node);
    const value = Number(this.#plain(operand, scope));
    return sign === "-" ? -value : value;
  }

  #binary(node: SyntaxNode, scope: Scope): unknown {
    const [left, sign, right] = [node.firstChild!, this.#text(node.firstChild!.nextSibling!), node.lastChild!];
    if (sign === "as" || sign === "satisfies") return this.#evaluate(left, scope);
    if (sign === "&&") return this.#evaluate(left, scope) && this.#evaluate(right, scope);
    if (sign === "||") return this.#evaluate(left, scope) || this.#evaluate(right, scope);
    if (sign === "??") return this.#evaluate(left, scope) ?? this.#evaluate(right, scope);
    if (sign === "===" || sign === "!==") return (this.#evaluate(left, scope) === this.#evaluate(right, scope)) === (sign === "===");
    const operation = Object.hasOwn(ARITHMETIC, sign) ? ARITHMETIC[sign]! : this.#refuse(node);
    return operation(this.#plain(left, scope) as number, this.#plain(right, scope) as number);
  }
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => unknown>> = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "%": (a, b) => a % b, "**": (a, b) => a ** b,
  "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
};

const TOOLS = ["linear", "parameter", "layerNorm", "name"];

/** How what cannot be used is called. */
const UNKNOWN_WORDS: Readonly<Record<string, string>> = {
  ClassDeclaration: "A class", WhileStatement: "“while”", DoStatement: "“do”", TryStatement: "“try”", ThrowStatement: "“throw”", NewExpression: "“new”",
  this: "“this”", RegExp: "A pattern", DynamicImport: "“import()”", ForStatement: "This form of “for”", AwaitExpression: "“await”",
};

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "LineComment" && child.name !== "BlockComment") children.push(child);
  }
  return children;
}

/** Its parts that are values or statements. */
function operands(node: SyntaxNode): SyntaxNode[] {
  return childrenOf(node).filter(({ name }) => !["return", "if", "else", "(", ")", "[", "]", ";", "LogicOp", "ArithOp", "CompareOp", ".", "?."].includes(name));
}

function isValue(value: unknown): boolean {
  return typeof value === "object" && value !== null && "op" in value;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isValue(value)) return "a value of the cell";
  return { number: "a number", string: "a text", boolean: "true or false", function: "a function" }[typeof value as string] ?? "an object";
}
