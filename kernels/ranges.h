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

/* ---- Shares ----
 *
 * Work that jobs take from as they become free, for one of two threads may be much slower, where others use its core: first a large
 * share each, then ever smaller ones of what was kept back. */

struct shares {
  int32_t n, grain;   /* shares begin at multiples of `grain` */
  int32_t jobs;
  int32_t kept_back;  /* a round of shares leaves one in so many of what there was; 0: nothing */
  int32_t taken;      /* zero to begin with */
};

/* The next share; false where nothing is left. */
static inline int32_t take_share(struct shares* s, struct range* share) {
  share->from = __atomic_load_n(&s->taken, __ATOMIC_RELAXED);
  while (share->from < s->n) {
    int64_t round = 0, size;
    for (;; round += size * s->jobs) {
      const int64_t left = s->n - round, now = s->kept_back ? left - left / s->kept_back : left;
      const int64_t each = (now + s->jobs - 1) / s->jobs;
      size = (each + s->grain - 1) / s->grain * s->grain;
      if (share->from < round + size * s->jobs) break;
    }
    share->to = share->from + size < s->n ? (int32_t)(share->from + size) : s->n;
    if (__atomic_compare_exchange_n(&s->taken, &share->from, share->to, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return 1;
  }
  return 0;
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
