/**
 * Equations in TeX, typeset as MathML when the Lab is built (scripts/lab-config.mjs): readers download none of the typesetting.
 * The tags must be used directly, on a text without `${}`.
 */

/** Within a line: tex`h_t` */
export function tex(_source: TemplateStringsArray): string {
  throw new Error("tex`…` is replaced when the Lab is built");
}

/** On a line of its own. */
export function display(_source: TemplateStringsArray): string {
  throw new Error("display`…` is replaced when the Lab is built");
}
