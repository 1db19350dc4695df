/** Reads the folders of training runs, from the server beside the page or from files that were dropped on it. */
import { Run, type RunConfig } from "unrolled";
import type { Service } from "./protocol.js";
import { PlaceStorage, type RunPlace } from "./run-folder.js";

export type { RunConfig };

export interface RunRequest {
  /** What people call it, for messages. */
  readonly name: string;
  readonly place: RunPlace;
  /** Bytes of metrics that the asker has seen: as long as there are no others, the answer is "unchanged". */
  readonly seenBytes?: number | undefined;
}

/** A line of metrics. Losses are in the unit of the run. */
export type MetricsLine = Readonly<Record<string, number>> & { readonly step: number };

export interface Sample {
  readonly step: number;
  readonly text: string;
}

export interface RunReading {
  readonly kind: string;
  readonly config: RunConfig;
  /** What a loss is measured in: "bits per character". */
  readonly unit: string;
  readonly metrics: readonly MetricsLine[];
  /** What the model wrote on the way: of lines that have a text named `sample`. */
  readonly samples: readonly Sample[];
  /** What could not be read, in sentences. */
  readonly notes: readonly string[];
  readonly metricsBytes: number;
}

const METRICS = "metrics.jsonl";

/** @throws RunError where there is no run, or none that can be read */
export const readRun: Service<RunRequest, RunReading | "unchanged"> = async ({ name, place, seenBytes }, { signal }) => {
  const storage = new PlaceStorage(name, place, signal);
  const size = await storage.size(METRICS);
  if (seenBytes !== undefined && size === seenBytes) return "unchanged";
  const { config } = await Run.open(storage);
  const bytes = (await storage.read(METRICS)) ?? new Uint8Array(0);
  const { unit, perNat } = lossUnit(config);
  return { kind: String(config.kind), config, unit, ...metricsOf(bytes, perNat, `${name}/${METRICS}`), metricsBytes: bytes.length };
};

/** Losses in runs are nats (of GloVe, squared errors); shown is what the CLI shows. */
export function lossUnit(config: RunConfig): { unit: string; perNat: number } {
  const own = config[config.kind] as Readonly<Record<string, unknown>> | undefined;
  switch (config.kind) {
    case "text":
      return { unit: `bits per ${String(own?.["vocabulary"] ?? "character").replace(/s$/, "")}`, perNat: 1 / Math.LN2 };
    case "handwriting":
      return { unit: "nats per point", perNat: 1 };
    case "vectors":
      return { unit: own?.["method"] === "glove" ? "weighted squared error" : "nats per pair", perNat: 1 };
    default:
      return { unit: "loss", perNat: 1 };
  }
}

/** Whole lines; one that is still being written, or was cut off by a kill, is no line yet. */
export function metricsOf(bytes: Uint8Array, perNat: number, file: string): Pick<RunReading, "metrics" | "samples" | "notes"> {
  const metrics: MetricsLine[] = [];
  const samples: Sample[] = [];
  const unread: number[] = [];
  const lines = new TextDecoder().decode(bytes).split("\n");
  lines.pop();
  for (const [i, line] of lines.entries()) {
    const read = parsedLine(line);
    if (read === undefined) {
      unread.push(i + 1);
      continue;
    }
    const numbers = Object.entries(read).filter((entry): entry is [string, number] => typeof entry[1] === "number");
    metrics.push(Object.fromEntries(numbers.map(([key, value]) => [key, key.endsWith("Loss") ? value * perNat : value])) as MetricsLine);
    if (typeof read["sample"] === "string") samples.push({ step: read.step, text: read["sample"] });
  }
  const notes = unread.length === 0 ? [] : [
    unread.length === 1
      ? `${file}: line ${unread[0]} is not a JSON object with a step, and is left out.`
      : `${file}: ${unread.length} of ${lines.length} lines, the first of them line ${unread[0]}, are not JSON objects with a step, and are left out.`,
  ];
  return { metrics, samples, notes };
}

function parsedLine(line: string): (Record<string, unknown> & { step: number }) | undefined {
  try {
    const read = JSON.parse(line) as Record<string, unknown> | null;
    return typeof read?.["step"] === "number" ? (read as Record<string, unknown> & { step: number }) : undefined;
  } catch {
    return undefined;
  }
}
