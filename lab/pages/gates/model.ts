/** A model in a Worker of its own, and what it answers. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Library, type Call } from "../../library/client.js";
import type { ModelFacts, Reactions, ReactionsRequest, Reading, ReadRequest } from "../../library/reader.js";
import type { RunFolder } from "../../library/run-folder.js";

export interface OpenModel {
  /** Of the folder; undefined for the model that comes with the Lab. */
  readonly name: string | undefined;
  readonly facts: ModelFacts;
  readonly library: Library;
}

export interface Opening {
  /** What is shown: what was opened last, while another is being read and where that could not be read. */
  readonly model: OpenModel | undefined;
  /** Of what is being read; "" for the Lab's own model. */
  readonly awaited: string | undefined;
  readonly error: string | undefined;
}

/** Opens the model of a run, or the Lab's own for undefined, whenever it is another than before. */
export function useModel(own: RunFolder | undefined): Opening {
  const [opening, setOpening] = useState<Opening>({ model: undefined, awaited: "", error: undefined });
  const shown = useRef<Library | undefined>(undefined);
  useEffect(() => () => shown.current?.close(), []);
  useEffect(() => {
    let current = true;
    const library = new Library();
    setOpening((before) => ({ ...before, awaited: own?.name ?? "", error: undefined }));
    library.call("openModel", { own: own && { name: own.name, place: { files: own.files } } }).result.then(
      (facts) => {
        if (!current) return;
        shown.current?.close();
        shown.current = library;
        setOpening({ model: { name: own?.name, facts, library }, awaited: undefined, error: undefined });
      },
      (error: Error) => {
        library.close();
        if (current) setOpening((before) => ({ ...before, awaited: undefined, error: error.message }));
      },
    );
    return () => {
      current = false;
      if (shown.current !== library) library.close();
    };
  }, [own]);
  return opening;
}

export interface Asked<T> {
  /** The last answer of this model: it stays while the next is awaited. */
  readonly result: T | undefined;
  readonly error: string | undefined;
}

/** Has the model read, one text at a time: while it reads only the newest wish is kept. */
export function useReading(model: OpenModel | undefined, request: ReadRequest): Asked<Reading> {
  const [asked, setAsked] = useState<Asked<Reading> & { readonly of: OpenModel | undefined }>({ result: undefined, error: undefined, of: undefined });
  const wanted = useRef<{ model: OpenModel; request: ReadRequest } | undefined>(undefined);
  const busy = useRef(false);
  const key = JSON.stringify(request);
  useEffect(() => {
    if (!model) return;
    wanted.current = { model, request };
    if (!busy.current) void answer();
  }, [model, key]);
  async function answer() {
    busy.current = true;
    for (let next = wanted.current; next; next = wanted.current) {
      wanted.current = undefined;
      const of = next.model;
      await of.library.call("readText", next.request).result.then(
        (result) => setAsked({ result, error: undefined, of }),
        (error: Error) => setAsked((before) => ({ ...before, error: error.message, of })),
      );
    }
    busy.current = false;
  }
  return asked.of === model ? asked : { result: undefined, error: undefined };
}

export interface Finding extends Asked<Reactions> {
  /** 0 to 1; undefined when nothing is being read. */
  readonly done: number | undefined;
}

/** Has the model read a longer text, and finds out what its units react to; again for another model or text. */
export function useReactions(model: OpenModel | undefined, request: ReactionsRequest): Finding {
  const [finding, setFinding] = useState<Finding & { readonly of: OpenModel | undefined }>({ result: undefined, error: undefined, done: 0, of: undefined });
  useEffect(() => {
    if (!model) return undefined;
    let current = true;
    const put = (more: Partial<Finding>) => current && setFinding((before) => ({ ...(before.of === model ? before : { result: undefined, error: undefined, done: 0, of: model }), ...more }));
    put({ done: 0, error: undefined });
    const call = model.library.call("findReactions", request, (done) => put({ done }));
    call.result.then(
      (result) => put({ result, done: undefined }),
      (error: Error) => put({ error: error.message, done: undefined }),
    );
    return () => {
      current = false;
      call.cancel();
    };
  }, [model, request]);
  return finding.of === model ? finding : { result: undefined, error: undefined, done: 0 };
}

/** Characters per second: as fast as one can just follow. */
const PACE = 30;

export interface WritingOptions {
  /** Drawn from a stream of this seed. */
  readonly seed: number;
  /** May change while it writes. */
  readonly temperature: number;
  /** Characters of the text at most. */
  readonly most: number;
  /** Gets the text with what was added. */
  readonly onText: (text: string) => void;
}

export interface Writing {
  readonly going: boolean;
  /** The text that the model went on from; undefined where it has written nothing. */
  readonly before: string | undefined;
  /** Goes on with a text. */
  readonly start: (text: string) => void;
  readonly pause: () => void;
  /** What comes next is another writing: the text was changed by somebody else. */
  readonly forget: () => void;
}

/** Has the model write on. Paused and started again it writes what it would have written without. */
export function useWriting(model: OpenModel | undefined, { seed, temperature, most, onText }: WritingOptions): Writing {
  const [going, setGoing] = useState(false);
  const [before, setBefore] = useState<string>();
  const call = useRef<Call<"writeOn"> | undefined>(undefined);
  const pause = () => {
    call.current?.cancel();
    call.current = undefined;
    setGoing(false);
  };
  const forget = () => {
    pause();
    setBefore(undefined);
  };
  useEffect(() => forget, [model, seed]);
  useEffect(() => call.current?.tell({ temperature }), [temperature]);
  return {
    going,
    before,
    pause,
    forget,
    start(text) {
      if (!model || text.length >= most) return;
      const from = before !== undefined && text.startsWith(before) ? before : text;
      let written = text;
      const made = model.library.call("writeOn", { text, seed, drawn: [...text].length - [...from].length, length: most - text.length, temperature, pace: PACE }, (more) => {
        if (call.current === made) onText((written += more));
      });
      call.current = made;
      setBefore(from);
      setGoing(true);
      // Where it was cancelled, or closed with its Worker, there is nothing to tell.
      made.result.catch(() => {}).then(() => call.current === made && pause());
    },
  };
}
