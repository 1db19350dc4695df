import { describe, expect, it } from "vitest";
import { createTokeniser, type TokeniserOptions } from "./tokeniser.js";

const show = (text: string, options?: TokeniserOptions) => [...createTokeniser(options)(text)].map((sentence) => sentence.join(" "));

describe("words", () => {
  it.each([
    ["Don’t stop 'til it's DONE", "don't stop til it's done"],
    ["the dogs' bowl, well-known (so they say)", "the dogs bowl well known so they say"],
    ["π is 3.14, not 3,000.5 or 3.", "π is 3.14 not 3,000.5 or 3"],
    ["new_york is in New York", "new_york is in new york"],
    ["Ünïcode cafe\u0301 naïve", "ünïcode café naïve"],
    ["soft\u00adhyphen", "softhyphen"],
    ["हिन्दी में शब्द", "हिन्दी में शब्द"],
    ["العربية כתב עברי", "العربية כתב עברי"],
    ["ΟΔΟΣ одиссея", "οδος одиссея"],
    ["İstanbul Ankara", "i̇stanbul ankara"],
    ["🐋 whale 𝐁𝐢𝐠", "whale 𝐁𝐢𝐠"],
    ["한국어 단어", "한국어 단어"],
  ])("%s", (text, words) => expect(show(text)).toEqual([words]));

  it("keeps capitals when asked to", () => {
    expect(show("King Lear", { lowercase: false })).toEqual(["King Lear"]);
  });

  it("divides scripts without spaces by a dictionary, however long the stretch", () => {
    expect(show("我喜歡北京 and 東京", { locale: "zh" })).toEqual(["我 喜歡 北京 and 東京"]);
    expect(show("สวัสดีครับ", { locale: "th" })).toEqual(["สวัสดี ครับ"]);
    expect(show("𠀀𠀁", { locale: "zh" }).join("").replaceAll(" ", "")).toBe("𠀀𠀁");
    const [long] = show("我喜歡北京".repeat(2000), { locale: "zh" });
    expect(long!.split(" ").filter((word) => word === "北京").length).toBeGreaterThan(1990);
  });
});

describe("boundaries", () => {
  const text = "Mr. Smith of St. Ives, e.g. J. R. Smith, left. He said “No!” Then\nhe went (home.) It was\n\n3.14 miles. \"Far\" he said? yes\n";

  it("ends sentences at stops, but not at titles, initials, numbers or before small letters", () => {
    expect(show(text)).toEqual([
      "mr smith of st ives e g j r smith left", "he said no", "then he went home", "it was", "3.14 miles", "far he said", "yes",
    ]);
    expect(show("我很好。你呢？", { locale: "zh" }).length).toBe(2);
  });

  it("can be lines, paragraphs or documents", () => {
    expect(show(text, { boundaries: "lines" })).toEqual([
      "mr smith of st ives e g j r smith left he said no then", "he went home it was", "3.14 miles far he said yes",
    ]);
    expect(show(text, { boundaries: "paragraphs" }).length).toBe(2);
    expect(show(text, { boundaries: "documents" }).length).toBe(1);
    expect(show("a\r\nb\r\rc\n \n\td", { boundaries: "paragraphs" })).toEqual(["a b", "c", "d"]);
  });

  it("takes lines for sentences where there is no punctuation", () => {
    expect(show("one two\nthree four\nfive\n")).toEqual(["one two", "three four", "five"]);
    expect(show("one two\nthree four. Five\nsix\n")).toEqual(["one two three four", "five six"]);
    expect(show("one\ntwo\n", { boundaries: "paragraphs" })).toEqual(["one two"]);
  });

  it("makes nothing of nothing", () => {
    expect(show("")).toEqual([]);
    expect(show(" \n\n .?! — \n")).toEqual([]);
  });
});
