/** A model in a Worker of its own, and what it is let write. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Library } from "../../library/client.js";
import type { PenModelFacts, PenRequest, PenResult } from "../../library/pen.js";
import type { RunFolder } from "../../library/run-folder.js";
import { hasShippedPen } from "../../library/shipped-pen.js";
import { Writing } from "./writing.js";

export interface OpenModel {
  /** Of the run's folder; undefined for the model that comes with the Lab. */
  readonly name: string | undefined;
  readonly facts: PenModelFacts;
  readonly library: Library;
}

export interface Opening {
  /** What was opened last, also while another is being read and where that could not be read; null where there is none. */
  readonly model: OpenModel | null | undefined;
  readonly opening: boolean;
  readonly error: string | undefined;
}

/** Opens the model of a run, or for undefined that of the Lab. */
export function useModel(folder: RunFolder | undefined): Opening {
  const [state, setState] = useState<Opening>({ model: hasShippedPen ? undefined : null, opening: hasShippedPen, error: undefined });
  const shown = useRef<Library | undefined>(undefined);
  useEffect(() => () => shown.current?.close(), []);
  useEffect(() => {
    if (!folder && !hasShippedPen) {
      shown.current?.close();
      setState({ model: null, opening: false, error: undefined });
      return undefined;
    }
    let current = true;
    const library = new Library();
    setState((before) => ({ ...before, opening: true, error: undefined }));
    const run = folder && { name: folder.name, place: { files: folder.files } };
    library.call("openPen", { run }).result.then(
      (facts) => {
        if (!current) return;
        shown.current?.close();
        shown.current = library;
        setState({ model: { name: folder?.name, facts, library }, opening: false, error: undefined });
      },
      (error: Error) => {
        library.close();
        if (current) setState(({ model = null }) => ({ model, opening: false, error: error.message }));
      },
    );
    return () => {
      current = false;
      if (shown.current !== library) library.close();
    };
  }, [folder]);
  return state;
}

export interface Written {
  /** That of the last request that could be written. */
  readonly writing: Writing | undefined;
  /** Of the last request. */
  readonly result: PenResult | undefined;
  readonly error: string | undefined;
  readonly busy: boolean;
}

/** Lets a model write, anew whenever the request changes. @param onBegin when a first movement is there */
export function useWriting(model: OpenModel | null | undefined, request: Omit<PenRequest, "watched">, onBegin: (writing: Writing) => void): Written {
  const [state, setState] = useState<Written>({ writing: undefined, result: undefined, error: undefined, busy: true });
  const { text, bias, seed, skip, prime, hand } = request;
  useEffect(() => {
    if (!model) return undefined;
    let current = true;
    let writing: Writing | undefined;
    let begun = false;
    setState((before) => ({ ...before, busy: true, error: undefined }));
    const call = model.library.call("writePen", { ...request, watched: true }, (report) => {
      if (!current) return;
      if ("lines" in report) {
        if (report.lines.length > 0) writing = new Writing(report.lines, prime !== undefined);
        return;
      }
      writing!.add(report);
      if (begun) return;
      begun = true;
      onBegin(writing!);
      setState((before) => ({ ...before, writing }));
    });
    call.result.then(
      (result) => {
        if (!current) return;
        writing?.finish(result);
        setState((before) => ({ ...before, result, busy: false }));
      },
      (error: Error) => current && setState((before) => ({ ...before, error: error.message, busy: false })),
    );
    return () => {
      current = false;
      call.cancel();
    };
  }, [model, text, bias, seed, skip, prime, hand]);
  return state;
}

/** The same text by other seeds, strokes only, one after the other once `ready`. */
export function useOthers(model: OpenModel | null | undefined, request: Omit<PenRequest, "watched">, seeds: readonly number[], ready: boolean): ReadonlyMap<number, PenResult> {
  const [others, setOthers] = useState<ReadonlyMap<number, PenResult>>(new Map());
  const { text, bias, skip, prime, hand } = request;
  const key = seeds.join();
  useEffect(() => {
    if (!model || !ready) return undefined;
    let current = true;
    let cancel = () => {};
    void (async () => {
      const found = new Map<number, PenResult>();
      for (const seed of seeds) {
        const call = model.library.call("writePen", { ...request, seed, watched: false });
        cancel = () => call.cancel();
        const result = await call.result.catch(() => undefined);
        if (!current) return;
        if (result) found.set(seed, result);
        setOthers(new Map(found));
      }
    })();
    return () => {
      current = false;
      cancel();
    };
  }, [model, text, bias, skip, prime, hand, key, ready]);
  return others;
}
