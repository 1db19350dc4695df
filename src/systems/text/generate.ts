/** Text from a model, token by token. */
import type { Vocabulary } from "../../data/index.js";
import { sampleToken, type SamplingOptions } from "../../decode/index.js";
import { fromInts, noGrad, step, type RandomStream } from "../../tensor/index.js";
import { CarriedStates } from "../../train/index.js";
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
  const states = new CarriedStates();
  let next: readonly number[] = [vocabulary.end, ...vocabulary.encode(prime)];
  const wasTraining = model.training;
  model.eval();
  try {
    for (let i = 0; i < length; i++) {
      const logits = read(model, next, states);
      const token = sampleToken(logits, random.next(), { ...options, forbidden });
      if (token === vocabulary.end) {
        states.carry(undefined);
        yield NEW_DOCUMENT;
      } else yield vocabulary.bytes(token);
      next = [token];
    }
  } finally {
    model.train(wasTraining);
  }
}

const NEW_DOCUMENT = Uint8Array.of(10, 10);

/** Reads tokens and gives the logits of what comes after them. */
function read(model: TextModel, tokens: readonly number[], states: CarriedStates): ArrayLike<number> {
  return step(() =>
    noGrad(() => {
      const initial = states.begin(undefined);
      const { output, final } = model.run(fromInts(tokens, [tokens.length, 1]), initial === undefined ? {} : { initial });
      states.carry(final);
      return model.logits(output.at(tokens.length - 1)).dataSync();
    }),
  );
}
