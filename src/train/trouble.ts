/** When the numbers stop being numbers: what happened, where it began, what to try. */
import type { Tensor } from "../tensor/index.js";

/** Training stopped because the loss or a gradient was NaN or infinite. No checkpoint has anything of that step. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
  constructor(
    readonly step: number,
    /** Gradient norms before clipping, of the steps up to the one that failed. */
    readonly gradientNorms: readonly number[],
    /** The parameter that broke first, where one did. */
    readonly parameter: string | undefined,
    message: string,
  ) {
    super(message);
  }
}

interface Trouble {
  readonly step: number;
  readonly loss: number;
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly learningRate: number;
}

interface GradientTrouble extends Trouble {
  readonly gradientNorms: readonly number[];
  /** The limit on the gradient norm, undefined when there is none. */
  readonly clip: number | undefined;
}

/** Of a step that was not done, because its gradient is of no use. */
export function explainGradient({ step, loss, gradientNorms, parameters, learningRate, clip }: GradientTrouble): DivergedError {
  const broken = firstBroken(parameters);
  const what = Number.isFinite(loss) ? "the gradient is not finite" : `the loss is ${loss}`;
  const norms = gradientNorms.slice(0, -1).map(short).join(", ");
  const advice = [
    `a lower learning rate (now ${short(learningRate)})`,
    clip === undefined ? "clipping the gradient (--clip 1)" : `clipping the gradient harder (now ${short(clip)})`,
  ];
  const lines = [
    `Training stopped at step ${step}: ${what}. The step was not applied; what was saved before is whole.`,
    norms === "" ? "It was the first step." : `Gradient norms in the steps before it: ${norms}.`,
    broken === undefined ? "All parameters are finite: the loss itself overflowed." : `First to break: ${broken.description}.`,
    `Try ${advice.join(", or ")}.`,
  ];
  return new DivergedError(step, gradientNorms, broken?.name, lines.join("\n"));
}

/** Of a step that changed the parameters while it measured its loss. */
export function explainStep({ step, loss, parameters, learningRate }: Trouble): DivergedError {
  const broken = firstBroken(parameters);
  const lines = [
    `Training stopped at step ${step}: the loss is ${loss}. What was saved before is whole.`,
    ...(broken === undefined ? [] : [`First to break: ${broken.description}.`]),
    `Try a lower learning rate (now ${short(learningRate)}).`,
  ];
  return new DivergedError(step, [], broken?.name, lines.join("\n"));
}

/** Parameters that hold something not finite come first; else the last one in the model, where the backward pass begins. */
function firstBroken(parameters: ReadonlyMap<string, Tensor>): { name: string; description: string } | undefined {
  for (const [name, tensor] of parameters) {
    const count = notFinite(tensor);
    if (count > 0) return { name, description: `the parameter ${name}, ${count} of its ${tensor.size} values` };
  }
  for (const [name, tensor] of [...parameters].reverse()) {
    const count = tensor.grad === undefined ? 0 : notFinite(tensor.grad);
    if (count > 0) return { name, description: `the gradient of ${name}, ${count} of its ${tensor.size} values` };
  }
  return undefined;
}

function notFinite(tensor: Tensor): number {
  let count = 0;
  for (const value of tensor.dataSync()) if (!Number.isFinite(value)) count++;
  return count;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
