import { describe, expect, it } from "vitest";
import { RandomStream } from "../../tensor/index.js";
import {
  adverb, analogySection, comparative, countrySections, grammarSections, pastTense, plural, presentParticiple, similarityPairs, superlative,
} from "./question-sets.js";

const countsOf = (...words: string[]) => new Map(words.map((word, i) => [word, 100 - i]));

describe("word forms by rule", () => {
  it.each([
    [plural, { dog: "dogs", box: "boxes", city: "cities", day: "days", church: "churches" }],
    [comparative, { big: "bigger", nice: "nicer", happy: "happier", slow: "slower", near: "nearer", free: "freeer" }],
    [superlative, { thin: "thinnest", large: "largest", grey: "greyest" }],
    [pastTense, { stop: "stopped", hope: "hoped", carry: "carried", play: "played", agree: "agreed" }],
    [presentParticiple, { stop: "stopping", hope: "hoping", carry: "carrying", agree: "agreeing", write: "writing" }],
    [adverb, { quick: "quickly", simple: "simply", basic: "basically", happy: "happily", whole: "wholely" }],
  ] as const)("%o", (form, expected) => {
    for (const [word, formed] of Object.entries(expected)) expect(form(word)).toBe(formed); // wrong ones are in no text
  });
});

describe("analogySection", () => {
  it("asks about every two pairs in both orders, of frequent words, each in one pair", () => {
    const counts = countsOf("dog", "dogs", "cat", "cats", "cow", "cows", "fish");
    const section = analogySection("plural", [["cow", "cows"], ["cat", "cats"], ["dog", "dogs"], ["dogs", "cat"], ["fish", "fish"], ["ox", "oxen"]], { counts, pairs: 2 });
    expect(section).toEqual({ name: "plural", questions: [["dog", "dogs", "cat", "cats"], ["cat", "cats", "dog", "dogs"]] });
    expect(analogySection("plural", [["dog", "dogs"], ["cat", "cats"]], { counts, minimumCount: 98 }).questions).toEqual([]);
  });

  it("makes sections of forms that fit their part of speech", () => {
    const set = (...words: string[]) => new Set(words);
    const words = ["wide", "wider", "widest", "fast", "faster", "fastest", "numb", "number", "numbest", "fore", "forer", "forest", "inn", "inner", "walk", "walked", "jump", "jumped", "lead", "led", "feed", "fed", "foot", "feet", "tooth", "teeth", "hero", "heroes", "book", "books"];
    const sections = grammarSections(
      { nouns: set("number", "forest", "book", "house", "foot", "tooth", "hero"), verbs: set("walk", "jump", "lead", "feed"), adjectives: set("wide", "wider", "fast", "numb", "fore", "inn", "inner"), adverbs: set() },
      { plurals: [["mouse", "mice"], ["foot", "feet"], ["tooth", "teeth"], ["hero", "heroes"]], pasts: [["walk", "walked"], ["lead", "led"], ["feed", "fed"]] },
      { counts: countsOf(...words) },
    );
    const of = (name: string) => sections.find((section) => section.name === name)!.questions.map((question) => question.join(" "));
    expect(of("comparative")).toEqual(["wide wider fast faster", "fast faster wide wider"]);
    expect(of("superlative").length).toBe(2);
    expect(of("past-tense")).toEqual(["walk walked jump jumped", "jump jumped walk walked"]);
    expect(of("irregular-past")).toEqual(["lead led feed fed", "feed fed lead led"]);
    expect(of("irregular-plural")).toEqual(["foot feet tooth teeth", "tooth teeth foot feet"]);
  });

  it("makes sections of countries whose names are one word", () => {
    const countries = [
      { name: "japan", capital: "tokyo", demonym: "japanese" },
      { name: "united states", capital: "washington", demonym: "american" },
      { name: "poland", capital: "warsaw", demonym: "polish" },
      { name: "canada", capital: "ottawa", demonym: "canadian" },
      { name: "monaco", capital: undefined, demonym: undefined },
    ];
    const counts = countsOf("japan", "tokyo", "japanese", "poland", "warsaw", "polish", "canada", "ottawa", "canadian");
    const sections = countrySections(countries, { counts });
    expect(sections.map(({ name, questions }) => [name, questions.length, questions[0]!.join(" ")])).toEqual([
      ["capital-country", 6, "tokyo japan warsaw poland"],
      ["country-demonym", 6, "japan japanese poland polish"],
    ]);
  });
});

it("similarityPairs: half as they come, half of all scores, each once, the same for the same draws", () => {
  const nouns = Array.from({ length: 60 }, (_, i) => `n${i}`);
  const similarity = (a: string, b: string) => Math.max(0, 1 - Math.abs(Number(a.slice(1)) - Number(b.slice(1))) / 10);
  const make = () => {
    const random = new RandomStream(1);
    return similarityPairs(nouns, similarity, { pairs: 100, draw: (limit) => random.integer(limit) });
  };
  const pairs = make();
  expect(make()).toEqual(pairs);
  expect(new Set(pairs.map(({ a, b }) => [a, b].sort().join(" "))).size).toBe(pairs.length);
  const similar = pairs.filter(({ score }) => score > 0.5).length;
  expect(similar).toBeGreaterThan(20); // of pairs as they come there would be some eight
  for (const { a, b, score } of pairs) expect(score).toBeCloseTo(similarity(a, b), 4);
});
