/** Words: a map of word vectors, what is near a word, and what can be calculated with words. */
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import type { Analogy, FoundWord } from "../../library/words.js";
import { Trouble } from "../../parts/controls.js";
import { M } from "../../parts/equation.js";
import { tex } from "../../parts/tex.js";
import { addressOf } from "../../route.js";
import { useSettings, writeSettings } from "../../settings.js";
import { Answers } from "./answers.js";
import { WordMapPicture } from "./map.js";
import { EXAMPLES, SCHEMA } from "./settings.js";
import { VectorsField } from "./vectors-field.js";
import { useAsked, useVectors } from "./vectors.js";
import { WordField } from "./word-field.js";
import "./words.css";

export default function Words() {
  const [{ word, analogy }, change] = useSettings(SCHEMA);
  const [file, setFile] = useState<File>();
  const { vectors, done, name, error } = useVectors(file);
  const near = useAsked("nearWords", vectors, analogy ? undefined : word);
  const sum = useAsked("wordAnalogy", vectors, analogy);
  const list = useId();
  const words = vectors?.map.words ?? [];
  const known = useMemo(() => new Set(words.map((each) => each.word)), [words]);
  // Words of one set of vectors need not be in another.
  const [first, setFirst] = useState(vectors);
  useEffect(() => {
    const lost = !(analogy ?? [word]).every((each) => known.has(each));
    if (vectors && first && first !== vectors && lost) change({ word: known.has(word) ? word : words[0]!.word, analogy: undefined });
    setFirst(vectors);
  }, [vectors]);
  const lookUp = (wanted: string) => change({ word: wanted, analogy: undefined });
  const [a, b, c] = analogy ?? EXAMPLES[0]!;
  const calculate = (changes: Partial<Record<0 | 1 | 2, string>>) => change({ analogy: Object.assign([a, b, c], changes) as unknown as Analogy });
  const trouble = analogy ? sum.error : near.error;
  const answered = sum.result ?? near.result;
  const answer = sum.result?.answers[0];
  const arrows: (readonly [FoundWord, FoundWord])[] = sum.result && answer ? [[sum.result.terms[1], sum.result.terms[0]], [sum.result.terms[2], answer]] : [];
  const source = vectors?.name ?? "Moby Dick";
  return (
    <article class="words" data-ready={answered || trouble || (error && !vectors) ? "" : undefined} data-busy={done === undefined ? undefined : ""}>
      <header class="intro">
        <div>
          <h1 tabIndex={-1}>Words</h1>
          <p class="lead">
            Whoever has to guess a word from those around it learns which words are used alike. Each becomes a direction in space, and neighbours
            there are neighbours in meaning.
          </p>
        </div>
        <p class="how">
          Near means a large cosine, <M of={tex`\cos(u, v) = \frac{u \cdot v}{\|u\|\,\|v\|}`} />, of vectors with tens or hundreds of dimensions. The map has two: UMAP keeps
          neighbours together, but distances and directions on it mean little.
        </p>
      </header>

      <VectorsField vectors={vectors} done={done} name={name} own={file !== undefined} onChoose={setFile} />
      {error && <Trouble>{error} {vectors && `The map still shows ${source}.`}</Trouble>}

      <div class="toolbar">
        <WordField label="Look up a word" value={analogy ? "" : word} list={list} known={known} invalid={!analogy && trouble !== undefined} onChange={lookUp} />
        <fieldset class="sum">
          <legend>Or calculate with words</legend>
          <WordField label="A word" value={a} list={list} known={known} onChange={(wanted) => calculate({ 0: wanted })} />
          <span aria-hidden="true">−</span>
          <WordField label="minus" value={b} list={list} known={known} onChange={(wanted) => calculate({ 1: wanted })} />
          <span aria-hidden="true">+</span>
          <WordField label="plus" value={c} list={list} known={known} onChange={(wanted) => calculate({ 2: wanted })} />
        </fieldset>
        <datalist id={list}>{words.map((each) => <option key={each.word} value={each.word} />)}</datalist>
      </div>
      {!vectors?.name && (
        <nav class="presets" aria-label="Examples">
          <ul>
            {EXAMPLES.map((example) => (
              <li key={example.join(" ")}>
                <a href={addressOf("words", writeSettings(SCHEMA, { analogy: example }))} aria-current={example.join(" ") === analogy?.join(" ") ? "true" : undefined}>
                  {example[0]} − {example[1]} + {example[2]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}

      <div class="seen">
        <WordMapPicture
          label={vectors ? `Map of ${words.length} words of ${source}. ${analogy ? "An arrow joins the words of each pair." : "The word and its neighbours stand out."} The list beside it says what they are.` : "The map is being made"}
          words={words}
          main={sum.result?.terms ?? (near.result ? [near.result.word] : [])}
          near={sum.result ? [] : (near.result?.neighbours ?? [])}
          answer={answer}
          arrows={arrows}
          onChoose={lookUp}
        />
        <section class="answers" aria-live="polite" aria-busy={done !== undefined}>
          {trouble ? <Trouble>{trouble}</Trouble> : <Answers near={near.result} sum={sum.result} onChoose={lookUp} />}
        </section>
      </div>

      <section class="prose">
        <h2>Vectors of your own</h2>
        <p>
          Choose a file or drop it anywhere on this page: word2vec’s text or binary form, GloVe’s text, or safetensors
          as <code>unrolled export</code> writes it, gzipped or not. It stays on your machine. <code>unrolled train vectors</code> learns
          them from any text; what comes out of one book is rough, and a hundred times as much text makes better neighbours.
        </p>
      </section>
    </article>
  );
}
