/** The model that writes and comes with the Lab, made by scripts/lab-pen.mjs; there may be none. */
import type { RunPlace } from "./run-folder.js";

/** Addresses by path; empty without a model. */
const ADDRESSES = import.meta.glob<string>("../models/pen/**/*.{json,safetensors}", { query: "?url", import: "default", eager: true });
const FOLDER = "../models/pen/";

export const hasShippedPen = Object.keys(ADDRESSES).length > 0;

/** Its run. */
export async function shippedPen(signal: AbortSignal): Promise<RunPlace> {
  const files = await Promise.all(
    Object.entries(ADDRESSES).map(async ([path, address]) => {
      const answer = await fetch(new URL(address, import.meta.url), { signal });
      if (!answer.ok) throw new Error(`The Lab's own model could not be loaded from ${address}: ${answer.status} ${answer.statusText}.`);
      return [path.slice(FOLDER.length), await answer.blob()] as const;
    }),
  );
  return { files: Object.fromEntries(files) };
}
