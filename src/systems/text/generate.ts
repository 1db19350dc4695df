/** Text from a model, token by token. */
import type { Vocabulary } from "../../data/index.js";
import { sampleToken, type SamplingOptions } from "../../decode/index.js";
import type { RandomStream } from "../../tensor/index.js";
import type { TextModel } from "./model.js";
import { TextStream, type TextStreamOptions } from "./stream.js";

export interface GenerateOptions extends SamplingOptions, TextStreamOptions {
  /** Tokens to generate. */
  readonly length: number;
  /** Text that the model reads first; it is not part of the result. @default "" */
  readonly prime?: string;
  readonly random: RandomStream;
}

/**
 * Generates text, piece by piece as it comes: bytes of UTF-8 for characters and words. Where the model ends its document an
 * empty line follows and a new document begins with an empty state.
 *
 * @example
 * for (const piece of generate(model, vocabulary, { length: 200, random: new RandomStream(1) })) process.stdout.write(piece);
 */
export function* generate(model: TextModel, vocabulary: Vocabulary, options: GenerateOptions): Generator<Uint8Array> {
  const { length, prime = "", random } = options;
  const forbidden = [...(options.forbidden ?? []), ...(vocabulary.unknown === undefined ? [] : [vocabulary.unknown])];
  const stream = new TextStream(model, options);
  const prompt = vocabulary.encode(prime);
  let logits = stream.read(vocabulary.end);
  for (const token of prompt) logits = stream.read(token);
  for (let i = 0; i < length; i++) {
    const token = sampleToken(logits, random.next(), { ...options, forbidden });
    if (token === vocabulary.end) {
      stream.reset();
      yield NEW_DOCUMENT;
    } else yield vocabulary.bytes(token);
    logits = stream.read(token);
  }
}

const NEW_DOCUMENT = Uint8Array.of(10, 10);
