/** The language model: token → vector → recurrent layers → a score for every token that may come next. */
import type { Cell, OneHotInput, SegmentLength } from "../../cell/index.js";
import { Dropout, Embedding, Linear, Module, Recurrent, type States } from "../../nn/index.js";
import { ones, type RandomStream, type Tensor } from "../../tensor/index.js";
import type { TokenNetwork } from "../../train/index.js";

export interface TextModelOptions {
  readonly vocabularySize: number;
  readonly cell: Cell;
  readonly hiddenSize: number;
  readonly layers: number;
  /** Width of the token vectors; 0 gives the layers one-hot vectors instead. */
  readonly embeddingSize: number;
  /** On everything that goes up: into the first layer, between layers, out of the last (Zaremba et al. 2014). @default 0 */
  readonly dropout?: number;
  /** Gives the input to every layer, and every layer's output to the scores (Graves 2013). @default false */
  readonly skip?: boolean;
  /** Limit on the derivatives of the loss by the sums that enter the gates (Graves 2013). @default none */
  readonly clipPreactivations?: number;
  /** Steps of the segments that the backward pass computes again; see `RecurrentOptions`. @default everything is kept */
  readonly recompute?: SegmentLength;
  /** What the products of the recurrent layers round their operands to; see `CompileOptions`. @default "float32" */
  readonly precision?: "float32" | "bfloat16";
  /** Values of the recurrent layers to record at every step, by the cell's names. */
  readonly inspect?: readonly string[];
  /** Draws initial parameters now and dropout masks later. */
  readonly random: RandomStream;
}

/**
 * p(token | tokens before it) = softmax(W h + b), h the output of a stack of recurrent layers (Mikolov et al. 2010), or with skip connections
 * the outputs of all of them (Graves 2013, equations 1 to 5).
 *
 * @example
 * const model = new TextModel({ vocabularySize: 83, cell: lstm, hiddenSize: 256, layers: 1, embeddingSize: 64, random });
 */
export class TextModel extends Module implements TokenNetwork {
  readonly vocabularySize: number;
  readonly embedding: Embedding | undefined;
  readonly recurrent: Recurrent;
  readonly output: Linear;
  readonly dropout: Dropout | undefined;

  constructor(options: TextModelOptions) {
    super();
    const { vocabularySize, cell, hiddenSize, layers, embeddingSize, dropout = 0, skip = false, clipPreactivations, recompute, precision = "float32", inspect, random } = options;
    this.vocabularySize = vocabularySize;
    this.embedding = embeddingSize > 0 ? new Embedding(vocabularySize, embeddingSize, { random }) : undefined;
    const inputSize = embeddingSize > 0 ? embeddingSize : vocabularySize;
    this.recurrent = new Recurrent(cell, {
      inputSize, hiddenSize, layers, dropout, skip, precision, random,
      ...(clipPreactivations !== undefined && { clipPreactivations }),
      ...(recompute !== undefined && { recompute }),
      ...(inspect && { inspect }),
    });
    this.dropout = dropout > 0 ? new Dropout(dropout, { random }) : undefined;
    this.output = new Linear(this.recurrent.outputSize, vocabularySize, { random });
  }

  /**
   * @param tokens int32 [time, batch]
   * @returns output [time, batch, features], the states after the last step, and by layer what `inspect` asked for, [time, batch, columns]
   */
  run(tokens: Tensor, options: { initial?: States; lengths?: readonly number[] } = {}): { output: Tensor; final: States; inspected: States } {
    const { output, final, inspected } = this.recurrent.forward(this.#input(tokens), options);
    return { output: this.#drop(output), final, inspected };
  }

  /** What the recurrent layers are given. One-hot vectors are not made; of one that is dropped nothing is left, the others grow. */
  #input(tokens: Tensor): Tensor | OneHotInput {
    if (this.embedding) return this.#drop(this.embedding.forward(tokens));
    const { dropout } = this;
    const scale = dropout?.training ? dropout.forward(ones(tokens.shape, { backend: tokens.backend })) : undefined;
    return { indices: tokens, size: this.vocabularySize, scale };
  }

  /** [time, batch, features] to [time, batch, vocabularySize] */
  logits(output: Tensor): Tensor {
    return this.output.forward(output);
  }

  #drop(x: Tensor): Tensor {
    return this.dropout?.forward(x) ?? x;
  }

  protected override describe(): { name: string; settings: Record<string, number> } {
    return { name: "TextModel", settings: { vocabulary: this.vocabularySize } };
  }
}
