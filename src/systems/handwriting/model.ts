/** The network that predicts how a pen moves on. */
import type { Cell } from "../../cell/index.js";
import { MOVE_WIDTH, type PenBatch } from "../../data/index.js";
import { MixtureDensity, Module, Recurrent, type States } from "../../nn/index.js";
import { tensor, type RandomStream, type Tensor } from "../../tensor/index.js";
import { toldOf, type Conditions, type Told } from "./conditions.js";

/** A model of either task, as learning and measuring see it. */
export interface PenModel extends Module {
  readonly density: MixtureDensity;
  /** What it can be told; none, if it knows of no writers and no classes. */
  readonly conditions: Conditions | undefined;
  /** What `density` reads of a batch, [time, batch, 6 M + 1]. */
  predict(batch: PenBatch): Tensor;
}

export interface HandwritingModelOptions {
  readonly cell: Cell;
  readonly layers: number;
  readonly hiddenSize: number;
  /** Gaussians of the mixture. */
  readonly components: number;
  /** Limit on the derivatives by the sums that enter the gates. */
  readonly clipPreactivations?: number;
  /** What every layer sees beside the movements. @default nothing */
  readonly conditions?: Conditions;
  readonly random: RandomStream;
}

/**
 * p(next movement | movements before it): layers that all see the input, a mixture density over the outputs of all of them (Graves
 * 2013, equations 1 to 6 and 17 to 26).
 */
export class HandwritingModel extends Module implements PenModel {
  readonly recurrent: Recurrent;
  readonly density: MixtureDensity;
  readonly conditions: Conditions | undefined;

  constructor({ cell, layers, hiddenSize, components, clipPreactivations, conditions, random }: HandwritingModelOptions) {
    super();
    this.conditions = conditions;
    this.recurrent = new Recurrent(cell, {
      inputSize: MOVE_WIDTH + (conditions?.size ?? 0), hiddenSize, layers, skip: true, random, ...(clipPreactivations !== undefined && { clipPreactivations }),
    });
    this.density = new MixtureDensity(this.recurrent.outputSize, components, { random });
  }

  /**
   * @param moves [time, batch, 3]: the movement before each that is to be predicted
   * @param told what each row follows
   * @returns raw [time, batch, 6 M + 1], as `mixtureOf` reads it, and the states after the last step
   */
  forward(
    moves: Tensor, { told = [], ...options }: { initial?: States; lengths?: readonly number[]; told?: readonly Told[] } = {},
  ): { raw: Tensor; final: States } {
    const { output, final } = this.recurrent.forward(this.conditions?.beside(moves, told) ?? moves, options);
    return { raw: this.density.forward(output), final };
  }

  predict({ inputs, timeSteps, rows, lengths }: PenBatch): Tensor {
    return this.forward(tensor(inputs, [timeSteps, rows.length, MOVE_WIDTH]), { lengths, told: rows.map(toldOf) }).raw;
  }

  protected override describe(): { name: string; settings: Record<string, number> } {
    return { name: "HandwritingModel", settings: {} };
  }
}
