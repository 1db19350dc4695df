/**
 * Eigenvalues of a square matrix of real numbers: reduced to Hessenberg form by reflections, then QR steps with Wilkinson's shifts in
 * complex arithmetic (Golub & Van Loan, sections 7.4 and 7.5). For some hundreds of rows.
 */

export interface Eigenvalues {
  /** Real and imaginary parts, in no particular order: [n]. */
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Eigenvalues below this share of the matrix' size need not be exact in relation to themselves. */
const SMALL = 1e-3;
/** Steps for one eigenvalue after which the matrix is taken to be hopeless. */
const MOST_STEPS = 60;

/** @param matrix [n, n], row by row; not changed. All NaN where the matrix is not finite, or its eigenvalues cannot be found */
export function eigenvalues(matrix: ArrayLike<number>, n: number): Eigenvalues {
  if (matrix.length !== n * n) throw new RangeError(`eigenvalues: matrix: expected ${n} x ${n} numbers, got ${matrix.length}`);
  const unknown = () => ({ re: new Float64Array(n).fill(NaN), im: new Float64Array(n).fill(NaN) });
  const largest = Array.prototype.reduce.call(matrix, (most, value) => Math.max(most as number, Math.abs(value as number)), 0) as number;
  if (!Number.isFinite(largest)) return unknown();
  // Of about unit size, so that no product overflows.
  const re = Float64Array.from(matrix, (value) => value / (largest || 1));
  const im = new Float64Array(n * n);
  toHessenberg(re, n);
  const size = Math.sqrt(re.reduce((sum, value) => sum + value * value, 0));
  for (let high = n - 1, steps = 0; high > 0; ) {
    const low = startOfBlock(re, im, n, high, size);
    if (low === high) {
      high--;
      steps = 0;
    } else if (steps++ === MOST_STEPS) return unknown();
    else qrStep(re, im, n, low, high, steps % 11 === 10);
  }
  const diagonal = (a: Float64Array) => Float64Array.from({ length: n }, (_, i) => largest * a[i * n + i]!);
  return { re: diagonal(re), im: diagonal(im) };
}

/** The largest magnitude of an eigenvalue: by what factor, in the long run, the matrix makes a vector longer at each product. */
export function spectralRadius(matrix: ArrayLike<number>, n: number): number {
  const { re, im } = eigenvalues(matrix, n);
  return re.reduce((largest, value, i) => Math.max(largest, Math.hypot(value, im[i]!)), 0);
}

/** Zeros below the first subdiagonal, by similar transformations. */
function toHessenberg(a: Float64Array, n: number): void {
  const v = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    let norm = 0;
    for (let i = k + 1; i < n; i++) norm = Math.hypot(norm, a[i * n + k]!);
    if (norm === 0) continue;
    // I - 2 v v' / v'v sends column k to a multiple of the unit vector k + 1.
    for (let i = k + 1; i < n; i++) v[i] = a[i * n + k]!;
    v[k + 1]! += v[k + 1]! < 0 ? -norm : norm;
    let square = 0;
    for (let i = k + 1; i < n; i++) square += v[i]! * v[i]!;
    for (let j = k; j < n; j++) {
      let sum = 0;
      for (let i = k + 1; i < n; i++) sum += v[i]! * a[i * n + j]!;
      const factor = (2 * sum) / square;
      for (let i = k + 1; i < n; i++) a[i * n + j]! -= factor * v[i]!;
    }
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * v[j]!;
      const factor = (2 * sum) / square;
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= factor * v[j]!;
    }
    for (let i = k + 2; i < n; i++) a[i * n + k] = 0;
  }
}

/** Where the block that ends at `high` begins: above it the subdiagonal is as good as zero, and is made so. */
function startOfBlock(re: Float64Array, im: Float64Array, n: number, high: number, size: number): number {
  const magnitude = (i: number) => Math.abs(re[i]!) + Math.abs(im[i]!);
  let low = high;
  while (low > 0) {
    const at = low * n + low - 1;
    const around = magnitude(low * n + low) + magnitude((low - 1) * n + low - 1);
    if (magnitude(at) <= Number.EPSILON * Math.max(around, SMALL * size)) {
      re[at] = 0;
      im[at] = 0;
      break;
    }
    low--;
  }
  return low;
}

/** One step on rows and columns low to high: H - s = Q R becomes R Q + s. Eigenvalues alone need nothing outside the block. */
function qrStep(re: Float64Array, im: Float64Array, n: number, low: number, high: number, exceptional: boolean): void {
  const [sre, sim] = exceptional ? [Math.abs(re[high * n + high - 1]!) + re[high * n + high]!, im[high * n + high]!] : shift(re, im, n, high);
  const move = (sign: number) => {
    for (let i = low; i <= high; i++) {
      re[i * n + i]! += sign * sre;
      im[i * n + i]! += sign * sim;
    }
  };
  move(-1);
  // Each rotation [c, s; -conj(s), c], with c real, clears one place below the diagonal.
  const cosines = new Float64Array(high - low);
  const sines = new Float64Array(2 * (high - low));
  for (let k = low; k < high; k++) {
    const [p, q] = [k * n + k, (k + 1) * n + k];
    const [are, aim, bre, bim] = [re[p]!, im[p]!, re[q]!, im[q]!];
    const [a, b] = [Math.hypot(are, aim), Math.hypot(bre, bim)];
    const r = Math.hypot(a, b);
    if (r === 0) {
      cosines[k - low] = 1;
      continue;
    }
    // c = |a| / r, s = (a / |a|) conj(b) / r.
    const c = a / r;
    const [ure, uim] = a === 0 ? [1, 0] : [are / a, aim / a];
    const [s, t] = [(ure * bre + uim * bim) / r, (uim * bre - ure * bim) / r];
    cosines[k - low] = c;
    sines[2 * (k - low)] = s;
    sines[2 * (k - low) + 1] = t;
    for (let j = k; j <= high; j++) {
      const [x, y] = [k * n + j, (k + 1) * n + j];
      const [xr, xi, yr, yi] = [re[x]!, im[x]!, re[y]!, im[y]!];
      re[x] = c * xr + s * yr - t * yi;
      im[x] = c * xi + s * yi + t * yr;
      re[y] = c * yr - s * xr - t * xi;
      im[y] = c * yi - s * xi + t * xr;
    }
  }
  for (let k = low; k < high; k++) {
    const [c, s, t] = [cosines[k - low]!, sines[2 * (k - low)]!, sines[2 * (k - low) + 1]!];
    for (let i = low; i <= Math.min(k + 1, high); i++) {
      const [x, y] = [i * n + k, i * n + k + 1];
      const [xr, xi, yr, yi] = [re[x]!, im[x]!, re[y]!, im[y]!];
      // From the right: the conjugate transpose [c, -s; conj(s), c].
      re[x] = c * xr + s * yr + t * yi;
      im[x] = c * xi + s * yi - t * yr;
      re[y] = c * yr - s * xr + t * xi;
      im[y] = c * yi - s * xi - t * xr;
    }
  }
  move(1);
}

/** Wilkinson's: the eigenvalue of the last two rows and columns that is nearer to the last element. */
function shift(re: Float64Array, im: Float64Array, n: number, high: number): readonly [number, number] {
  const [p, q, r, s] = [(high - 1) * n + high - 1, (high - 1) * n + high, high * n + high - 1, high * n + high];
  // Half the difference of the diagonal, d; the product of the others, e; roots are the last element - e / (d ± sqrt(d² + e)).
  const [dre, dim] = [(re[p]! - re[s]!) / 2, (im[p]! - im[s]!) / 2];
  const [ere, eim] = [re[q]! * re[r]! - im[q]! * im[r]!, re[q]! * im[r]! + im[q]! * re[r]!];
  const [rootRe, rootIm] = squareRoot(dre * dre - dim * dim + ere, 2 * dre * dim + eim);
  const sign = dre * rootRe + dim * rootIm < 0 ? -1 : 1;
  const [wre, wim] = [dre + sign * rootRe, dim + sign * rootIm];
  const square = wre * wre + wim * wim;
  if (square === 0) return [re[s]!, im[s]!];
  return [re[s]! - (ere * wre + eim * wim) / square, im[s]! - (eim * wre - ere * wim) / square];
}

function squareRoot(re: number, im: number): readonly [number, number] {
  const size = Math.hypot(re, im);
  const root = Math.sqrt((size + Math.abs(re)) / 2);
  if (root === 0) return [0, 0];
  const other = Math.abs(im) / (2 * root);
  const sign = im < 0 ? -1 : 1;
  return re >= 0 ? [root, sign * other] : [other, sign * root];
}
