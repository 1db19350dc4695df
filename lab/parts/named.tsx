/** Names with indices, h₂, with the index set lower by the page instead of by the few fonts that have such digits. */

const INDEX = /([₀-₉]+)/;

function digits(index: string): string {
  return [...index].map((character) => character.codePointAt(0)! - 0x2080).join("");
}

/** In HTML. */
export function Named({ name }: { name: string }) {
  return <>{name.split(INDEX).map((part, i) => (i % 2 === 1 ? <sub key={i}>{digits(part)}</sub> : part))}</>;
}

/** In a `<text>` of SVG. */
export function NamedSvg({ name }: { name: string }) {
  const parts = name.split(INDEX);
  return <>{parts.map((part, i) => (i % 2 === 1 ? <tspan key={i} class="index" dy="3.5">{digits(part)}</tspan> : part && <tspan key={i} dy={i > 0 ? -3.5 : undefined}>{part}</tspan>))}</>;
}
