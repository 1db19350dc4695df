/** Eigenvalues of a symmetric matrix by Jacobi's rotations, cyclic by rows (Golub & Van Loan, section 8.5). For some hundreds of rows. */

export interface SymmetricEigen {
  /** Falling, [n]. */
  readonly values: Float64Array;
  /** Orthonormal, one on each row: [n, n]. */
  readonly vectors: Float64Array;
}

const MOST_SWEEPS = 50;

/** @param matrix [n, n], not changed; the mean of both triangles counts */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const a = Float64Array.from(matrix, (value, i) => (value + matrix[(i % n) * n + Math.floor(i / n)]!) / 2);
  const rows = Float64Array.from(a, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const size = Math.sqrt(a.reduce((sum, value) => sum + value * value, 0));
  const small = (size / Math.max(1, n)) * 2 ** -52;
  for (let sweep = 0, rotations = 1; sweep < MOST_SWEEPS && rotations > 0; sweep++) {
    rotations = 0;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const off = a[p * n + q]!;
        if (Math.abs(off) <= small) continue;
        rotations++;
        const half = (a[q * n + q]! - a[p * n + p]!) / (2 * off);
        const tangent = Math.sign(half || 1) / (Math.abs(half) + Math.sqrt(half * half + 1));
        const cosine = 1 / Math.sqrt(tangent * tangent + 1);
        const sine = tangent * cosine;
        // Rows, then the columns as their mirror image.
        turn(a, p * n, q * n, n, cosine, sine);
        const [pp, pq, qp, qq] = [a[p * n + p]!, a[p * n + q]!, a[q * n + p]!, a[q * n + q]!];
        a[p * n + p] = cosine * pp - sine * pq;
        a[q * n + q] = sine * qp + cosine * qq;
        a[p * n + q] = 0;
        a[q * n + p] = 0;
        for (let k = 0; k < n; k++) {
          if (k === p || k === q) continue;
          a[k * n + p] = a[p * n + k]!;
          a[k * n + q] = a[q * n + k]!;
        }
        turn(rows, p * n, q * n, n, cosine, sine);
      }
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j]! - a[i * n + i]!);
  const vectors = new Float64Array(n * n);
  for (const [place, i] of order.entries()) vectors.set(rows.subarray(i * n, (i + 1) * n), place * n);
  return { values: Float64Array.from(order, (i) => a[i * n + i]!), vectors };
}

/** The rows that begin at p and q become cosine · p - sine · q and sine · p + cosine · q. */
function turn(a: Float64Array, p: number, q: number, n: number, cosine: number, sine: number): void {
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[p + k]!, a[q + k]!];
    a[p + k] = cosine * x - sine * y;
    a[q + k] = sine * x + cosine * y;
  }
}
