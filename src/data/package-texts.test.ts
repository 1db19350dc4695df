import { describe, expect, it } from "vitest";
import {
  brownText, debianDescriptions, dictionaryText, docbookPage, fortuneText, htmlToText, libreOfficePage, newParagraphs, osisText, podText, wordnetGlosses,
} from "./package-texts.js";
import { stringVectors } from "./r-strings.js";

const paragraphs = (text: string) => [...newParagraphs(text, new Set())];

describe("texts of packages", () => {
  it("HTML: blocks are paragraphs, marks vanish, what is not text goes", () => {
    const html = "<html><head><title>No</title></head><body><p>One <i>a</i>nd\n one &amp; &#8217;two&#x2019;</p><!-- no\n --><li>three<br/>four</li><script>no()</script>five</body>";
    expect(paragraphs(htmlToText(html))).toEqual(["One and one & ’two’", "three four", "five"]);
    expect(paragraphs(libreOfficePage(`<div>menu</div><div id="DisplayArea"><h1>Help</h1></div>`))).toEqual(["Help"]);
    expect(paragraphs(docbookPage(`<div class="navheader"><table><tr><td>Prev</td></tr></table></div><p>Text &unknown;</p>`))).toEqual(["Text &unknown;"]);
  });

  it("Brown: words without tags, a sentence each", () => {
    expect(paragraphs(brownText("\n\tThe/at Fulton/np-tl said/vbd ``/`` and/or/cc ./.\n\n\n\tIt/pps 's/bez\n"))).toEqual(["The Fulton said `` and/or .", "It 's"]);
  });

  it("WordNet: definitions and examples", () => {
    const data = "  1 licence text | no\n00001740 03 n 01 entity 0 003 ~ 1 n 0000 | that which exists; \"it was full of rackets, balls\"  \n";
    expect(paragraphs(wordnetGlosses(data))).toEqual(['that which exists. "it was full of rackets, balls"']);
  });

  it("Debian: descriptions without names", () => {
    const list = "Package: 0ad\nDescription-md5: d94\nDescription-en: Real-time strategy\n 0 A.D. is a\n free game.\n .\n More:\n  - an item\n\nPackage: b\nDescription-en: B\n";
    expect(paragraphs(debianDescriptions(list))).toEqual(["Real-time strategy", "0 A.D. is a free game.", "More:", "- an item", "B"]);
  });

  it("dictionaries: definitions", () => {
    const text = 'Affect \\Af*fect"\\, v. t. [L. affectus,\n   p. p.] See {Fact}.\n   1. To act upon.\n      [1913 Webster]\n\n            The cold heat. --Milton.\n   (1994-11-08)\n';
    expect(paragraphs(dictionaryText(text))).toEqual(["Affect , v. t. See Fact. 1. To act upon.", "The cold heat. ."]);
  });

  it("fortunes: sayings without who said them", () => {
    expect(paragraphs(fortuneText("A clash.\n\t\t-- A. N. Whitehead\n%\n_\bTwo\nlines.\n%\n"))).toEqual(["A clash.", "Two lines."]);
  });

  it("Perl's pods: prose without code and codes", () => {
    const pod = "=head1 NAME\n\nperlfunc - B<built-in> C<< $a->b >> X<index>and L<open|perlfunc/open>, F<a I<b>>\n\n    code();\n\n=over 4\n\n=item first\n\n=cut\n";
    expect(paragraphs(podText(pod))).toEqual(["NAME", "perlfunc - built-in $a->b and open, a b", "first"]);
  });

  it("OSIS: verses without notes and titles", () => {
    expect(paragraphs(osisText('<title>The First</title> In the <w lemma="x">beginning</w><note>Or, at</note> God. <div sID="1"/>And'))).toEqual(["In the beginning God.", "And"]);
  });

  it("paragraphs come once", () => expect(paragraphs("a\n b\n\nc\n \na  b\n\nc")).toEqual(["a b", "c"]));

  it("R: vectors of strings in XDR", () => {
    const word = (n: number) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
    const string = (text: string) => [...word(0x00040009), ...word(text.length), ...Buffer.from(text)];
    const bytes = Uint8Array.from([88, 10, ...word(3), 0, ...word(16), ...word(3), ...string("CHAPTER I"), ...word(9), ...word(0xffffffff), ...string("Emma"), ...word(16), ...word(1), ...string("x")]);
    expect(stringVectors(bytes)).toEqual([["CHAPTER I", "", "Emma"], ["x"]]);
    expect(stringVectors(bytes, 2)).toEqual([["CHAPTER I", "", "Emma"]]);
    expect(stringVectors(bytes.subarray(0, 30))).toEqual([]);
  });
});
