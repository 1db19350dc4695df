/** Documents as one long row of token ids. */
import type { Document } from "./documents.js";
import { END, type Vocabulary } from "./vocabulary.js";

/**
 * Encoded documents one after another, each opened by the end mark: `END a b c END d e`. A model reads `tokens[p]` and predicts
 * `tokens[p + 1]`, around the corner at the end of the row; where it reads END a document begins and its state is empty.
 */
export interface TokenRow {
  readonly tokens: Uint8Array | Uint16Array | Int32Array;
  readonly documents: readonly TokenSpan[];
}

/** Where a document lies: `tokens[from]` is its END, `to` is one past its last token. */
export interface TokenSpan {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** How many of its tokens the vocabulary did not know. */
  readonly unknown: number;
}

export function encodeDocuments(documents: readonly Document[], vocabulary: Vocabulary): TokenRow {
  const encoded = documents.map((document) => vocabulary.encode(document.content));
  const size = encoded.reduce((sum, ids) => sum + ids.length + 1, 0);
  const Tokens = vocabulary.size <= 2 ** 8 ? Uint8Array : vocabulary.size <= 2 ** 16 ? Uint16Array : Int32Array;
  const tokens = new Tokens(size);
  const spans: TokenSpan[] = [];
  let at = 0;
  for (const [i, ids] of encoded.entries()) {
    const from = at;
    let unknown = 0;
    tokens[at++] = END;
    for (const id of ids) {
      tokens[at++] = id;
      if (id === vocabulary.unknown) unknown++;
    }
    spans.push({ name: documents[i]!.name, from, to: at, unknown });
  }
  return { tokens, documents: spans };
}
