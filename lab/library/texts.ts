/** Texts to learn from: the one that comes with the Lab, and those that people give it. */
import { DataError, decodeText, fingerprint, readDocuments, splitDocuments, type SourceFile, type VocabularyKind } from "unrolled/data";
import { KEPT_INPUT, type TextCorpus } from "unrolled/systems/text";
import type { Service } from "./protocol.js";

/** The name of the text that comes with the Lab, as the command line has it. */
export const MOBY_DICK = "moby-dick";

/** A file that was given. */
export interface GivenText {
  readonly name: string;
  readonly content: Blob;
}

let mobyDick: Promise<readonly SourceFile[]> | undefined;

/** scripts/lab-text.mjs makes it. */
export function readMobyDick(): Promise<readonly SourceFile[]> {
  return (mobyDick ??= load(new URL("../../build/lab-text/moby-dick.json", import.meta.url)).catch((error: Error) => {
    mobyDick = undefined;
    throw error;
  }));
}

async function load(address: URL): Promise<readonly SourceFile[]> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`Moby Dick could not be loaded from ${address.pathname}: ${response.status} ${response.statusText}.`);
  const files = (await response.json()) as readonly { readonly name: string; readonly text: string }[];
  return files.map(({ name, text }) => ({ name, bytes: new TextEncoder().encode(text) }));
}

export async function bytesOf({ name, content }: GivenText): Promise<SourceFile> {
  try {
    return { name, bytes: new Uint8Array(await content.arrayBuffer()) };
  } catch (error) {
    throw new DataError(`${name} can no longer be read: choose it again.`, { cause: error });
  }
}

export interface SeenText {
  readonly characters: number;
  readonly begins: string;
}

/** Looks at a text before anything is trained. @throws DataError for what is no text */
export const lookAtText: Service<GivenText, SeenText> = async (given) => {
  const { name, bytes } = await bytesOf(given);
  if (bytes.length === 0) throw new DataError(`${name}: the file is empty.`);
  const text = asked(() => decodeText(bytes, name));
  return { characters: [...text].length, begins: text.slice(0, 200) };
};

/** What the command line asks for by an option is a field here. */
function asked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(error.message.replace("--vocabulary bytes", "choose bytes in place of characters"), { cause: error });
  }
}

/** What a new run learns from; a text of one's own goes with the run. @throws DataError for what is no text */
export async function corpusOf(given: GivenText | typeof MOBY_DICK, vocabulary: VocabularyKind): Promise<TextCorpus> {
  const files = given === MOBY_DICK ? await readMobyDick() : [await bytesOf(given)];
  return { ...(await asCorpus(files, vocabulary)), inputs: given === MOBY_DICK ? [] : [KEPT_INPUT], corpus: given === MOBY_DICK ? MOBY_DICK : undefined };
}

export async function asCorpus(files: readonly SourceFile[], vocabulary: VocabularyKind) {
  const documents = asked(() => readDocuments(files, vocabulary === "bytes" ? "bytes" : "text"));
  return { files, fingerprint: await fingerprint(files), split: splitDocuments(documents) };
}
