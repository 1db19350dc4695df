/** Character vectors from R's serialisation (XDR, version 2 or 3): as much of the format as tables of strings need. */

const STRSXP = 16;
const CHARSXP = 9;
const MISSING = 0xffffffff;

/** All vectors of at least `least` strings in a serialised object, in their order; NA is "". */
export function stringVectors(bytes: Uint8Array, least = 1): string[][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vectors: string[][] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const vector = (view.getUint32(at) & 0xff) === STRSXP && view.getUint8(at) === 0 ? readVector(view, at + 4) : undefined;
    if (vector === undefined) {
      at++;
      continue;
    }
    if (vector.strings.length >= least) vectors.push(vector.strings);
    at = vector.end;
  }
  return vectors;
}

function readVector(view: DataView, start: number): { strings: string[]; end: number } | undefined {
  const count = view.getUint32(start);
  let at = start + 4;
  if (count === 0 || count > (view.byteLength - at) / 8) return undefined;
  const strings: string[] = [];
  const decoder = new TextDecoder();
  for (let i = 0; i < count; i++) {
    if (at + 8 > view.byteLength || view.getUint8(at + 3) !== CHARSXP || view.getUint8(at) !== 0) return undefined;
    const length = view.getUint32(at + 4);
    at += 8;
    if (length === MISSING) {
      strings.push("");
      continue;
    }
    if (at + length > view.byteLength) return undefined;
    strings.push(decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at, length)));
    at += length;
  }
  return { strings, end: at };
}
