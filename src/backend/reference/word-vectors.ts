/** Word vectors: negative sampling and GloVe, one pair, one coordinate after the other. */
import type { Kernels, Pointer } from "../backend.js";
import {
  GLOVE_UNSCALED_BIAS, WORD2VEC_CBOW, WORD2VEC_EXACT, WORD2VEC_SENTENCE, WORD2VEC_TABLE,
} from "../generated/kernels.js";
import { philox } from "../philox.js";
import type { ReferenceMemory } from "./memory.js";

const LOSS_EVERY = 16;
const GRADIENT_LIMIT = 100;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The sigmoid as the public program looks it up. */
export function tableSigmoid(x: number): number {
  if (x > 6) return 1;
  if (x < -6) return 0;
  return sigmoid((Math.trunc((x + 6) * 83) / 1000) * 12 - 6);
}

/** The two halves of a product of unsigned 32-bit numbers. */
function wideProduct(a: number, b: number): [high: number, low: number] {
  const product = BigInt(a) * BigInt(b);
  return [Number(product >> 32n), Number(product & 0xffffffffn)];
}

interface Word {
  readonly id: number;
  /** Index of the entry. */
  readonly at: number;
}

export function wordVectorKernels(memory: ReferenceMemory) {
  const read = (pointer: Pointer, i: number) => memory.read(pointer, i);

  return {
    word2vecTrain(
      input, output, stride, columns, tokens, count, keep, alias, words, window, negatives, flags, lr, lrStep, lrLeast, seedLow,
      seedHigh, positionLow, positionHigh, statistics,
    ) {
      const key = [seedLow, seedHigh] as const;
      const first = positionHigh * 2 ** 32 + positionLow;
      const squash = flags & WORD2VEC_TABLE ? tableSigmoid : sigmoid;
      const row = (matrix: Pointer, id: number) => Array.from({ length: columns }, (_, q) => read(matrix, id * stride + q));
      const addTo = (matrix: Pointer, id: number, change: readonly number[], factor = 1) =>
        change.forEach((value, q) => memory.add(matrix, id * stride + q, factor * value));
      const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, q) => sum + x * b[q]!, 0);
      const words32 = (number: number) => [number >>> 0, Math.floor(number / 2 ** 32)] as const;

      const isKept = (id: number, position: number) => {
        const bits = philox([...words32(Math.floor(position / 4)), 0, 0], key)[position % 4]!;
        return keep === 0 || bits >>> 8 < read(keep, id);
      };
      const draw = (position: number, k: number) => philox([...words32(position), 1 + Math.floor(k / 4), 0], key)[k % 4]!;
      const negative = (position: number, k: number) => {
        const [column, fraction] = wideProduct(draw(position, k), words);
        return fraction < read(alias, 2 * column) >>> 0 ? column : read(alias, 2 * column + 1);
      };

      /** The targets of one context vector, one after another; what is due to that vector. */
      const inTurn = (v: readonly number[], targets: readonly number[], rate: number, measures: boolean) => {
        const error = new Array<number>(columns).fill(0);
        targets.forEach((target, t) => {
          if (t > 0 && target === targets[0]) return;
          const u = row(output, target);
          const x = dot(u, v);
          if (measures) memory.add(statistics, 0, softplus(t === 0 ? -x : x));
          const g = ((t === 0 ? 1 : 0) - squash(x)) * rate;
          u.forEach((value, q) => (error[q]! += g * value));
          addTo(output, target, v, g);
        });
        if (measures) memory.add(statistics, 1, 1);
        return error;
      };

      /** All contexts with all targets, from the rows as they were; what is due to each context. */
      const asBatch = (contexts: readonly number[][], targets: readonly number[], rate: number, measures: boolean) => {
        const before = targets.map((target) => row(output, target));
        const errors = contexts.map(() => new Array<number>(columns).fill(0));
        const changes = targets.map(() => new Array<number>(columns).fill(0));
        contexts.forEach((v, c) => {
          targets.forEach((target, t) => {
            if (t > 0 && target === targets[0]) return;
            const x = dot(before[t]!, v);
            if (measures) memory.add(statistics, 0, softplus(t === 0 ? -x : x));
            const g = ((t === 0 ? 1 : 0) - squash(x)) * rate;
            for (let q = 0; q < columns; q++) {
              errors[c]![q]! += g * before[t]![q]!;
              changes[t]![q]! += g * v[q]!;
            }
          });
          if (measures) memory.add(statistics, 1, 1);
        });
        targets.forEach((target, t) => addTo(output, target, changes[t]!));
        return errors;
      };

      const trainSentence = (sentence: readonly Word[]) => {
        sentence.forEach(({ id: centre, at }, i) => {
          const position = first + at;
          const radius = 1 + wideProduct(draw(position, 0), window)[0];
          const around = sentence.slice(Math.max(0, i - radius), i + radius + 1).map(({ id }) => id);
          around.splice(Math.min(i, radius), 1);
          memory.add(statistics, 3, 1);
          if (around.length === 0) return;
          const rate = Math.max(lr - lrStep * at, lrLeast);
          const measures = position % LOSS_EVERY === 0;
          const targetsFrom = (k: number) => [centre, ...Array.from({ length: negatives }, (_, j) => negative(position, k + j))];
          memory.add(statistics, 2, flags & WORD2VEC_CBOW ? 1 : around.length);
          if (flags & WORD2VEC_CBOW) {
            const rows = around.map((id) => row(input, id));
            const mean = rows[0]!.map((_, q) => rows.reduce((sum, v) => sum + v[q]!, 0) / rows.length);
            const error = flags & WORD2VEC_EXACT
              ? inTurn(mean, targetsFrom(1), rate, measures)
              : asBatch([mean], targetsFrom(1), rate, measures)[0]!;
            for (const id of around) addTo(input, id, error);
          } else if (flags & WORD2VEC_EXACT) {
            around.forEach((id, c) => addTo(input, id, inTurn(row(input, id), targetsFrom(1 + c * negatives), rate, measures)));
          } else {
            const errors = asBatch(around.map((id) => row(input, id)), targetsFrom(1), rate, measures);
            around.forEach((id, c) => addTo(input, id, errors[c]!));
          }
        });
      };

      let sentence: Word[] = [];
      for (let at = 0; at <= count; at++) {
        const id = at < count ? read(tokens, at) : -1;
        if (id >= 0 && id < words && isKept(id, first + at)) sentence.push({ id, at });
        if (id >= 0 && sentence.length < WORD2VEC_SENTENCE) continue;
        trainSentence(sentence);
        sentence = [];
      }
    },

    gloveTrain(words, contexts, width, dimensions, rows, columns, values, count, lr, xMax, power, flags, statistics) {
      /** One step of AdaGrad on parameter i, whose sum of squares lies `width` further. */
      const move = (matrix: Pointer, i: number, step: number) => {
        memory.add(matrix, i, -step / Math.sqrt(read(matrix, i + width)));
        memory.add(matrix, i + width, step ** 2);
      };
      const clamped = (slope: number) => Math.max(-GRADIENT_LIMIT, Math.min(slope, GRADIENT_LIMIT));
      for (let i = 0; i < count; i++) {
        const w = read(rows, i) * 2 * width;
        const c = read(columns, i) * 2 * width;
        const x = read(values, i);
        let difference = read(words, w + dimensions) + read(contexts, c + dimensions) - Math.log(x);
        for (let q = 0; q < dimensions; q++) difference += read(words, w + q) * read(contexts, c + q);
        const slope = (x < xMax ? (x / xMax) ** power : 1) * difference;
        memory.add(statistics, 0, slope * difference);
        for (let q = 0; q < dimensions; q++) {
          const [a, b] = [read(words, w + q), read(contexts, c + q)];
          move(words, w + q, clamped(slope * b) * lr);
          move(contexts, c + q, clamped(slope * a) * lr);
        }
        const step = flags & GLOVE_UNSCALED_BIAS ? slope : slope * lr;
        move(words, w + dimensions, step);
        move(contexts, c + dimensions, step);
      }
    },
  } satisfies Partial<Kernels>;
}
