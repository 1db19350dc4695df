/** Vectors in a Worker of their own, and what it answers about them. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Library, type RequestOf, type ResultOf } from "../../library/client.js";
import type { WordMap } from "../../library/words.js";

/** Vectors that were opened. */
export interface OpenVectors {
  /** Of the file; undefined for those that come with the Lab. */
  readonly name: string | undefined;
  readonly map: WordMap;
  readonly library: Library;
}

export interface Opening {
  /** What is shown: what was opened last, while something new is being read and where that could not be read. */
  readonly vectors: OpenVectors | undefined;
  /** How far the layout of what comes next is, 0 to 1; undefined when nothing is on its way. */
  readonly done: number | undefined;
  readonly name: string | undefined;
  readonly error: string | undefined;
}

/** Opens a file, or the Lab's own vectors for undefined, whenever it is another than before. */
export function useVectors(file: File | undefined): Opening {
  const [opening, setOpening] = useState<Opening>({ vectors: undefined, done: 0, name: undefined, error: undefined });
  const shown = useRef<Library | undefined>(undefined);
  useEffect(() => () => shown.current?.close(), []);
  useEffect(() => {
    let current = true;
    const library = new Library();
    const name = file?.name;
    setOpening((before) => ({ ...before, done: 0, name, error: undefined }));
    const call = library.call("wordMap", { file }, (done) => current && setOpening((before) => ({ ...before, done })));
    call.result.then(
      (map) => {
        if (!current) return;
        shown.current?.close();
        shown.current = library;
        setOpening({ vectors: { name, map, library }, done: undefined, name, error: undefined });
      },
      (error: Error) => {
        library.close();
        if (current) setOpening((before) => ({ ...before, done: undefined, error: error.message }));
      },
    );
    return () => {
      current = false;
      if (shown.current !== library) library.close();
    };
  }, [file]);
  return opening;
}

export interface Asked<N extends "nearWords" | "wordAnalogy"> {
  readonly result: ResultOf<N> | undefined;
  readonly error: string | undefined;
}

/** Asks about the vectors, again whenever they or the request change; nothing for a request that is undefined. */
export function useAsked<N extends "nearWords" | "wordAnalogy">(service: N, vectors: OpenVectors | undefined, request: RequestOf<N> | undefined): Asked<N> {
  const [asked, setAsked] = useState<Asked<N> & { readonly key: string; readonly of: OpenVectors | undefined }>();
  const key = useMemo(() => JSON.stringify(request ?? null), [request]);
  useEffect(() => {
    if (!vectors || request === undefined) return undefined;
    let current = true;
    vectors.library.call(service, request).result.then(
      (result) => current && setAsked({ result, error: undefined, key, of: vectors }),
      (error: Error) => current && setAsked({ result: undefined, error: error.message, key, of: vectors }),
    );
    return () => {
      current = false;
    };
  }, [vectors, key]);
  // The answer before stays until the next is there, but not that of other vectors.
  if (request === undefined || asked?.of !== vectors) return { result: undefined, error: undefined };
  return { result: asked?.result, error: asked?.error };
}
