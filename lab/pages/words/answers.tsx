/** What was found, as lists with their cosines. */
import type { AnalogyAnswer, FoundWord, WordAnswer } from "../../library/words.js";

interface AnswersProps {
  readonly near: WordAnswer | undefined;
  readonly sum: AnalogyAnswer | undefined;
  readonly onChoose: (word: string) => void;
}

export function Answers({ near, sum, onChoose }: AnswersProps) {
  if (sum) {
    const [a, b, c] = sum.terms.map(({ word }) => word);
    const best = sum.answers[0];
    return (
      <>
        <h2><span class="given">{a} − {b} + {c}</span> = <span class="answer">{best?.word ?? "nothing"}</span></h2>
        <p class="small muted">{best ? `${a} is to ${b} as ${best.word} is to ${c}, say these vectors. The words of the question cannot be the answer; what else came near:` : "There is no other word."}</p>
        <Ranks words={sum.answers} onChoose={onChoose} />
      </>
    );
  }
  if (near) {
    return (
      <>
        <h2>Near <span class="given">{near.word.word}</span></h2>
        <p class="small muted">By cosine: 1 is the same direction, 0 none in common.{near.word.onMap ? "" : " The word is too rare for the map: it is drawn amid its neighbours."}</p>
        <Ranks words={near.neighbours} onChoose={onChoose} />
      </>
    );
  }
  return null;
}

function Ranks({ words, onChoose }: { words: readonly FoundWord[]; onChoose: (word: string) => void }) {
  return (
    <ol class="ranks">
      {words.map(({ word, score }) => (
        <li key={word}>
          <button type="button" class="button quiet" onClick={() => onChoose(word)}>{word}</button>
          <i aria-hidden="true" style={{ width: `${(40 * Math.max(0, score)).toFixed(1)}%` }} />
          <span class="score">{score.toFixed(3).replace("-", "−")}</span>
        </li>
      ))}
    </ol>
  );
}
