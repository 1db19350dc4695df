/** How much the values of units and the properties of a text go together: Pearson's correlation, over as many observations as come. */
import { full, matmul, tensor, type Tensor } from "unrolled";

/** A unit whose values differ by no more than this, relative to their size, has none to correlate: what differs is rounding. */
const STEADY = 1e-4;

export class Correlations {
  readonly #properties: number;
  readonly #units: number;
  #count = 0;
  /** Sums of each property, of its squares, and of its products with each unit, [properties, units]. */
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly #products: Float64Array;
  readonly #unitSums: Float64Array;
  readonly #unitSquares: Float64Array;

  constructor(properties: number, units: number) {
    this.#properties = properties;
    this.#units = units;
    this.#sums = new Float64Array(properties);
    this.#squares = new Float64Array(properties);
    this.#products = new Float64Array(properties * units);
    this.#unitSums = new Float64Array(units);
    this.#unitSquares = new Float64Array(units);
  }

  /**
   * @param properties [properties, observations]
   * @param values of the units, in the same order: [..., units]
   */
  add(properties: Float32Array, values: Tensor): void {
    const observations = properties.length / this.#properties;
    const x = values.reshape(observations, this.#units);
    const one = full([1, observations], 1);
    addTo(this.#products, matmul(tensor(properties, [this.#properties, observations]), x).dataSync());
    addTo(this.#unitSums, matmul(one, x).dataSync());
    addTo(this.#unitSquares, matmul(one, x.mul(x)).dataSync());
    for (let p = 0; p < this.#properties; p++) {
      for (let i = 0; i < observations; i++) {
        const value = properties[p * observations + i]!;
        this.#sums[p]! += value;
        this.#squares[p]! += value * value;
      }
    }
    this.#count += observations;
  }

  /** [properties, units]; NaN for a property or a unit that was always the same. */
  result(): Float32Array {
    const n = this.#count;
    return Float32Array.from(this.#products, (product, i) => {
      const [p, u] = [Math.floor(i / this.#units), i % this.#units];
      const [sum, unitSum] = [this.#sums[p]!, this.#unitSums[u]!];
      const variance = this.#squares[p]! / n - (sum / n) ** 2;
      const unitVariance = this.#unitSquares[u]! / n - (unitSum / n) ** 2;
      if (variance <= 1e-12 || unitVariance <= (STEADY * (unitSum / n)) ** 2 || unitVariance <= 1e-12) return NaN;
      return (product / n - (sum / n) * (unitSum / n)) / Math.sqrt(variance * unitVariance);
    });
  }
}

function addTo(sums: Float64Array, more: ArrayLike<number>): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += more[i]!;
}
