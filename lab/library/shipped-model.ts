/** The model that comes with the Lab, made by scripts/lab-model.mjs; where that could not be done the built Lab has none. */
import type { RunPlace } from "./run-folder.js";

/** Addresses by path; empty without a model. */
const ADDRESSES = import.meta.glob<string>(["../../build/lab-model/run/**/*", "../../build/lab-model/unread.txt"], { query: "?url", import: "default", eager: true });
const RUN = /\/lab-model\/run\/(.+)$/;
const UNREAD = /\/lab-model\/unread\.txt$/;

export const hasShippedModel = Object.keys(ADDRESSES).some((path) => UNREAD.test(path));

/** Its run. */
export async function shippedRun(): Promise<RunPlace> {
  const named = Object.entries(ADDRESSES).flatMap(([path, address]) => {
    const name = RUN.exec(path)?.[1];
    return name === undefined ? [] : [[name, address] as const];
  });
  return { files: Object.fromEntries(await Promise.all(named.map(async ([name, address]) => [name, await fetched(address)] as const))) };
}

/** Text of the same kind that it has not read. */
export async function shippedText(): Promise<Blob> {
  return fetched(Object.entries(ADDRESSES).find(([path]) => UNREAD.test(path))![1]);
}

async function fetched(address: string): Promise<Blob> {
  const answer = await fetch(new URL(address, import.meta.url));
  if (!answer.ok) throw new Error(`The Lab's own model could not be loaded from ${address}: ${answer.status} ${answer.statusText}.`);
  return answer.blob();
}
