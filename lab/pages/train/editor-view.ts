/** The editor itself (CodeMirror), loaded only where a cell is written. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, snippetCompletion, type Completion, type CompletionSource } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { localCompletionSource, typescriptLanguage } from "@codemirror/lang-javascript";
import { bracketMatching, HighlightStyle, indentOnInput, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { CELL_FUNCTIONS, CELL_TOOLS, type CellWord } from "../../library/cell-words.js";
import type { CellMistake } from "../../library/check.js";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--series-4)" },
  { tag: tags.string, color: "var(--series-3)" },
  { tag: [tags.number, tags.bool], color: "var(--series-2)" },
  { tag: tags.function(tags.variableName), color: "var(--accent)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
]);

const described = ({ name, takes, does }: CellWord, type: string): Completion => ({ label: name, detail: takes, info: does, type });

const WORDS: readonly Completion[] = [
  snippetCompletion('linear("${name}", x, h)', described(CELL_TOOLS[0]!, "method")),
  snippetCompletion('parameter("${name}", ${0})', described(CELL_TOOLS[1]!, "method")),
  snippetCompletion('layerNorm("${name}", ${a})', described(CELL_TOOLS[2]!, "method")),
  snippetCompletion('name("${name}", ${a})', described(CELL_TOOLS[3]!, "method")),
  ...CELL_FUNCTIONS.map((word) => described(word, "function")),
  snippetCompletion('defineCell("${name}", ({ x, h }, { linear }) => {\n  return { h: ${} };\n});', { label: "defineCell", detail: "(name, equations)", info: "a cell by its equations", type: "keyword" }),
];

const words: CompletionSource = (context) => {
  const word = context.matchBefore(/[\w$]*/);
  if (!word || (word.from === word.to && !context.explicit)) return null;
  return { from: word.from, options: WORDS, validFor: /^[\w$]*$/ };
};

export interface Editor {
  readonly view: EditorView;
  /** Replaces the text, unless it is that already. */
  show(text: string): void;
  mark(mistake: CellMistake | undefined): void;
}

export function makeEditor(parent: HTMLElement, text: string, onChange: (text: string) => void): Editor {
  let showing = false;
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), highlightSpecialChars(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        new LanguageSupport(typescriptLanguage),
        syntaxHighlighting(colours),
        autocompletion({ override: [words, localCompletionSource], icons: false }),
        // Tab goes on to the next field, as everywhere on the page.
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "The cell’s equations", spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of(({ docChanged, state }) => docChanged && !showing && onChange(state.doc.toString())),
      ],
    }),
  });
  return {
    view,
    show(wanted) {
      if (view.state.doc.toString() === wanted) return;
      showing = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: wanted } });
      showing = false;
    },
    mark(mistake) {
      const end = view.state.doc.length;
      const from = Math.min(mistake?.from ?? 0, end);
      const marks = mistake ? [{ from, to: Math.max(from, Math.min(mistake.to, end)), severity: "error" as const, message: mistake.message }] : [];
      view.dispatch(setDiagnostics(view.state, marks));
    },
  };
}
