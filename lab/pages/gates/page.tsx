/** Gates: a trained character model reads what is typed, and shows what each of its units does and reacts to. */
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import type { CellValue, ReactionsRequest, Reading } from "../../library/reader.js";
import type { RunFolder } from "../../library/run-folder.js";
import { TEXT_PROPERTIES } from "../../library/text-properties.js";
import { shown } from "../../numbers.js";
import { Button, NumberField, Segmented, Select, Trouble } from "../../parts/controls.js";
import { Equation, M } from "../../parts/equation.js";
import { HeatMap } from "../../parts/heat-map.js";
import { display, tex } from "../../parts/tex.js";
import { addressOf } from "../../route.js";
import { useSettings, writeSettings } from "../../settings.js";
import { useDraft } from "./draft.js";
import { Guesses, type Guess } from "./guesses.js";
import { LongerText } from "./longer-text.js";
import { ModelField } from "./model-field.js";
import { useModel, useReactions, useReading, useWriting } from "./model.js";
import { correlationText, quoted, valueName } from "./names.js";
import { Ranking } from "./ranking.js";
import { ReadingField } from "./reading-field.js";
import { scaleOf } from "./scale.js";
import { EXAMPLES, MOST_TEXT, SCHEMA } from "./settings.js";
import { Properties, Units } from "./units.js";
import "./gates.css";

export default function Gates() {
  const [settings, change] = useSettings(SCHEMA);
  const [own, setOwn] = useState<RunFolder>();
  const [refused, setRefused] = useState<string>();
  const [text, setText] = useDraft(settings.text, (next) => change({ text: next }));
  const [at, setAt] = useDraft(settings.at, (next) => change({ at: next }));
  const [temperature, setTemperature] = useDraft(settings.temperature, (next) => change({ temperature: next }));
  const { model, awaited, error } = useModel(own);
  const [chosen, setChosen] = useState<{ readonly of: typeof model; readonly over: ReactionsRequest }>();
  // No text is known that is like those of a model of one's own.
  const usual = useMemo((): ReactionsRequest => ({ over: model?.name === undefined ? "unread" : "own" }), [model]);
  const over = chosen?.of === model && chosen ? chosen.over : usual;
  const facts = model?.facts;
  const layer = Math.min(settings.layer, facts?.layers ?? 1);
  const value = facts?.values.find(({ name }) => name === settings.value) ?? facts?.values[0] ?? CELL_STATE;
  const { result: reading, error: unread } = useReading(model, { text, layer: layer - 1, value: value.name });
  const { result: reactions, error: unfound, done } = useReactions(model, over);
  const writing = useWriting(model, { seed: settings.seed, temperature, most: MOST_TEXT, onText: setText });
  // Text that comes from elsewhere, a link, is nobody's writing.
  useEffect(() => {
    if (writing.before !== undefined && !settings.text.startsWith(writing.before)) writing.forget();
  }, [settings.text]);

  // Until what was asked for is there, what was there before keeps its colours.
  const seen = facts?.values.find(({ name }) => name === reading?.value) ?? value;
  const units = reading?.units ?? facts?.hidden ?? 0;
  const property = TEXT_PROPERTIES.findIndex(({ id }) => id === settings.by);
  const found = reactions?.correlations[layer - 1]?.[value.name];
  const ranking = useMemo(() => found && new Ranking(found, found.length / TEXT_PROPERTIES.length), [found]);
  const order = useMemo(() => ranking?.order(property) ?? Array.from({ length: units }, (_, unit) => unit), [ranking, property, units]);
  const unit = settings.unit > 0 ? Math.min(settings.unit, units) - 1 : (ranking?.best(property)?.unit ?? 0);
  const length = reading?.characters.length ?? 0;
  // While it writes the end is looked at.
  const place = writing.going || at === 0 ? length : Math.min(at, length);
  const described = useId();
  const takeBack = () => {
    setText(writing.before!);
    writing.forget();
  };
  const trouble = refused ?? error;
  return (
    <article class="gates" data-ready={reading || unread || (error && !model) ? "" : undefined} data-busy={awaited !== undefined || (model && done !== undefined) || writing.going ? "" : undefined}>
      <header class="intro">
        <div>
          <h1 tabIndex={-1}>Gates</h1>
          <p class="lead">
            A network that guesses the next character of a text reads it one by one, and keeps what it may need. Each unit finds its own thing to
            follow; of some one can say what it is.
          </p>
        </div>
        <div class="how">
          <Equation of={display`c_t = f_t \odot c_{t-1} + i_t \odot g_t \qquad h_t = o_t \odot \tanh c_t`} label="The state of an LSTM" />
          <p>
            The gates <M of={tex`f_t`} />, <M of={tex`i_t`} /> and <M of={tex`o_t`} /> of an LSTM say, unit by unit and at every character, how much of
            the cell state <M of={tex`c`} /> stays, what is added, and what is shown.
          </p>
        </div>
      </header>

      <ModelField
        model={model} awaited={awaited} own={own !== undefined}
        onChoose={(folder) => (setRefused(undefined), setOwn(folder))} onRefuse={setRefused}
      />
      {trouble && <Trouble>{trouble} {model && `Shown is still ${model.name ?? "Moby Dick"}.`}</Trouble>}
      {facts?.notes.map((note) => <Trouble key={note}>{note}</Trouble>)}
      {unread && <Trouble>The text could not be read: {unread}</Trouble>}

      {(model || awaited !== undefined) && (
        <>
          {model?.name === undefined && (
            <nav class="presets" aria-label="Examples">
              <ul>
                {EXAMPLES.map(({ title, ...example }) => (
                  <li key={title}>
                    <a href={addressOf("gates", writeSettings(SCHEMA, { ...settings, ...example, unit: 0 }))} aria-current={settings.by === example.by && value.name === example.value && settings.unit === 0 ? "true" : undefined}>{title}</a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
          <div class="toolbar">
            <Select label="Value" value={value.name} choices={(facts?.values ?? [CELL_STATE]).map((each) => [each.name, valueName(each)] as const)} onChange={(name) => change({ value: name })} />
            {facts && facts.layers > 1 && (
              <Segmented label="Layer" value={String(layer)} choices={Array.from({ length: facts.layers }, (_, i) => [String(i + 1), String(i + 1)] as const)} onChange={(wanted) => change({ layer: Number(wanted) })} />
            )}
            <NumberField label="Unit" value={unit + 1} step={1} min={1} max={Math.max(1, units)} whole onChange={(wanted) => change({ unit: wanted })} />
            <div class="writing">
              <label class="field temperature">
                <span>Temperature {shown(temperature)}</span>
                <input type="range" min={0} max={2} step={0.05} value={temperature} onInput={(event) => setTemperature(Number(event.currentTarget.value))} />
              </label>
              <NumberField label="Seed" value={settings.seed} step={1} min={0} whole onChange={(seed) => change({ seed })} />
              {writing.going ? (
                <Button kind="main" onClick={() => (writing.pause(), setAt(0))}>Pause</Button>
              ) : (
                <Button kind="main" disabled={!model || text.length >= MOST_TEXT} onClick={() => (setAt(0), writing.start(text))}>Let it write on</Button>
              )}
              <Button kind="quiet" disabled={writing.before === undefined} onClick={takeBack}>Take it back</Button>
            </div>
          </div>
          <div class="bench">
            <section class="text">
              <Painted
                reading={reading} text={text} at={place} unit={unit} value={seen} described={described} going={writing.going}
                writtenFrom={writing.before === undefined ? undefined : [...writing.before].length}
                onText={(next, caret) => {
                  writing.forget();
                  setText(next);
                  setAt(caret);
                }}
                onAt={(caret) => !writing.going && setAt(caret)}
              />
              <p class="small reacts" id={described}>
                Unit {unit + 1}, {valueName(value)}{ranking && <>: {reactsTo(ranking, unit)}</>}
              </p>
              {text.length >= MOST_TEXT && <p class="small">The page reads {MOST_TEXT.toLocaleString("en")} characters and no more: take some away.</p>}
              {reading && reading.unknown.length > 0 && <p class="small">The model has never seen {reading.unknown.map(quoted).join(", ")}: it reads them all as one character that it does not know.</p>}
            </section>

            <section class="seen" aria-label="All units">
              <div>
                <p class="label">{units > 0 ? `All ${units} units` : "All units"}</p>
                <UnitMap
                  reading={reading} order={order} unit={unit} at={place} value={seen} sorted={ranking && TEXT_PROPERTIES[property]!.name}
                  onChoose={(one, character) => (change({ unit: one + 1 }), setAt(character))}
                />
              </div>
              <Guesses
                before={reading?.characters.slice(0, place).join("") ?? ""}
                guesses={reading && facts && place > 0 ? guessesAt(reading, place - 1, facts.tokens) : []}
                actual={reading?.characters[place]}
                probability={reading?.probabilities[place]}
              />
            </section>

            <aside class="reactions" aria-label="What units react to">
              <Properties ranking={ranking} by={settings.by} onChange={(by) => change({ by: by as typeof settings.by, unit: 0 })} />
              <Units ranking={ranking} by={settings.by} unit={unit} onChange={(chosen) => change({ unit: chosen + 1 })} />
              <LongerText over={over} length={reactions?.length} done={model && done} error={unfound} own={model?.name !== undefined} onChange={(next) => setChosen({ of: model, over: next })} />
            </aside>
          </div>
        </>
      )}

      <section class="prose">
        <h2>A model of your own</h2>
        <p>
          Open the folder of a run that <code>unrolled train text</code> has left, of any cell, or drop it anywhere on this page. It stays on your
          machine. The correlation of a unit with a property of the text is <M of={tex`r = \frac{\mathrm{cov}(u, p)}{\sigma_u\,\sigma_p}`} /> over all
          characters of a longer text: 1 or −1 where one follows from the other, 0 where neither tells anything of the other.
        </p>
      </section>
    </article>
  );
}

/** Until it is known what there is. */
const CELL_STATE: CellValue = { name: "c", range: "free" };

function reactsTo(ranking: Ranking, unit: number): string {
  const found = ranking.properties(unit, 3).map(({ property, r }) => `${TEXT_PROPERTIES[property]!.name.toLowerCase()} ${correlationText(r)}`);
  return found.length === 0 ? "always the same" : found.join(", ");
}

function guessesAt({ guesses, guessed, guessedProbabilities }: Reading, i: number, tokens: readonly string[]): Guess[] {
  return Array.from(guessed.subarray(i * guesses, (i + 1) * guesses), (token, k) => ({ character: tokens[token] ?? "", probability: guessedProbabilities[i * guesses + k]! }));
}

function Painted({ reading, text, at, unit, value, described, going, writtenFrom, onText, onAt }: {
  readonly reading: Reading | undefined; readonly text: string; readonly at: number; readonly unit: number; readonly value: CellValue; readonly described: string;
  readonly going: boolean; readonly writtenFrom: number | undefined; readonly onText: (text: string, at: number) => void; readonly onAt: (at: number) => void;
}) {
  const values = useMemo(() => reading ? Float32Array.from(reading.characters, (_, t) => reading.values[t * reading.units + unit]!) : new Float32Array(0), [reading, unit]);
  const { low, high, tint } = useMemo(() => scaleOf(value, values), [value, values]);
  const tints = useMemo(() => values.map(tint), [values]);
  return (
    <>
      <ReadingField text={text} most={MOST_TEXT} tints={tints} gate={value.range === "gate"} writtenFrom={writtenFrom} at={at} readOnly={going} describedBy={described} onText={onText} onAt={onAt} />
      <p class="small muted scale" aria-hidden="true">
        {shown(low)} <i class={low < 0 ? "diverging" : "sequential"} /> {shown(high)}
        <span>{at > 0 && values[at - 1] !== undefined && <>{shown(values[at - 1]!)} after {quoted(reading!.characters[at - 1]!)}</>}</span>
      </p>
    </>
  );
}

function UnitMap({ reading, order, unit, at, value, sorted, onChoose }: {
  readonly reading: Reading | undefined; readonly order: readonly number[]; readonly unit: number; readonly at: number; readonly value: CellValue;
  readonly sorted: string | undefined; readonly onChoose: (unit: number, at: number) => void;
}) {
  const columns = reading?.characters.length ?? 0;
  const rows = reading ? order.length : 0;
  const own = value.range === "free";
  const values = useMemo(() => {
    const laid = new Float32Array(rows * columns);
    order.forEach((one, row) => {
      const line = laid.subarray(row * columns, (row + 1) * columns);
      for (let t = 0; t < columns; t++) line[t] = reading!.values[t * reading!.units + one]!;
      // Without bounds some units reach a hundred times as far as others: each has colours of its own.
      if (own) line.set(line.map(scaleOf(value, line).tint));
    });
    return laid;
  }, [reading, order, own]);
  const row = order.indexOf(unit);
  return (
    <HeatMap
      label={`${valueName(value)} of ${rows} units at ${columns} characters${sorted ? `, sorted by ${sorted.toLowerCase()}` : ""}. The text beside it shows the chosen unit, the lists which ones react most.`}
      rows={rows} columns={columns} values={values} low={value.range === "gate" ? 0 : -1} high={1} palette={value.range === "gate" ? "sequential" : "diverging"}
      format={own ? (share) => `${shown(100 * share)} %` : shown} height={400}
      xLabel={own ? "characters; colours by the largest value of each unit" : "characters"}
      yLabel={sorted ? `units, from ${sorted.toLowerCase()} up to down` : "units"}
      describe={(r, t) => {
        const exact = own ? `, ${shown(reading!.values[t * reading!.units + order[r]!]!)}` : "";
        return `unit ${order[r]! + 1}, ${quoted(reading!.characters[t]!)}${exact}`;
      }}
      marked={rows > 0 ? { ...(row >= 0 && { row }), ...(at > 0 && { column: at - 1 }) } : {}}
      onChoose={(r, t) => onChoose(order[r]!, t + 1)}
    />
  );
}
