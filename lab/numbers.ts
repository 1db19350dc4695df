/** Numbers as the Lab writes and reads them. */

/** With a real minus sign. */
function signed(text: string): string {
  return text.replace("-", "−");
}

/** Without the last digits of float32, which would decide how halves are rounded. */
function steady(value: number): number {
  return Number(value.toPrecision(6));
}

/** At most three decimals, none that say nothing: 0.34, −1.3, 0.327. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  if (Math.abs(value) >= 1e5) return signed(value.toExponential(2));
  const rounded = Number(steady(value).toFixed(3));
  return signed(String(Object.is(rounded, -0) ? 0 : rounded));
}

/** Three digits that count, for gradients, which may be tiny: 0.225, 0.00122, 1.3e−8. */
export function shownSlope(value: number): string {
  if (!Number.isFinite(value)) return shown(value);
  const size = Math.abs(value);
  if (size === 0) return "0";
  return signed(size < 1e-4 || size >= 1e5 ? value.toExponential(1) : String(Number(steady(value).toPrecision(3))));
}

/** As a factor or a later term of a sum: in brackets where negative. */
export function bracketed(value: number): string {
  const text = shown(value);
  return text.startsWith("−") ? `(${text})` : text;
}

/** A number as people type it, with a decimal point or comma; undefined where it is none. */
export function parsed(text: string): number | undefined {
  const plain = text.trim().replace(/[−–]/, "-").replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** ⁻¹² */
export function superscript(whole: number): string {
  return String(whole).replace("-", "⁻").replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]!);
}
