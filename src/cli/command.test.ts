import { describe, expect, it } from "vitest";
import { byteSize, choice, defineCommand, flag, helpPage, integer, number, text, type Values } from "./command.js";
import { testContext } from "./testing.js";

const options = {
  cell: choice(["lstm", "gru"] as const, { default: "lstm", help: "The cell" }),
  hidden: integer({ min: 1, default: 256, help: "Units" }),
  lr: number({ above: 0, max: 10, help: "Learning rate", defaultText: "by optimizer" }),
  out: text({ placeholder: "FOLDER", help: "Where to" }),
  json: flag("For machines"),
};
let seen: { values: Values<typeof options>; given: ReadonlySet<string>; positionals: readonly string[] };
const command = defineCommand({
  name: "train text",
  summary: "Trains.",
  positionals: { usage: "[FILE]", min: 0, max: 1, help: "a file" },
  options,
  examples: [["unrolled train text", "trains"]],
  run: async (invocation) => {
    seen = invocation;
    return 0;
  },
});
const parse = (...args: string[]) => command.invoke(args, undefined);

it.each([["512M", 2 ** 29], ["1.5 GiB", 1.5 * 2 ** 30], ["300kb", 300 * 2 ** 10], ["4096", 4096]])("reads %s as a size", (written, bytes) => {
  expect(byteSize({ min: 1, default: 1, defaultText: "1", help: "" }).parse(written, "memory")).toBe(bytes);
});

describe("a command", () => {
  it("fills in defaults and knows what was given", async () => {
    await parse();
    expect(seen.values).toEqual({ cell: "lstm", hidden: 256, lr: undefined, out: undefined, json: false });
    expect([...seen.given]).toEqual([]);
  });

  it("reads values in every spelling, the last one counting", async () => {
    await parse("--hidden", "8", "--hidden=1_024", "--lr=1e-3", "--json", "a.txt", "--cell", "gru", "--out", "x");
    expect(seen.values).toEqual({ cell: "gru", hidden: 1024, lr: 0.001, out: "x", json: true });
    expect(seen.positionals).toEqual(["a.txt"]);
    await parse("--", "--hidden");
    expect(seen.positionals).toEqual(["--hidden"]);
  });

  it.each([
    [["--hiden", "4"], "Unknown option --hiden of unrolled train text. Did you mean --hidden?"],
    [["--frobnicate"], "Unknown option --frobnicate of unrolled train text. unrolled train text --help lists them."],
    [["-h4"], "Unknown option -h of unrolled train text."],
    [["--hidden"], "--hidden needs a value: --hidden N."],
    [["--hidden", "many"], '--hidden: expected a whole number of at least 1, got "many".'],
    [["--hidden", "1.5"], '--hidden: expected a whole number of at least 1, got "1.5".'],
    [["--hidden", ""], '--hidden: expected a whole number of at least 1, got "".'],
    [["--hidden", "0"], '--hidden: expected a whole number of at least 1, got "0".'],
    [["--lr", "--json"], '--lr: expected a number above 0 and at most 10, got "--json".'],
    [["--lr", "Infinity"], '--lr: expected a number above 0 and at most 10, got "Infinity".'],
    [["--json=yes"], '--json takes no value, got "yes".'],
    [["--cell", "lsmt"], '--cell: unknown cell "lsmt". Did you mean lstm?'],
    [["--cell", "transformer"], '--cell: unknown cell "transformer". There is: lstm, gru.'],
    [["a", "b", "c"], 'unrolled train text: unexpected "b" "c". Usage: unrolled train text [FILE] [options]'],
  ])("refuses %j", async (args, message) => {
    await expect(async () => parse(...args)).rejects.toThrow(message);
  });

  it("has a page of help with every option, its default and the examples", () => {
    const page = helpPage(command, testContext().terminal).join("\n");
    expect(page).toMatchInlineSnapshot(`
      "Trains.

      Usage
        unrolled train text [FILE] [options]

        [FILE]: a file

      Options
        --cell NAME   The cell: lstm, gru (lstm)
        --hidden N    Units (256)
        --lr X        Learning rate (by optimizer)
        --out FOLDER  Where to
        --json        For machines

      Examples
        unrolled train text  trains"
    `);
  });
});
