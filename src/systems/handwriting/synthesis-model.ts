/** The network that writes a given text. */
import { gravesWindow, type Cell, type MemoryInput } from "../../cell/index.js";
import { MOVE_WIDTH, type PenBatch } from "../../data/index.js";
import { MixtureDensity, Module, ReadingRecurrent, type States } from "../../nn/index.js";
import { tensor, type RandomStream, type Tensor } from "../../tensor/index.js";
import { Alphabet, type Script } from "./alphabet.js";
import { toldOf, type Conditions, type Told } from "./conditions.js";
import type { PenModel } from "./model.js";

export interface SynthesisModelOptions {
  /** Of the layers above the first, which is a peephole LSTM with the window. */
  readonly cell: Cell;
  readonly layers: number;
  readonly hiddenSize: number;
  /** Gaussians of the mixture. */
  readonly components: number;
  /** Gaussians of the window. */
  readonly window: number;
  /** Of the lines to learn from: the window sets out at their pace. */
  readonly script: Script;
  /** Limit on the derivatives by the sums that enter the gates. */
  readonly clipPreactivations?: number;
  /** What every layer sees beside the movements. @default nothing */
  readonly conditions?: Conditions;
  readonly random: RandomStream;
}

/**
 * p(next movement | movements before it, the text): the first layer moves a window over the text, every layer above sees the input and
 * what the window shows, a mixture density is over the outputs of all of them (Graves 2013, section 5, equations 46 to 51).
 */
export class SynthesisModel extends Module implements PenModel {
  readonly recurrent: ReadingRecurrent;
  readonly density: MixtureDensity;
  readonly alphabet: Alphabet;
  readonly script: Script;
  readonly conditions: Conditions | undefined;

  constructor(options: SynthesisModelOptions) {
    super();
    const { cell, layers, hiddenSize, components, window, script, clipPreactivations, conditions, random } = options;
    this.conditions = conditions;
    this.script = script;
    this.alphabet = new Alphabet(script.characters);
    this.recurrent = new ReadingRecurrent({
      reader: gravesWindow(window, { step: Math.log(script.pace) }),
      above: cell,
      inputSize: MOVE_WIDTH + (conditions?.size ?? 0), hiddenSize, memorySize: this.alphabet.size, layers, random,
      outputs: ["window"],
      ...(clipPreactivations !== undefined && { clipPreactivations }),
    });
    this.density = new MixtureDensity(this.recurrent.outputSize, components, { random });
  }

  /**
   * @param moves [time, batch, 3]: the movement before each that is to be predicted
   * @param memory the texts, as `Alphabet.memory` gives them
   * @param told what each row follows
   * @returns raw [time, batch, 6 M + 1], as `mixtureOf` reads it; window [time, batch, positions], phi; and the states after the last step
   */
  forward(
    moves: Tensor,
    { memory, told = [], ...options }: { memory: MemoryInput; initial?: States; lengths?: readonly number[]; told?: readonly Told[] },
  ): { raw: Tensor; window: Tensor; final: States } {
    const { output, outputs, final } = this.recurrent.forward(this.conditions?.beside(moves, told) ?? moves, { memory, ...options });
    return { raw: this.density.forward(output), window: outputs["window"]!, final };
  }

  predict({ inputs, timeSteps, rows, lengths }: PenBatch): Tensor {
    const memory = this.alphabet.memory(rows.map(({ text = "" }) => text));
    return this.forward(tensor(inputs, [timeSteps, rows.length, MOVE_WIDTH]), { memory, lengths, told: rows.map(toldOf) }).raw;
  }

  protected override describe(): { name: string; settings: Record<string, number> } {
    return { name: "SynthesisModel", settings: { characters: this.alphabet.size } };
  }
}
