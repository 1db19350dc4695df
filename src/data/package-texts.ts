/** From the formats in which packages keep their texts to paragraphs of plain text. Strings in, strings out. */

/** The named characters that occur in these texts. */
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", ndash: "–", mdash: "—", hellip: "…", lsquo: "‘", rsquo: "’", ldquo: "“",
  rdquo: "”", eacute: "é", egrave: "è", ecirc: "ê", agrave: "à", aacute: "á", acirc: "â", iacute: "í", oacute: "ó", uacute: "ú", ntilde: "ñ",
  ccedil: "ç", ouml: "ö", uuml: "ü", auml: "ä", pound: "£", copy: "©", reg: "®", trade: "™", times: "×", deg: "°",
};

const BLOCK = "p|div|li|ul|ol|dl|dt|dd|h[1-6]|tr|td|th|table|pre|blockquote|section|article|header|footer|hr|title|caption|lg|l|chapter|verse";

/** HTML or XML as text: blocks become paragraphs, marks inside them vanish; scripts, styles and heads are left out. */
export function htmlToText(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->|<(script|style|head)\b[\s\S]*?<\/\1>/gi, " ")
    .replace(/\s*\n\s*/g, " ")
    .replace(new RegExp(`</?(?:${BLOCK})\\b[^>]*>`, "gi"), "\n\n")
    .replace(/<br\b[^>]*>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => entity(name) ?? whole);
}

function entity(name: string): string | undefined {
  if (!name.startsWith("#")) return ENTITIES[name];
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** The part of a LibreOffice help page that is not the same on every page. */
export function libreOfficePage(html: string): string {
  const start = html.indexOf('<div id="DisplayArea"');
  return htmlToText(start < 0 ? html : html.slice(start));
}

/** That part as it is written, tags and all. */
export function libreOfficeMarkup(html: string): string {
  const start = html.indexOf('<div id="DisplayArea"');
  const end = html.indexOf('<div id="SearchFrame"');
  return html.slice(Math.max(0, start), end < start ? undefined : end);
}

/** A page of DocBook's style sheets without its navigation. */
export function docbookPage(html: string): string {
  return htmlToText(html.replace(/<div class="nav(?:header|footer)">[\s\S]*?<\/table>/g, ""));
}

/** The Brown corpus: "word/tag" with a sentence on each line. */
export function brownText(tagged: string): string {
  const lines = tagged.split("\n").map((line) => line.trim().split(/\s+/).map((token) => token.slice(0, Math.max(0, token.lastIndexOf("/")))).join(" "));
  return lines.filter((line) => line.trim() !== "").join("\n\n");
}

/** Definitions and examples of WordNet's data files: what follows the bar on each line. */
export function wordnetGlosses(data: string): string {
  const glosses = data.split("\n").flatMap((line) => (line.startsWith(" ") || !line.includes("| ") ? [] : [line.slice(line.indexOf("| ") + 2).trim()]));
  return glosses.map((gloss) => gloss.replace(/; "/g, '. "').replace(/;/g, ".")).join("\n\n");
}

/** Debian's package descriptions, without package names; their lines are broken at some width and paragraphs parted by " .". */
export function debianDescriptions(list: string): string {
  const lines = list.split("\n").flatMap((line) => {
    const title = /^Description-(?!md5)\w+: (.*)$/.exec(line);
    if (title !== null) return ["", title[1]!, ""];
    if (line === " .") return [""];
    if (/^ {2}| [*-] /.test(line)) return ["", line.trim()]; // an item of a list
    return line.startsWith(" ") ? [line.trim()] : [];
  });
  return lines.join("\n");
}

/** A dictionary of dictd: references lose their braces, pronunciations, etymologies and sources go. */
export function dictionaryText(text: string): string {
  return text
    .replace(/\\[^\\\n]*\\/g, " ")
    .replace(/\[[^\][]*\]/g, " ")
    .replace(/[{}]/g, "")
    .replace(/--\s*[A-Z][^\n]*$/gm, ".")
    .replace(/^\s*\(\d{4}-\d\d-\d\d\)\s*$/gm, "")
    .replace(/^[ \t]+/gm, "");
}

/** Sayings parted by lines of "%"; who said them, after a dash, is left out. */
export function fortuneText(text: string): string {
  return text.replace(/^%$/gm, "\n").replace(/^\s*-- .*$/gm, "").replace(/.\x08/g, "");
}

/** Perl's documentation: its paragraphs of prose, without code. */
export function podText(pod: string): string {
  const paragraphs = pod.split(/\n\s*\n/).flatMap((paragraph) => {
    if (/^[ \t]/.test(paragraph)) return []; // code
    const command = /^=(\w+)\s*/.exec(paragraph);
    if (command === null) return [paragraph];
    return /^(?:head\d|item)$/.test(command[1]!) ? [paragraph.slice(command[0].length)] : [];
  });
  let text = paragraphs.join("\n\n");
  // Codes may stand in codes; the innermost go first. L<text|target>, E<lt>, and those that show nothing: X<>, Z<>.
  for (let before = ""; before !== text; ) {
    before = text;
    text = text.replace(/([A-Z])(?:<<+\s(.*?)\s>>+|<([^<>]*)>)/gs, (_, code: string, wide: string | undefined, narrow: string | undefined) => {
      const inner = wide ?? narrow ?? "";
      if (code === "X" || code === "Z" || code === "E") return " ";
      return code === "L" ? inner.split("|")[0]!.replace(/^\//, "") : inner;
    });
  }
  return text;
}

/** A text of the Bible in OSIS without notes and titles. */
export function osisText(xml: string): string {
  return htmlToText(xml.replace(/<note\b[\s\S]*?<\/note>/g, "").replace(/<title\b[\s\S]*?<\/title>/g, ""));
}

/**
 * The paragraphs of a text, white space in them made single, each once.
 * @param seen paragraphs that came before; new ones are added
 */
export function* newParagraphs(text: string, seen: Set<string>): Generator<string> {
  for (const part of text.split(/\n[ \t]*\n/)) {
    const paragraph = part.replace(/\s+/g, " ").trim();
    if (paragraph === "" || seen.has(paragraph)) continue;
    seen.add(paragraph);
    yield paragraph;
  }
}
