/** Flattening by UMAP (McInnes, Healy & Melville 2018). The package umap-js computes it; who has it hands it in. */
import type { RandomStream } from "../../tensor/index.js";
import type { Projection } from "./word-map.js";

/** What is used of umap-js's class `UMAP`. */
export type UmapClass = new (settings: { nNeighbors: number; minDist: number; random: () => number }) => {
  /** @returns the epochs that are to be done */
  initializeFit(rows: number[][]): number;
  step(): number;
  getEmbedding(): number[][];
};

/** Epochs between reports: some hundredths of a second. */
const EPOCHS_AT_ONCE = 10;

/**
 * A projection to two dimensions.
 * @param report is told how far it is, from 0 to 1
 */
export function umapProjection(Umap: UmapClass, random: RandomStream, report: (done: number) => void = () => {}): Projection {
  return async (rows) => {
    const layout = new Umap({
      nNeighbors: Math.max(2, Math.min(15, rows.length - 1)),
      minDist: 0.3,
      random: () => random.next(),
    });
    const epochs = layout.initializeFit(rows.map((row) => [...row]));
    for (let epoch = 0; epoch < epochs; epoch++) {
      layout.step();
      if (epoch % EPOCHS_AT_ONCE === 0) {
        report(epoch / epochs);
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    return layout.getEmbedding();
  };
}
