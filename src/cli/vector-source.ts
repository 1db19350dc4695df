/** Word vectors that a command names: a file of any known format, or the folder of a run. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../data/index.js";
import { streamFile } from "../data/node-text-stream.js";
import { readVectors, type WordVectors } from "../systems/vectors/index.js";
import { Run, RunError } from "../train/index.js";
import { FolderStorage } from "./node-storage.js";

/** The vectors of a run of kind "vectors", in its folder. */
export const RUN_VECTORS = "vectors.safetensors";

/** @throws DataError, RunError saying what is not there, or not as it should be */
export async function openVectors(source: string): Promise<WordVectors> {
  const path = await vectorFile(source);
  return readVectors(streamFile(path), path);
}

/** Whether a command's argument names vectors: a file, or a run of kind "vectors". */
export async function namesVectors(source: string): Promise<boolean> {
  if (!existsSync(source)) return false;
  if (!statSync(source).isDirectory()) return true;
  return existsSync(join(source, "run.json")) && (await Run.open(new FolderStorage(source))).config.kind === "vectors";
}

async function vectorFile(source: string): Promise<string> {
  if (!existsSync(source)) throw new DataError(`${source}: no such run or file.`);
  if (!statSync(source).isDirectory()) return source;
  const { config } = await Run.open(new FolderStorage(source));
  if (config.kind !== "vectors") throw new RunError(`${source} is a run of kind ${JSON.stringify(config.kind)}, which has no word vectors.`);
  const path = join(source, RUN_VECTORS);
  if (existsSync(path)) return path;
  throw new RunError(`${source} has no vectors yet: unrolled resume ${source}`);
}
