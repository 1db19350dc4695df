/** Text from a model, token by token. */
import type { Vocabulary } from "../../data/index.js";
import { sampleToken, type SamplingOptions } from "../../decode/index.js";
import type { RecurrentStream } from "../../nn/index.js";
import { fromInts, noGrad, step, type RandomStream } from "../../tensor/index.js";
import type { TextModel } from "./model.js";

export interface GenerateOptions extends SamplingOptions {
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
  const stream = model.recurrent.stream();
  const prompt = vocabulary.encode(prime);
  let logits = read(model, stream, vocabulary.end);
  for (const token of prompt) logits = read(model, stream, token);
  for (let i = 0; i < length; i++) {
    const token = sampleToken(logits, random.next(), { ...options, forbidden });
    if (token === vocabulary.end) {
      stream.reset();
      yield NEW_DOCUMENT;
    } else yield vocabulary.bytes(token);
    logits = read(model, stream, token);
  }
}

const NEW_DOCUMENT = Uint8Array.of(10, 10);

/** Reads a token and gives the logits of what comes after it. */
function read(model: TextModel, stream: RecurrentStream, token: number): ArrayLike<number> {
  return step(() =>
    noGrad(() => {
      const output = stream.step(model.embed(fromInts([token])));
      return model.logits(output).dataSync();
    }),
  );
}
