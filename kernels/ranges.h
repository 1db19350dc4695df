/* How kernels cut their work: a range into pieces for the threads, a row into whole vectors and a tail. */
#ifndef UNROLLED_RANGES_H
#define UNROLLED_RANGES_H

#include "simd.h"
#include "threads.h"

/* ---- Pieces ---- */

#define OPERATIONS_PER_PIECE 50000
/* Pieces begin at multiples of this many elements, a cache line and every vector's width. */
#define PIECE_GRAIN 16

struct range {
  int32_t from, to;
};

/* How many pieces to cut `count` items into, when each takes about `operations` operations: at least one. */
static inline int32_t piece_count(int64_t count, int64_t operations) {
  const int64_t worth = count * operations / OPERATIONS_PER_PIECE;
  const int32_t threads = worth > 1 ? thread_count() : 1;
  return worth < threads ? (worth > 1 ? (int32_t)worth : 1) : threads;
}

/* Piece `index` of 0..n-1 cut into `pieces` ranges that begin at multiples of `grain`. */
static inline struct range piece_of(int32_t n, int32_t pieces, int32_t index, int32_t grain) {
  const int64_t grains = ((int64_t)n + grain - 1) / grain;
  const int64_t from = grains * index / pieces * grain, to = grains * (index + 1) / pieces * grain;
  return (struct range){(int32_t)(from < n ? from : n), (int32_t)(to < n ? to : n)};
}

/* ---- Rows ----
 *
 * A row of n floats is n / VL whole vectors and a tail of n % VL floats. Where the row holds a vector at all, the tail is the
 * upper lanes of its last VL floats: one load, and a store that leaves the other lanes as they are. Shorter rows use the lower
 * lanes.
 * Only values that were loaded as tails of rows of the same length may be combined. */

#if VL == 4
#define LANES 0, 1, 2, 3
#elif VL == 8
#define LANES 0, 1, 2, 3, 4, 5, 6, 7
#else
#define LANES 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#endif

/* -1 in the lanes of the tail. */
ALWAYS_INLINE vi tail_mask(int32_t n) {
  const vi lane = {LANES};
  return n >= VL ? lane >= VL - n % VL : lane < n;
}

/* Calls, not inlined: tails are in every loop, and would be most of the code. */
#define OUT_OF_LINE static __attribute__((noinline))

/* The tail of the row at p, `other` in the remaining lanes. */
OUT_OF_LINE vf load_tail(const float* p, int32_t n, float other) {
  const vf v = n >= VL ? vf_load(p + n - VL) : vf_load_first(p, n);
  return vf_select(tail_mask(n), v, vf_splat(other));
}

OUT_OF_LINE void store_tail(float* p, int32_t n, vf v) {
  if (n >= VL) {
    vf_store(p + n - VL, vf_select(tail_mask(n), v, vf_load(p + n - VL)));
  } else {
    vf_store_first(p, v, n);
  }
}

#endif
