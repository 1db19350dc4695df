/**
 * The library as a page calls it: every service of services.ts, typed, in a Worker.
 *
 *     const { result } = library().call("describe", undefined);
 *     console.log(await result);
 */
import { useEffect, useState } from "preact/hooks";
import type { FromWorker, ServiceContext, ToWorker } from "./protocol.js";
import type { Services } from "./services.js";

export type ServiceName = keyof Services;
export type RequestOf<N extends ServiceName> = Parameters<Services[N]>[0];
export type ResultOf<N extends ServiceName> = Awaited<ReturnType<Services[N]>>;
type ContextOf<N extends ServiceName> = Parameters<Services[N]> extends [unknown, infer C] ? C : ServiceContext;
export type ReportOf<N extends ServiceName> = ContextOf<N> extends ServiceContext<infer R, infer _> ? R : never;
export type ToldOf<N extends ServiceName> = ContextOf<N> extends ServiceContext<infer _, infer T> ? T : never;

/** A service that was started. */
export interface Call<N extends ServiceName> {
  /** Rejects with what the service threw, in words for people. */
  readonly result: Promise<ResultOf<N>>;
  /** Says something to the running service. */
  tell(message: ToldOf<N>): void;
  /** Asks it to stop; `result` rejects unless it was done already. */
  cancel(): void;
}

export class Library {
  readonly #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "unrolled" });
  readonly #open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void; report(value: unknown): void }>();
  #next = 0;

  constructor() {
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#receive(data));
    this.#worker.addEventListener("error", (event) => {
      const error = new Error(event.message || "The Worker that runs the library could not be started.");
      for (const call of this.#open.values()) call.reject(error);
      this.#open.clear();
    });
  }

  call<N extends ServiceName>(service: N, request: RequestOf<N>, onReport: (report: ReportOf<N>) => void = () => {}): Call<N> {
    const id = this.#next++;
    const result = new Promise<ResultOf<N>>((resolve, reject) => {
      this.#open.set(id, { resolve: resolve as (value: unknown) => void, reject, report: onReport as (value: unknown) => void });
    });
    this.#send({ kind: "call", id, service, request });
    return {
      result,
      tell: (message) => this.#send({ kind: "tell", id, message }),
      cancel: () => this.#send({ kind: "cancel", id }),
    };
  }

  /** Ends the Worker and whatever it computes. */
  close(): void {
    this.#worker.terminate();
    for (const call of this.#open.values()) call.reject(new Error("The Worker was closed."));
    this.#open.clear();
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    const call = this.#open.get(message.id);
    if (!call) return;
    if (message.kind === "report") {
      call.report(message.report);
      return;
    }
    this.#open.delete(message.id);
    if (message.kind === "result") call.resolve(message.result);
    else call.reject(new Error(message.message));
  }
}

let shared: Library | undefined;

/** The Worker that all pages share, for short calls. A page that computes for long makes a `Library` of its own. */
export function library(): Library {
  return (shared ??= new Library());
}

/** What a short service answered last. While an answer to a newer request is awaited, the one before stays. */
export interface Answer<N extends ServiceName> {
  readonly result: ResultOf<N> | undefined;
  /** The request that `result` answers. */
  readonly request: RequestOf<N> | undefined;
  readonly error: string | undefined;
}

/** Asks a short service of the shared Worker, again whenever the request changes (by its JSON). */
export function useAnswer<N extends ServiceName>(service: N, request: RequestOf<N>): Answer<N> {
  const [answer, setAnswer] = useState<Answer<N>>({ result: undefined, request: undefined, error: undefined });
  const key = JSON.stringify([service, request]);
  useEffect(() => {
    let current = true;
    const call = library().call(service, request);
    call.result.then(
      (result) => current && setAnswer({ result, request, error: undefined }),
      (error: Error) => current && setAnswer((before) => ({ ...before, error: error.message })),
    );
    return () => {
      current = false;
      call.cancel();
    };
  }, [key]);
  return answer;
}
