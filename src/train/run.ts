/**
 * A run: everything about one training, in one folder.
 *
 *     run.json                 what was asked for: options, data, model, backend; written once
 *     metrics.jsonl            a line per logged step: numbers, and where the model writes samples, a sample
 *     checkpoints/N.safetensors   the arrays after step N: parameters, optimiser, carried states
 *     checkpoints/N.json          the rest, with the hash of the arrays: the checkpoint counts from the moment this exists
 *
 * plus whatever files a kind of run adds (a vocabulary). Nothing is ever changed in place except that metrics are appended to, and cut
 * back to what a checkpoint knew when a run goes on from it. So a run killed at any instant goes on from its last checkpoint, and ends
 * with the files of a run that was never killed.
 */
import { readSafetensors, writeSafetensors, type StoredTensor } from "../tensor/safetensors.js";
import { jsonBytes, parseJson, sha256, type Json } from "./json.js";
import { withoutRowScales } from "./row-scales.js";
import type { RunStorage } from "./storage.js";

/** The layout of a run folder that this code writes. Raised when an older Unrolled could not read it. */
export const RUN_FORMAT = 1;
/** Checkpoints kept: the last, and the one before in case the last cannot be read. */
const KEPT = 2;
const RUN_FILE = "run.json";
const METRICS_FILE = "metrics.jsonl";
const FOLDER = "checkpoints";

/** A run folder that cannot be used, and why. */
export class RunError extends Error {
  override readonly name = "RunError";
}

/** The contents of run.json: `kind` says which system trains, the rest is its own. */
export interface RunConfig {
  readonly format: number;
  /** The version of Unrolled that made the run. */
  readonly version: string;
  readonly kind: string;
  readonly [key: string]: unknown;
}

export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly state: Json;
}

/** What a manifest, checkpoints/N.json, says under its own hash. */
interface Manifest {
  readonly format: number;
  readonly step: number;
  readonly tensors: { readonly file: string; readonly bytes: number; readonly sha256: string };
  readonly metricsBytes: number;
  readonly state: Json;
}

export class Run {
  readonly storage: RunStorage;
  readonly config: RunConfig;
  #metricsBytes = 0;
  /** Steps of the checkpoints known to be whole, oldest first. */
  #whole: number[] = [];

  private constructor(storage: RunStorage, config: RunConfig) {
    this.storage = storage;
    this.config = config;
  }

  get location(): string {
    return this.storage.location;
  }

  /** Whether a place holds a run, readable or not. */
  static async exists(storage: RunStorage): Promise<boolean> {
    return (await storage.read(RUN_FILE)) !== undefined;
  }

  /**
   * Starts a run in an empty place. `files` are written before run.json, so that a run that exists has them.
   * @throws RunError if there is a run already.
   */
  static async create(
    storage: RunStorage,
    config: Omit<RunConfig, "format">,
    files: Readonly<Record<string, Uint8Array>> = {},
  ): Promise<Run> {
    if (await Run.exists(storage)) throw new RunError(`${storage.location} already holds a run.`);
    for (const [name, bytes] of Object.entries(files)) await storage.write(name, bytes);
    const full = { format: RUN_FORMAT, ...config } as RunConfig;
    await storage.write(RUN_FILE, jsonBytes(full));
    return new Run(storage, full);
  }

  /** @throws RunError if there is no run, it cannot be read, or a newer Unrolled wrote it. */
  static async open(storage: RunStorage): Promise<Run> {
    const bytes = await storage.read(RUN_FILE);
    if (bytes === undefined) throw new RunError(`${storage.location}: no run here (there is no ${RUN_FILE}).`);
    let config: RunConfig;
    try {
      config = parseJson(bytes) as unknown as RunConfig;
    } catch (error) {
      throw new RunError(`${storage.location}/${RUN_FILE} is damaged: ${(error as Error).message}.`);
    }
    if (!Number.isInteger((config as RunConfig | null)?.format)) throw new RunError(`${storage.location}/${RUN_FILE} is not the description of a run.`);
    checkFormat(config.format, `${storage.location} was written by Unrolled ${config.version}`);
    return new Run(storage, config);
  }

  /** A file that the kind of run added. @throws RunError if it is missing. */
  async file(name: string): Promise<Uint8Array> {
    const bytes = await this.storage.read(name);
    if (bytes === undefined) throw new RunError(`${this.location}/${name} is missing.`);
    return bytes;
  }

  // ---- Metrics ---------------------------------------------------------------------------------------------------------

  /** @param sample what the model wrote then, if it did */
  async logMetrics(line: Readonly<Record<string, number>>, sample?: string): Promise<void> {
    const bytes = jsonBytes({ ...line, ...(sample !== undefined && { sample }) }, 0);
    await this.storage.append(METRICS_FILE, bytes);
    this.#metricsBytes += bytes.length;
  }

  /** The numbers of every whole line of metrics.jsonl. */
  async metrics(): Promise<Record<string, number>[]> {
    const bytes = (await this.storage.read(METRICS_FILE)) ?? new Uint8Array(0);
    const lines = new TextDecoder().decode(bytes).split("\n");
    lines.pop(); // nothing, or a line cut off by a kill
    return lines.flatMap((line) => {
      try {
        const { sample: _, ...numbers } = JSON.parse(line) as Record<string, number>;
        return [numbers];
      } catch {
        return [];
      }
    });
  }

  // ---- Checkpoints -------------------------------------------------------------------------------------------------------

  async saveCheckpoint({ step, tensors, state }: Checkpoint): Promise<void> {
    const file = tensorsFile(step);
    const bytes = writeSafetensors(tensors);
    await this.storage.write(file, bytes);
    const manifest: Manifest = {
      format: RUN_FORMAT,
      step,
      tensors: { file, bytes: bytes.length, sha256: await sha256(bytes) },
      metricsBytes: this.#metricsBytes,
      state,
    };
    const sealed = { sha256: await sha256(jsonBytes(manifest, 0)), checkpoint: manifest };
    await this.storage.write(manifestFile(step), jsonBytes(sealed, 0));
    this.#whole = [...this.#whole.filter((other) => other < step), step].slice(-KEPT);
    await this.#removeOthers();
  }

  /** Manifests go before their arrays: a checkpoint is whole or it is none. */
  async #removeOthers(): Promise<void> {
    const kept = new Set(this.#whole.flatMap((step) => [tensorsFile(step), manifestFile(step)]));
    const others = (await this.storage.list(FOLDER)).filter((name) => !kept.has(name));
    const isManifest = (name: string) => (name.endsWith(".json") ? 0 : 1);
    for (const name of others.sort((a, b) => isManifest(a) - isManifest(b))) await this.storage.remove(name);
  }

  /**
   * The last whole checkpoint, or undefined if none was ever finished. A damaged one is passed over with a line in `notes`.
   * @throws RunError if all are damaged, or a newer Unrolled wrote them.
   */
  async lastCheckpoint(): Promise<{ checkpoint: Checkpoint; metricsBytes: number; notes: string[] } | undefined> {
    const notes: string[] = [];
    const manifests = (await this.storage.list(FOLDER)).filter((name) => /\/\d+\.json$/.test(name)).reverse();
    for (const name of manifests) {
      try {
        return { ...(await this.#readCheckpoint(name)), notes };
      } catch (error) {
        if (!(error instanceof DamagedError)) throw error;
        notes.push(`${this.location}/${name}: this checkpoint is damaged (${error.message}); using the one before it.`);
      }
    }
    if (notes.length === 0) return undefined;
    const problems = notes.map((note) => note.replace("; using the one before it", ""));
    throw new RunError(`No checkpoint of this run is whole.\n${problems.join("\n")}`);
  }

  async #readCheckpoint(name: string): Promise<{ checkpoint: Checkpoint; metricsBytes: number }> {
    const { sha256: seal, checkpoint: manifest } = parseManifest(await this.storage.read(name));
    if (manifest === undefined || seal !== (await sha256(jsonBytes(manifest, 0)))) throw new DamagedError("its hash does not fit");
    checkFormat(manifest.format, `${this.location}/${name} was written by another version`);
    const bytes = await this.storage.read(manifest.tensors.file);
    if (bytes === undefined) throw new DamagedError(`${manifest.tensors.file} is missing`);
    if (bytes.length !== manifest.tensors.bytes) {
      throw new DamagedError(`${manifest.tensors.file} has ${bytes.length} bytes instead of ${manifest.tensors.bytes}`);
    }
    if ((await sha256(bytes)) !== manifest.tensors.sha256) throw new DamagedError(`the hash of ${manifest.tensors.file} does not fit`);
    const tensors = withoutRowScales(readSafetensors(bytes, manifest.tensors.file).tensors);
    return { checkpoint: { step: manifest.step, tensors, state: manifest.state }, metricsBytes: manifest.metricsBytes };
  }

  /**
   * Makes the run ready to go on: gives its last whole checkpoint and cuts the metrics back to it (to nothing, if there is none:
   * the run then starts again from its first step).
   */
  async resume(): Promise<{ checkpoint: Checkpoint | undefined; notes: string[] }> {
    const last = await this.lastCheckpoint();
    const notes = last?.notes ?? [];
    const wanted = last?.metricsBytes ?? 0;
    const present = (await this.storage.read(METRICS_FILE))?.length ?? 0;
    if (present < wanted) notes.push(`${this.location}/${METRICS_FILE} is shorter than it was: some of the curve is lost.`);
    this.#metricsBytes = Math.min(wanted, present);
    this.#whole = last === undefined ? [] : [last.checkpoint.step];
    await this.storage.truncate(METRICS_FILE, this.#metricsBytes);
    return { checkpoint: last?.checkpoint, notes };
  }
}

/** A checkpoint whose bytes are not what was written. */
class DamagedError extends Error {}

function parseManifest(bytes: Uint8Array | undefined): { sha256?: string; checkpoint?: Manifest } {
  try {
    return parseJson(bytes ?? new Uint8Array(0)) as { sha256?: string; checkpoint?: Manifest };
  } catch (error) {
    throw new DamagedError((error as Error).message);
  }
}

function checkFormat(format: number, what: string): void {
  if (format === RUN_FORMAT) return;
  throw new RunError(`${what} in format ${format}; this version reads format ${RUN_FORMAT}. Use the version that wrote it.`);
}

function stem(step: number): string {
  return `${FOLDER}/${String(step).padStart(8, "0")}`;
}
const tensorsFile = (step: number) => `${stem(step)}.safetensors`;
const manifestFile = (step: number) => `${stem(step)}.json`;
