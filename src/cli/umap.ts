/** UMAP by the package umap-js, where that is installed. */
import { umapProjection, type Projection } from "../systems/vectors/index.js";
import type { RandomStream } from "../tensor/index.js";

const PACKAGE = "umap-js";
const VERSION = "1.4.0";

/** The library is not there; the message says how to get it. */
export class MissingPackageError extends Error {
  override readonly name = "MissingPackageError";
}

/**
 * A projection to two dimensions.
 * @param report is told how far it is, from 0 to 1
 * @throws MissingPackageError
 */
export async function umap(random: RandomStream, report: (done: number) => void): Promise<Projection> {
  const { UMAP } = await import("umap-js").catch((error: unknown) => {
    throw new MissingPackageError(`Maps are made by the package ${PACKAGE}, which is not installed: npm install ${PACKAGE}@${VERSION}`, { cause: error });
  });
  return umapProjection(UMAP, random, report);
}
