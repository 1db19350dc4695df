/** What may be claimed of feed-forward and recurrent networks: right or wrong, and why. statements.test.ts lets the library speak. */

export interface Statement {
  readonly text: string;
  readonly holds: boolean;
  readonly because: string;
}

export const STATEMENTS = {
  noMemory: {
    text: "A feed-forward network gives an input the same answer, whatever it was shown before.",
    holds: true,
    because: "nothing is left in it from one input to the next",
  },
  context: {
    text: "A recurrent network may answer the same input differently, depending on what came before.",
    holds: true,
    because: "its state carries what it has read, and the answer is a function of both",
  },
  weightsPerStep: {
    text: "A recurrent network has weights of its own for every time step.",
    holds: false,
    because: "all steps share one set of weights: that is what makes the unrolled network recurrent",
  },
  future: {
    text: "The state of a simple recurrent network at a step depends on inputs that come later.",
    holds: false,
    because: "states are computed forward in time; only a bidirectional network also reads from the end",
  },
  anyLength: {
    text: "The same recurrent network can read sequences of different lengths.",
    holds: true,
    because: "it is applied once more for every further element, with the weights it has",
  },
  order: {
    text: "Two sequences of the same elements in another order leave a recurrent network in the same state.",
    holds: false,
    because: "each state is computed from the one before, so the order counts",
  },
  zeroRecurrent: {
    text: "An Elman network whose recurrent weight is 0 still remembers the input before the last.",
    holds: false,
    because: "with W_R = 0 the state depends on the present input alone: it is a feed-forward network",
  },
  unrolled: {
    text: "Unrolled over ten steps, a recurrent network is a feed-forward network with shared weights.",
    holds: true,
    because: "each step is a layer that takes the state of the layer before, and an input of its own",
  },
  cycles: {
    text: "A feed-forward network may contain connections that lead back to an earlier layer.",
    holds: false,
    because: "a connection back is what makes a network recurrent",
  },
  sharedGradient: {
    text: "In training, the gradient of a recurrent weight is a sum over all the steps that used it.",
    holds: true,
    because: "every step used the same number, so each adds its share of the slope",
  },
} satisfies Readonly<Record<string, Statement>>;

export type StatementName = keyof typeof STATEMENTS;

/** Those of the first question of the notes. */
export const NOTES_STATEMENTS: readonly StatementName[] = ["noMemory", "context", "weightsPerStep", "future"];
