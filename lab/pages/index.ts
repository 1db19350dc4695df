/** The pages of the Lab, in the order of the navigation. README.md says how to add one. */
import type { ComponentType } from "preact";

export interface Page {
  /** Its address: `#/unroll`. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly summary: string;
  /** Loads the page's module when it is first opened; missing where the page is not made yet. */
  readonly load?: () => Promise<{ default: ComponentType }>;
}

export const PAGES: readonly Page[] = [
  {
    id: "unroll",
    title: "Unroll",
    summary: "A recurrent network drawn out in time: every number can be changed, every gradient seen.",
    load: () => import("./unroll/page.js"),
  },
  {
    id: "quiz",
    title: "Quiz",
    summary: "Six questions to work out by hand, and as many fresh ones as you like.",
    load: () => import("./quiz/page.js"),
  },
  {
    id: "gradients",
    title: "Gradients",
    summary: "Vanishing and exploding gradients, live, and what each remedy does to them.",
    load: () => import("./gradients/page.js"),
  },
  {
    id: "gates",
    title: "Gates",
    summary: "What each unit of a trained model reacts to while it reads your text.",
    load: () => import("./gates/page.js"),
  },
  {
    id: "train",
    title: "Train here",
    summary: "Training a network of your own on a text of your own, in this page.",
    load: () => import("./train/page.js"),
  },
  {
    id: "runs",
    title: "Runs",
    summary: "Curves, settings and samples of training runs side by side.",
    load: () => import("./runs/page.js"),
  },
  {
    id: "words",
    title: "Words",
    summary: "A map of words by the company they keep.",
    load: () => import("./words/page.js"),
  },
  {
    id: "pen",
    title: "Pen",
    summary: "Handwriting, written by a network.",
    load: () => import("./pen/page.js"),
  },
];
