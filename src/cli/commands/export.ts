import { existsSync } from "node:fs";
import { basename } from "node:path";
import { writeGzipped, writeInPieces } from "../../data/node-whole-file.js";
import { VECTOR_FORMATS, writeVectors, type VectorFormat } from "../../systems/vectors/index.js";
import { RunError } from "../../train/index.js";
import { jsonOption } from "../common-options.js";
import { choice, defineCommand, text, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { bytes, grouped } from "../format.js";
import { printJson } from "../messages.js";
import { openVectors } from "../vector-source.js";

const EXTENSIONS: Readonly<Record<VectorFormat, string>> = {
  word2vec: ".vec",
  "word2vec-binary": ".bin",
  glove: ".txt",
  safetensors: ".safetensors",
};

export const exportVectors = defineCommand({
  name: "export",
  summary: "Writes word vectors to a file that other programs read.",
  positionals: { usage: "RUN|FILE", min: 1, max: 1, help: "a run of train vectors, or a file of vectors to be written in another format" },
  options: {
    format: choice(VECTOR_FORMATS, { help: "The format", defaultText: "by the ending of --out" }),
    out: text({ placeholder: "FILE", defaultText: "named after the source, in this folder", help: "The file; one that ends in .gz is gzipped" }),
    ...jsonOption,
  },
  details:
    "gensim reads word2vec, word2vec-binary and, with no_header=True, glove. safetensors has the matrix under \"vectors\" and the words, a line " +
    "each, in the metadata under \"words\"; it loads fastest. Texts have nine digits, which give every number back exactly.",
  examples: [
    ["unrolled export runs/vectors --format word2vec", "as text, to vectors.vec"],
    ["unrolled export runs/vectors --out english.bin.gz", "word2vec's binary form, gzipped"],
    ["unrolled export glove.6B.300d.txt --format safetensors", "a file that loads in half a second"],
  ],
  async run({ values, positionals: [source = ""] }, context: Context) {
    const format = values.format ?? formatOf(values.out);
    const out = values.out ?? basename(source).replace(/(\.(?:vec|bin|txt|safetensors))?(\.gz)?$/, "") + EXTENSIONS[format];
    if (existsSync(out)) throw new RunError(`${out} exists already: choose another --out.`);
    const vectors = await openVectors(source);
    const pieces = writeVectors(vectors, format);
    const size = out.endsWith(".gz") ? await writeGzipped(out, pieces) : writeInPieces(out, pieces);
    const { words, dimensions } = vectors;
    if (values.json) printJson(context, { source, out, format, words: words.length, dimensions, bytes: size });
    else context.terminal.print(`${out}: ${grouped(words.length)} words of ${dimensions} dimensions, ${format}, ${bytes(size)}`);
    return 0;
  },
});

function formatOf(out: string | undefined): VectorFormat {
  if (out === undefined) throw new UsageError(`unrolled export needs --format: ${VECTOR_FORMATS.join(", ")}.`);
  const plain = out.replace(/\.gz$/, "");
  const format = VECTOR_FORMATS.find((each) => plain.endsWith(EXTENSIONS[each]));
  if (format === undefined) throw new UsageError(`--out: the ending of ${JSON.stringify(out)} names no format: give --format as well.`);
  return format;
}
