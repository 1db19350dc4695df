/**
 * Trains a model of text in the page: a run like those of the command line, kept in memory. It begins here or comes in a folder, goes on
 * until it is done or paused, and can be taken away at any time. The Worker holds one.
 */
import { checkpointProgress, defaultBackend, MemoryStorage, Run, RunError, trainSteps, type Progress } from "unrolled";
import { fingerprint, type Fingerprint, type SourceFile } from "unrolled/data";
import {
  createTextRun, INPUT_FILE, reopenTextRun, TEXT_DEFAULTS, textRunConfigOf, type TextConfig, type TextRunConfig, type TextSession,
} from "unrolled/systems/text";
import type { Service, ServiceContext } from "./protocol.js";
import { PlaceStorage, runFoldersAmong, type NamedFile } from "./run-folder.js";
import { lossUnit, metricsOf, type MetricsLine, type Sample } from "./runs.js";
import { asCorpus, bytesOf, corpusOf, MOBY_DICK, readMobyDick, type GivenText } from "./texts.js";

export interface BeginRequest {
  /** What the run's folder is called after, beside its cell. */
  readonly name: string;
  /** What is missing is as the command line has it. */
  readonly config: Partial<TextConfig>;
  readonly steps: number;
  readonly text: GivenText | typeof MOBY_DICK;
  /** The source of a cell, in place of the library's that the configuration names. */
  readonly cell?: string | undefined;
}

export interface OpenRequest {
  /** A run's folder, or a .zip of one; texts may lie beside it. */
  readonly files: readonly NamedFile[];
  /** What people call what they opened. */
  readonly what: string;
}

/** A run that is held. */
export interface HeldRun {
  readonly name: string;
  readonly config: TextRunConfig;
  /** What a loss is measured in. */
  readonly unit: string;
  /** "character" */
  readonly token: string;
  readonly vocabularySize: number;
  readonly step: number;
  /** Where it ends, once that is known; and whether nothing remains to be done, the last line of metrics included. */
  readonly steps: number | undefined;
  readonly complete: boolean;
  /** How it writes its own cell. */
  readonly cellSource: string | undefined;
  readonly metrics: readonly MetricsLine[];
  readonly samples: readonly Sample[];
  /** What is worth knowing, in sentences. */
  readonly notes: readonly string[];
}

/** Texts that a run learns from and does not carry. */
export interface MissingTexts {
  readonly name: string;
  readonly missing: readonly { readonly name: string; readonly bytes: number }[];
}

export interface TrainingReport {
  readonly progress: Omit<Progress, "logged" | "sample">;
  /** Lines of metrics, and what was written with them, since the last report. */
  readonly lines: readonly MetricsLine[];
  readonly samples: readonly Sample[];
}

const METRICS = "metrics.jsonl";
/** Beside cell.json, for people, and to be gone on with in the editor. */
const CELL_SOURCE = "cell.ts";
/** Milliseconds between reports. */
const REPORT_EVERY = 200;

let held: { readonly name: string; readonly storage: MemoryStorage; readonly session: TextSession } | undefined;

/** Threads that the Worker could have; one less leaves a core to the page. */
let most: number | undefined;

function takeThreads(wanted?: number): number {
  const backend = defaultBackend();
  most ??= backend.threads;
  backend.setThreads(Math.max(1, Math.min(most, wanted ?? most - 1)));
  return backend.threads;
}

/** @throws DataError for what is no text; CellSourceError */
export const beginRun: Service<BeginRequest, HeldRun> = async ({ name: about, config: wanted, steps, text, cell: source }) => {
  const config = { ...TEXT_DEFAULTS, ...wanted };
  const cell = source === undefined ? undefined : (await import("./check-cell.js")).usableCell(source);
  const name = `${about}-${cell?.name ?? config.cell}`.replaceAll(" ", "-");
  const corpus = await corpusOf(text, config.vocabulary);
  takeThreads();
  const { name: backend, isa, threads } = defaultBackend();
  const storage = new MemoryStorage(name);
  const files = source === undefined ? {} : { [CELL_SOURCE]: new TextEncoder().encode(source) };
  const version = import.meta.env.UNROLLED_VERSION;
  const { notes, ...session } = await createTextRun(storage, { text: config, budget: { steps }, corpus, backend: { name: backend, isa, threads }, version, cell, files });
  held = { name, storage, session };
  return describeHeld(notes);
};

/** @throws RunError where there is no run, or none that can go on */
export const openRun: Service<OpenRequest, HeldRun | MissingTexts> = async ({ files: given, what }, { signal }) => {
  const files = await unpacked(given);
  const folders = runFoldersAmong(files, what);
  if (folders.length > 1) throw new RunError(`${what} holds ${folders.length} runs: open one of them, ${folders[0]!.name} or ${folders[1]!.name}.`);
  const [folder] = folders as [(typeof folders)[0]];
  const name = folder.name === "." ? what.replace(/\.zip$/, "") : folder.name.split("/").at(-1)!;
  const storage = await copied(new PlaceStorage(name, { files: folder.files }, signal));
  const run = await Run.open(storage);
  const config = textRunConfigOf(run);
  const found = await textsOf(config, storage, files.filter(({ file }) => !Object.values(folder.files).includes(file)));
  if ("missing" in found) return { name, missing: found.missing };
  const threads = takeThreads(config.backend.name === "wasm" ? config.backend.threads : undefined);
  const { notes, checkpoint: _, ...session } = await reopenTextRun(run, config, await asCorpus(found.files, config.text.vocabulary));
  held = { name, storage, session };
  const began = config.backend;
  const same = began.name === "wasm" && began.threads === threads;
  const note = `It began on ${began.name} ${began.isa} with ${counted(began.threads, "thread")}; here it is WebAssembly with ${counted(threads, "thread")}: the last bits of its numbers will differ.`;
  return describeHeld(same ? notes : [...notes, note]);
};

/** Trains on, up to a step where one is given; done when the run is, or when told to pause. */
export const trainOn: Service<{ readonly steps?: number | undefined }, HeldRun, TrainingReport, "pause"> = async ({ steps }, context) => {
  const { session } = theRun();
  const { run, config } = session;
  const { checkpoint } = await run.resume();
  const budget = steps !== undefined ? { steps } : checkpoint === undefined ? config.budget : undefined;
  let paused = false;
  context.onTold(() => (paused = true));
  const training = trainSteps({ ...session, settings: config.text, checkpoint, ...(budget && { budget }) });
  const teller = new Teller(context, lossUnit(config).perNat);
  for await (const progress of training) {
    teller.tell(progress);
    await context.breathe();
    if (!paused && !context.signal.aborted) continue;
    teller.finish();
    // Leaving saves, as the end does.
    break;
  }
  teller.finish();
  return describeHeld([]);
};

/** The run's folder as a .zip. */
export const packRun: Service<undefined, { readonly name: string; readonly zip: Uint8Array<ArrayBuffer> }> = async () => {
  const { name, storage } = theRun();
  const { zipSync } = await import("fflate");
  // Arrays of numbers hardly get smaller.
  const files = [...storage.files].map(([path, bytes]) => [`${name}/${path}`, [bytes, { level: path.endsWith(".safetensors") ? 0 : 6 }]] as const);
  return { name, zip: zipSync(Object.fromEntries(files) as never) as Uint8Array<ArrayBuffer> };
};

function theRun(): NonNullable<typeof held> {
  if (!held) throw new Error("There is no run yet.");
  return held;
}

async function describeHeld(notes: readonly string[]): Promise<HeldRun> {
  const { name, storage, session: { config, vocabulary, run } } = theRun();
  const { unit, perNat } = lossUnit(config);
  const { metrics, samples, notes: unread } = metricsOf((await storage.read(METRICS)) ?? new Uint8Array(0), perNat, `${name}/${METRICS}`);
  const source = await storage.read(CELL_SOURCE);
  const last = await run.lastCheckpoint();
  const { step, steps } = last ? checkpointProgress(last.checkpoint) : { step: 0, steps: undefined };
  return {
    name, config, unit, metrics, samples, step,
    steps: steps ?? ("steps" in config.budget ? config.budget.steps : undefined),
    complete: steps !== undefined && step >= steps && metrics.at(-1)?.step === step,
    token: vocabulary.unit,
    vocabularySize: vocabulary.size,
    cellSource: source && new TextDecoder().decode(source),
    notes: [...notes, ...unread],
  };
}

/** Reports now and then. */
class Teller {
  readonly #context: ServiceContext<TrainingReport, "pause">;
  readonly #perNat: number;
  #lines: MetricsLine[] = [];
  #samples: Sample[] = [];
  #last: Progress | undefined;
  #toldAt = performance.now();

  constructor(context: ServiceContext<TrainingReport, "pause">, perNat: number) {
    this.#context = context;
    this.#perNat = perNat;
  }

  tell(progress: Progress): void {
    this.#last = progress;
    const { step, logged, sample } = progress;
    if (logged) this.#lines.push(Object.fromEntries(Object.entries(logged).map(([key, value]) => [key, key.endsWith("Loss") ? value * this.#perNat : value])) as MetricsLine);
    if (sample !== undefined) this.#samples.push({ step, text: sample });
    if (performance.now() - this.#toldAt >= REPORT_EVERY) this.finish();
  }

  /** Tells what was not told yet. */
  finish(): void {
    if (!this.#last) return;
    const { logged: _, sample: __, ...progress } = this.#last;
    const inUnit = (nats: number | undefined) => (nats === undefined ? undefined : nats * this.#perNat);
    this.#context.report({
      progress: { ...progress, trainingLoss: progress.trainingLoss * this.#perNat, validationLoss: inUnit(progress.validationLoss) },
      lines: this.#lines,
      samples: this.#samples,
    });
    this.#last = undefined;
    this.#lines = [];
    this.#samples = [];
    this.#toldAt = performance.now();
  }
}

/** Files, those of archives in place of the archives. @throws RunError for an archive that cannot be read */
async function unpacked(given: readonly NamedFile[]): Promise<readonly NamedFile[]> {
  const all: NamedFile[] = [];
  for (const { path, file } of given) {
    if (!path.toLowerCase().endsWith(".zip")) {
      all.push({ path, file });
      continue;
    }
    const { unzipSync } = await import("fflate");
    try {
      const files = unzipSync(new Uint8Array(await file.arrayBuffer()));
      for (const [name, bytes] of Object.entries(files)) if (!name.endsWith("/")) all.push({ path: name, file: new File([bytes as Uint8Array<ArrayBuffer>], name) });
    } catch (error) {
      throw new RunError(`${path} is not a .zip that can be read: ${(error as Error).message}.`, { cause: error });
    }
  }
  return all;
}

async function copied(place: PlaceStorage): Promise<MemoryStorage> {
  const storage = new MemoryStorage(place.location);
  for (const name of await place.list("")) {
    const bytes = await place.read(name);
    if (bytes) storage.files.set(name, bytes);
  }
  return storage;
}

/** The texts of a run, by their hashes: those it carries, those that were given, the Lab's own. */
async function textsOf({ data }: TextRunConfig, storage: MemoryStorage, beside: readonly NamedFile[]): Promise<{ readonly files: readonly SourceFile[] } | Pick<MissingTexts, "missing">> {
  if (data.corpus !== undefined && data.corpus !== MOBY_DICK) {
    throw new RunError(`${storage.location} learns from the corpus ${data.corpus}, which only the command line has: unrolled resume ${storage.location}`);
  }
  const kept = storage.files.get(INPUT_FILE);
  const given = await Promise.all(beside.map(({ path, file }) => bytesOf({ name: path, content: file })));
  const atHand = [...(kept ? [{ name: INPUT_FILE, bytes: kept }] : []), ...given];
  let found = await among(atHand, data.fingerprint);
  if (found.includes(undefined)) found = await among([...atHand, ...(await readMobyDick())], data.fingerprint);
  const missing = data.fingerprint.files.filter((_, i) => found[i] === undefined).map(({ name, bytes }) => ({ name, bytes }));
  return missing.length > 0 ? { missing } : { files: found as SourceFile[] };
}

/** The files of a fingerprint, in its order; undefined where none of these is one. */
async function among(files: readonly SourceFile[], wanted: Fingerprint): Promise<(SourceFile | undefined)[]> {
  const known = (await fingerprint(files)).files;
  return wanted.files.map(({ name, sha256 }) => {
    const place = known.findIndex((file) => file.sha256 === sha256);
    return place < 0 ? undefined : { name, bytes: files[place]!.bytes };
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
