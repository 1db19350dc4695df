/** Entry of the Worker in which the library runs: answers calls with the services of services.ts. */
import { loadBackend, setDefaultBackend } from "unrolled";
import type { FromWorker, Service, ToWorker } from "./protocol.js";
import { services } from "./services.js";

interface RunningCall {
  readonly controller: AbortController;
  readonly listeners: ((message: unknown) => void)[];
  /** Told before anybody listened: the backend was still loading. */
  readonly waiting: unknown[];
}

const running = new Map<number, RunningCall>();
const ready = loadBackend().then(setDefaultBackend);
// Calls say what went wrong; without any, nobody needs to know.
ready.catch(() => {});

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
    case "call":
      void answer(data.id, data.service, data.request);
      break;
    case "tell": {
      const call = running.get(data.id);
      if (call?.listeners.length === 0) call.waiting.push(data.message);
      for (const listener of call?.listeners ?? []) listener(data.message);
      break;
    }
    case "cancel":
      running.get(data.id)?.controller.abort();
  }
});

async function answer(id: number, name: string, request: unknown): Promise<void> {
  const call: RunningCall = { controller: new AbortController(), listeners: [], waiting: [] };
  const { signal } = call.controller;
  running.set(id, call);
  try {
    await ready;
    const service = (services as unknown as Readonly<Record<string, Service<unknown, unknown, unknown, unknown>>>)[name];
    if (!service) throw new Error(`there is no service "${name}"`);
    signal.throwIfAborted();
    const result = await service(request, {
      signal,
      breathe,
      report: (report) => send({ kind: "report", id, report }),
      onTold(callback) {
        call.listeners.push(callback);
        for (const message of call.waiting.splice(0)) callback(message);
      },
    });
    send({ kind: "result", id, result });
  } catch (error) {
    send({ kind: "error", id, message: error instanceof Error ? error.message : String(error) });
  } finally {
    running.delete(id);
  }
}

function send(message: FromWorker): void {
  postMessage(message);
}

const channel = new MessageChannel();
const breaths: (() => void)[] = [];
channel.port1.addEventListener("message", () => breaths.shift()?.());
channel.port1.start();

/** A turn of the event loop, without the pause that timers make. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    breaths.push(resolve);
    channel.port2.postMessage(undefined);
  });
}
