/**
 * Serves the built Lab, and a folder of runs for it to look at, to browsers on this machine: on 127.0.0.1 only, files of those two
 * folders only, to be read only.
 */
import { createReadStream, readdirSync, realpathSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join, relative, resolve, sep } from "node:path";

export interface LabServerOptions {
  /** The built Lab. */
  readonly folder: string;
  /** Runs: served below /runs/, listed at /runs.json. */
  readonly runs?: string | undefined;
  /** 0: any that is free. */
  readonly port: number;
  /** What is not in the folder and can be made when it is asked for; undefined for any other name. */
  readonly made?: (name: string) => string | Uint8Array | undefined;
  /** Send what lets browsers share memory between threads. */
  readonly isolated: boolean;
}

export interface LabServer {
  readonly address: string;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
  ".wasm": "application/wasm", ".woff2": "font/woff2", ".json": "application/json", ".jsonl": "application/jsonl", ".txt": "text/plain; charset=utf-8",
};

const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** More than any page asks for at once. */
const MOST_CONNECTIONS = 64;
/** Of a listing: runs, and folders below the one that was named. */
const MOST_RUNS = 500;
const DEEPEST = 4;

/** @throws Error with code EADDRINUSE where the port is taken */
export async function serveLab(options: LabServerOptions): Promise<LabServer> {
  const server = createServer((request, response) => answer(request, response, options));
  server.maxConnections = MOST_CONNECTIONS;
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((done, failed) => server.once("error", failed).listen(options.port, HOST, done));
  return {
    address: `http://${HOST}:${portOf(server)}/`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function answer(request: IncomingMessage, response: ServerResponse, options: LabServerOptions): void {
  const refuse = (status: number, why: string) => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${why}\n`);
  };
  // A page of another name that resolves to this machine may not read along.
  const host = request.headers.host?.replace(/:\d+$/, "");
  if (host !== HOST && host !== "localhost") return refuse(403, "The Lab answers to 127.0.0.1 and localhost only.");
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "The Lab is only to be read.");
  const path = pathOf(request.url ?? "/");
  if (path === undefined) return refuse(400, "This is no address of the Lab.");
  const common = {
    ...(options.isolated ? ISOLATION : {}),
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
  if (path === "runs.json") {
    const listed = JSON.stringify(options.runs === undefined ? null : runsBelow(options.runs));
    response.writeHead(200, { ...common, "content-type": TYPES[".json"], "cache-control": "no-store" }).end(listed);
    return;
  }
  const ofRuns = path.startsWith("runs/");
  const root = ofRuns ? options.runs : options.folder;
  const file = root === undefined ? undefined : fileIn(root, ofRuns ? path.slice("runs/".length) : path === "" ? "index.html" : path);
  const caching = { "cache-control": path.startsWith("assets/") ? "max-age=31536000, immutable" : "no-store" };
  if (file === undefined) {
    try {
      const made = ofRuns ? undefined : options.made?.(path);
      if (made === undefined) refuse(404, "There is nothing of this name in the Lab.");
      else response.writeHead(200, { ...common, ...caching, "content-type": TYPES[extname(path)] }).end(made);
    } catch (error) {
      refuse(503, error instanceof Error ? error.message : String(error));
    }
    return;
  }
  response.writeHead(200, {
    ...common,
    ...caching,
    "content-type": TYPES[extname(file.path)] ?? "application/octet-stream",
    "content-length": file.size,
  });
  if (request.method === "HEAD" || file.size === 0) {
    response.end();
    return;
  }
  // A file that is being appended to is sent as long as it was when it was asked for.
  createReadStream(file.path, { end: file.size - 1 }).on("error", () => response.destroy()).pipe(response);
}

/** The path of a request, decoded, without the slash before it; undefined where it cannot be one. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.replace(/[?#].*$/s, ""));
    return path.startsWith("/") && !path.includes("\0") ? path.slice(1) : undefined;
  } catch {
    return undefined;
  }
}

/** The regular file of that name below a folder, symbolic links followed; undefined where there is none, or it lies elsewhere. */
function fileIn(root: string, name: string): { path: string; size: number } | undefined {
  try {
    const inside = realpathSync(root) + sep;
    const path = realpathSync(resolve(inside, join(".", sep, name)));
    if (!path.startsWith(inside)) return undefined;
    const { size } = statSync(path);
    return statSync(path).isFile() ? { path, size } : undefined;
  } catch {
    return undefined;
  }
}

/** Folders that hold a run.json, as paths below `root` with slashes ("" is the folder itself), sorted. */
export function runsBelow(root: string): string[] {
  const found: string[] = [];
  const look = (folder: string, depth: number) => {
    if (found.length >= MOST_RUNS) return;
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      return;
    }
    if (entries.some((entry) => entry.name === "run.json")) {
      found.push(relative(root, folder).replaceAll(sep, "/"));
      return;
    }
    if (depth === 0) return;
    for (const entry of entries) if (entry.isDirectory() && !entry.name.startsWith(".")) look(join(folder, entry.name), depth - 1);
  };
  look(root, DEEPEST);
  return found.sort();
}
