/** What goes between a page and the Worker in which the library runs. */

/** What a service is given beside its request. */
export interface ServiceContext<Report = never, Told = never> {
  /** Sends something to the caller before the result: a step of training, a sample. */
  report(report: Report): void;
  /** Aborted when the caller loses interest; a long service looks at it whenever it breathes. */
  readonly signal: AbortSignal;
  /** Lets messages in. A service that computes for more than some 10 ms awaits it now and then, or it can be neither stopped nor told. */
  breathe(): Promise<void>;
  /** Calls back with what the caller says while the service runs (`Call.tell`): pause, other settings. */
  onTold(callback: (message: Told) => void): void;
}

/** A function that runs in the Worker. Requests, reports and results must survive `structuredClone`. */
export type Service<Request, Result, Report = never, Told = never> = (
  request: Request,
  context: ServiceContext<Report, Told>,
) => Result | Promise<Result>;

export type ToWorker =
  | { readonly kind: "call"; readonly id: number; readonly service: string; readonly request: unknown }
  | { readonly kind: "tell"; readonly id: number; readonly message: unknown }
  | { readonly kind: "cancel"; readonly id: number };

export type FromWorker =
  | { readonly kind: "report"; readonly id: number; readonly report: unknown }
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  | { readonly kind: "error"; readonly id: number; readonly message: string };
