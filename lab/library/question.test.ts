import { createReferenceBackend, setDefaultBackend } from "unrolled";
import { expect, it } from "vitest";
import { gradeNumber } from "../pages/quiz/grading.js";
import { STATEMENTS } from "../pages/quiz/statements.js";
import { freshQuestion, KINDS, notesQuestions, type Question } from "./question.js";

setDefaultBackend(createReferenceBackend());

it("the questions of the notes have the notes' answers", () => {
  const questions = notesQuestions();
  expect(questions.map(({ kind }) => kind)).toEqual(["statements", "relu", "hidden", "hidden", "output", "next"]);
  const answers = questions.flatMap((question) => ("library" in question ? [[question.answer, question.library]] : []));
  [0.34, Math.tanh(0.34), 0, 0.413].forEach((expected, i) => {
    for (const answer of answers[i]!) expect(answer).toBeCloseTo(expected, 10);
  });
});

it.each(KINDS)("fresh questions: %s", (kind) => {
  const drawn = Array.from({ length: 12 }, (_, seed) => freshQuestion({ kind, seed }));
  expect(drawn).toEqual(Array.from({ length: 12 }, (_, seed) => freshQuestion({ kind, seed })));
  expect(new Set(drawn.map((question) => JSON.stringify(question))).size).toBeGreaterThan(6);
  for (const question of drawn) check(question);
});

function check(question: Question): void {
  if (question.kind === "statements") {
    const holding = question.statements.filter((name) => STATEMENTS[name].holds).length;
    expect(new Set(question.statements).size).toBe(4);
    expect(holding).toBeGreaterThan(0);
    expect(holding).toBeLessThan(4);
  } else if (question.kind === "gradient") {
    const size = Math.abs(question.slope);
    expect(question.answer).toBe(size < 0.01 ? "vanishes" : size > 100 ? "explodes" : "stays");
  } else if (question.kind !== "relu") {
    // Whoever rounds the library's answer to three decimals is right.
    expect(gradeNumber(question.library.toFixed(3), question.answer)).toBe("right");
    expect(gradeNumber(question.answer.toFixed(3), question.library)).toBe("right");
  }
}
