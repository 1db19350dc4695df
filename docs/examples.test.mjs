/** What the pages say: examples run as written and print what is said, types fit, commands, files and links exist. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { main } from "../src/cli/main.ts";
import { testContext } from "../src/cli/testing.ts";
import { blocksOf, pages, programOf, promisesOf, readPage, ROOT, run, typeErrors } from "./examples.mjs";

const MINUTES = 5 * 60_000;

/** Numbers apart from everything else. */
function numbersOf(text) {
  const numbers = [];
  const rest = text.replaceAll(/-?\d+(\.\d+)?(e[+-]?\d+)?/g, (number) => (numbers.push(Number(number)), "#"));
  return { numbers, rest };
}

function expectAbout(printed, promised) {
  const [got, wanted] = [numbersOf(printed), numbersOf(promised)];
  expect(got.rest).toBe(wanted.rest);
  got.numbers.forEach((number, i) => {
    const difference = Math.abs(number - wanted.numbers[i]);
    expect(difference, `${number} beside ${wanted.numbers[i]} in:\n${printed}`).toBeLessThanOrEqual(0.05 + 0.1 * Math.abs(wanted.numbers[i]));
  });
}

/** Paths of the repository that a page names, other than those with a placeholder (NAME). */
function pathsOf(markdown) {
  const found = markdown.matchAll(/(?<![\w/.-])(?:src|kernels|scripts|bench|tests|docs)\/[\w./-]+\.(?:ts|mjs|js|c|h|md|svg|py)\b/g);
  return [...new Set([...found].map(([path]) => path))].filter((path) => !path.includes("NAME"));
}

function linksOf(markdown) {
  return [...markdown.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)|(?:src|srcset)="([^"]+)"/g)]
    .map(([, link, source]) => link ?? source)
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** Command lines of `unrolled` in blocks of shell. */
function commandsOf(markdown) {
  return blocksOf(markdown)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.split("\n"))
    .flatMap((line) => /\bunrolled (.*?)(?:\s+#.*|\s+>.*)?$/.exec(line)?.[1] ?? []);
}

/** What `unrolled COMMAND --help` prints, and its exit code. */
async function helpOf(command) {
  const context = testContext({ columns: 100 });
  const code = await main([...command, "--help"], context);
  process.exitCode = 0;
  return { code, text: context.output() };
}

describe.each(pages())("%s", (page) => {
  const markdown = readPage(page);

  it("names files and links to pages that exist", () => {
    for (const path of pathsOf(markdown)) expect(existsSync(join(ROOT, path)), path).toBe(true);
    for (const link of linksOf(markdown)) expect(existsSync(join(ROOT, normalize(join(dirname(page), link)))), link).toBe(true);
  });

  it("quotes files as they are", () => {
    for (const { text, flags } of blocksOf(markdown)) {
      if (flags[0] === "fragment") expect(readFileSync(join(ROOT, flags[1]), "utf8")).toContain(text);
    }
  });

  it("shows commands that there are, with options that they have", async () => {
    for (const command of commandsOf(markdown)) {
      const words = command.split(/\s+/);
      if (words[0].startsWith("-")) continue;
      const { code, text } = await helpOf(words.slice(0, ["train", "data"].includes(words[0]) ? 2 : 1));
      expect(code, command).toBe(0);
      for (const option of command.match(/(?<=\s)--[a-z-]+/g) ?? []) expect(text, command).toContain(`\n  ${option}`);
    }
  });

  it.runIf(programOf(markdown))(
    "prints what it says when its examples are run",
    async () => {
      const printed = await run(page);
      promisesOf(markdown).forEach((promised, i) => {
        if (promised === undefined) return;
        if (promised.flags.includes("about")) expectAbout(printed[i], promised.text);
        else expect(printed[i]).toBe(promised.text);
      });
    },
    MINUTES,
  );
});

it("the types of all examples fit", () => expect(typeErrors(pages())).toEqual([]), MINUTES);
