/** What the model takes to come next. */
import { characterName, isNamed, quoted } from "./names.js";

/** A character that may come next: "" for the end of the text. */
export interface Guess {
  readonly character: string;
  readonly probability: number;
}

export function Guesses({ before, guesses, actual, probability }: {
  /** The text up to there. */
  readonly before: string;
  readonly guesses: readonly Guess[];
  /** What does come; undefined at the end of the text. */
  readonly actual: string | undefined;
  /** Of what does come. */
  readonly probability: number | undefined;
}) {
  const shown = before.replaceAll("\n", " ").slice(-24).trimStart();
  return (
    <section class="guesses" aria-labelledby="guesses">
      <h2 id="guesses">What comes next</h2>
      <p class="small muted">
        {before === "" ? "Put the caret somewhere in the text." : <>after <span class="read">{before.length > 24 && "…"}{shown}</span>{actual !== undefined && probability !== undefined && <>, where {quoted(actual)} stands, expected with {percent(probability)}</>}</>}
      </p>
      <ol>
        {guesses.map(({ character, probability: p }) => (
          <li key={character} class={character === actual ? "actual" : ""}>
            <span class={isNamed(character) ? "named" : "character"}>{characterName(character)}</span>
            <i aria-hidden="true"><i style={{ width: `${(100 * p).toFixed(1)}%` }} /></i>
            <span class="row-value">{percent(p)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function percent(probability: number): string {
  const share = 100 * probability;
  return `${share < 9.95 ? share.toFixed(1) : share.toFixed(0)} %`;
}
