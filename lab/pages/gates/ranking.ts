/** Units in the order of a correlation. */
export interface RankedUnit {
  /** From 0. */
  readonly unit: number;
  readonly r: number;
}

export class Ranking {
  readonly #units: number;
  readonly #correlations: ArrayLike<number>;

  /** @param correlations [properties, units]; NaN where there is none */
  constructor(correlations: ArrayLike<number>, units: number) {
    this.#correlations = correlations;
    this.#units = units;
  }

  of(property: number, unit: number): number {
    return this.#correlations[property * this.#units + unit] ?? NaN;
  }

  /** The strongest, up or down, first; none that have no correlation. */
  strongest(property: number, count: number): RankedUnit[] {
    return this.#all(property).filter(({ r }) => !Number.isNaN(r)).sort((a, b) => Math.abs(b.r) - Math.abs(a.r) || a.unit - b.unit).slice(0, count);
  }

  best(property: number): RankedUnit | undefined {
    return this.strongest(property, 1)[0];
  }

  /** All units from the highest correlation to the lowest; those without one last. */
  order(property: number): number[] {
    const place = ({ r }: RankedUnit) => (Number.isNaN(r) ? -Infinity : r);
    return this.#all(property).sort((a, b) => (place(a) === place(b) ? a.unit - b.unit : place(b) - place(a))).map(({ unit }) => unit);
  }

  /** Properties that a unit reacts to, the strongest first. */
  properties(unit: number, count: number): { readonly property: number; readonly r: number }[] {
    return Array.from({ length: this.#correlations.length / this.#units }, (_, property) => ({ property, r: this.of(property, unit) }))
      .filter(({ r }) => !Number.isNaN(r))
      .sort((a, b) => Math.abs(b.r) - Math.abs(a.r))
      .slice(0, count);
  }

  #all(property: number): RankedUnit[] {
    return Array.from({ length: this.#units }, (_, unit) => ({ unit, r: this.of(property, unit) }));
  }
}
