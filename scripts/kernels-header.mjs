/**
 * Reads kernels/kernels.h, the one list of kernels, into plain objects. The header keeps to a small form of C on purpose
 * (its own first comment states the rules), so this is a few regular expressions and not a C parser; whatever does not
 * fit the form is an error that quotes the line.
 */

/**
 * @typedef {{ name: string, type: string, kind: "int32"|"uint32"|"float"|"float*"|"int32*"|"address*", written: boolean,
 *   shape: string | undefined }} Argument  `written`: a pointer that is not const
 * @typedef {{ name: string, result: "void"|"int32", doc: string, arguments: Argument[] }} Kernel
 * @typedef {{ name: string, doc: string, values: { name: string, value: number, doc: string }[] }} Enumeration
 */

const KINDS = new Map([
  ["int32_t", "int32"],
  ["uint32_t", "uint32"],
  ["float", "float"],
  ["float*", "float*"],
  ["int32_t*", "int32*"],
  ["address_t*", "address*"],
]);

/**
 * @param {string} text contents of kernels.h
 * @returns {{ kernels: Kernel[], enumerations: Enumeration[] }}
 */
export function parseKernelsHeader(text) {
  const opening = "typedef uint64_t address_t;";
  const start = text.indexOf(opening) + opening.length;
  const source = text.slice(start).replaceAll(/^#.*$/gm, "");
  const kernels = [];
  const enumerations = [];
  let doc = "";
  let rest = source;
  while ((rest = rest.trimStart()) !== "") {
    let match;
    if ((match = /^\/\*([\s\S]*?)\*\//.exec(rest))) {
      const comment = cleanComment(match[1]);
      doc = comment.startsWith("----") ? "" : comment;
    } else if ((match = /^enum\s+(\w+)\s*\{([\s\S]*?)\};/.exec(rest))) {
      // The comment before an enum usually describes the kernel after it too: it stays pending.
      enumerations.push({ name: match[1], doc, values: parseEnumerators(match[1], match[2]) });
    } else if ((match = /^KERNEL\((\w+)\)\s*(\w+)\s*\(([\s\S]*?)\)\s*;/.exec(rest))) {
      kernels.push(parsePrototype(match[1], match[2], match[3], doc));
      doc = "";
    } else {
      throw new Error(`kernels.h: expected a comment, an enum or a KERNEL prototype, got: ${rest.split("\n", 1)[0]}`);
    }
    rest = rest.slice(match[0].length);
  }
  const names = new Set();
  for (const { name } of kernels) {
    if (names.has(name)) throw new Error(`kernels.h: ${name} is declared twice`);
    names.add(name);
  }
  return { kernels, enumerations };
}

/** layer_norm_backward -> layerNormBackward */
export function camelCase(name) {
  return name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

function parsePrototype(result, name, list, doc) {
  if (result !== "void" && result !== "int32_t") {
    throw new Error(`kernels.h: ${name}: result: expected void or int32_t, got ${result}`);
  }
  const args = [];
  // An argument's shape comment stands after its name and may hold commas, so comments are taken out before splitting.
  const shapes = [];
  const bare = list.replaceAll(/\/\*([\s\S]*?)\*\//g, (_, shape) => `@${shapes.push(cleanComment(shape)) - 1}`);
  for (const piece of bare.trim() === "void" ? [] : bare.split(",")) {
    const match = /^\s*(const\s+)?(\w+\s*\*?)\s*(\w+)\s*(?:@(\d+))?\s*$/.exec(piece);
    const type = match?.[2].replaceAll(/\s/g, "");
    const kind = KINDS.get(type ?? "");
    if (!match || !kind) throw new Error(`kernels.h: ${name}: cannot read the argument: ${piece.trim()}`);
    args.push({
      name: match[3],
      type: `${match[1] ? "const " : ""}${type}`,
      kind,
      written: kind.endsWith("*") && !match[1],
      shape: match[4] === undefined ? undefined : shapes[Number(match[4])],
    });
  }
  return { name, result: result === "void" ? "void" : "int32", doc, arguments: args };
}

function parseEnumerators(enumName, body) {
  const values = [];
  const known = new Map();
  let next = 0;
  const pattern = /(\w+)\s*(?:=\s*(\w+))?\s*(?:\/\*([\s\S]*?)\*\/\s*)?(?:,\s*(?:\/\*([\s\S]*?)\*\/)?|$)/y;
  const text = body.trim();
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const skipped = /\s+|\/\*[\s\S]*?\*\/\s*/y;
    skipped.lastIndex = at;
    if (skipped.exec(text)) {
      pattern.lastIndex = skipped.lastIndex;
      continue;
    }
    const match = pattern.exec(text);
    if (!match) throw new Error(`kernels.h: enum ${enumName}: cannot read: ${text.slice(at, at + 60)}`);
    if (match[2] !== undefined) {
      next = known.has(match[2]) ? known.get(match[2]) : Number(match[2]);
      if (!Number.isInteger(next)) throw new Error(`kernels.h: enum ${enumName}: ${match[1]}: not a number: ${match[2]}`);
    }
    known.set(match[1], next);
    values.push({ name: match[1], value: next, doc: cleanComment(match[3] ?? match[4] ?? "") });
    next++;
  }
  return values;
}

function cleanComment(comment) {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*( |$)/, "").trim())
    .join("\n")
    .trim();
}
