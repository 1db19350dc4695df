/** Anything that `JSON.stringify` writes and `JSON.parse` reads back the same. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const encoder = new TextEncoder();

export function jsonBytes(value: unknown, indent = 2): Uint8Array {
  return encoder.encode(`${JSON.stringify(value, null, indent)}\n`);
}

/** @throws SyntaxError, also on bytes that are not UTF-8. */
export function parseJson(bytes: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Json;
  } catch (error) {
    throw new SyntaxError((error as Error).message);
  }
}

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
