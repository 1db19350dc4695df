/* Vectors of floats as wide as the target's registers, in the compilers' own vector types: `vf` holds VL floats, `vi` VL
 * int32. Everything above is written once in terms of these. UNROLLED_VL forces a width (wider than the registers is legal,
 * only slow: that is how the widest layout is tested on a narrower machine). */
#ifndef UNROLLED_SIMD_H
#define UNROLLED_SIMD_H

#include <stdint.h>

#if defined(UNROLLED_VL)
#define VL UNROLLED_VL
#elif defined(__AVX512F__)
#define VL 16
#elif defined(__AVX2__)
#define VL 8
#else
#define VL 4
#endif

typedef float vf __attribute__((vector_size(VL * 4)));
typedef int32_t vi __attribute__((vector_size(VL * 4)));
/* The same number of lanes, twice as wide: for what float32 would spoil. Compilers convert such vectors well, but keep them in
 * memory from one turn of a loop to the next; a half fits a register. */
typedef double vd __attribute__((vector_size(VL * 8)));
typedef int64_t vl __attribute__((vector_size(VL * 8)));
typedef double vd_half __attribute__((vector_size(VL * 4)));
typedef float vf_unaligned __attribute__((vector_size(VL * 4), aligned(4), may_alias));
typedef int32_t vi_unaligned __attribute__((vector_size(VL * 4), aligned(4), may_alias));
typedef double vd_half_unaligned __attribute__((vector_size(VL * 4), aligned(8), may_alias));

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE vf vf_load(const float* p) { return *(const vf_unaligned*)p; }
ALWAYS_INLINE void vf_store(float* p, vf v) { *(vf_unaligned*)p = v; }
/* x - 0, not 0 + x: only the former is x for every x (-0 included), so compilers reduce it to a broadcast. */
ALWAYS_INLINE vf vf_splat(float x) { return x - (vf){0}; }
ALWAYS_INLINE vi vi_splat(int32_t x) { return (vi){0} + x; }

/* The first `count` (< VL) floats of p, the rest 0; and their store. */
ALWAYS_INLINE vf vf_load_first(const float* p, int32_t count) {
  vf v = {0};
  for (int32_t i = 0; i < count; i++) v[i] = p[i];
  return v;
}
ALWAYS_INLINE void vf_store_first(float* p, vf v, int32_t count) {
  for (int32_t i = 0; i < count; i++) p[i] = v[i];
}

/* mask lanes are 0 or -1, as comparisons give them. */
ALWAYS_INLINE vf vf_select(vi mask, vf yes, vf no) { return (vf)(((vi)yes & mask) | ((vi)no & ~mask)); }
ALWAYS_INLINE vf vf_max(vf a, vf b) { return vf_select(a > b, a, b); }

/* VL doubles in two registers. */
struct wide {
  vd_half low, high;
};
union wide_lanes {
  vd whole;
  struct wide halves;
};
ALWAYS_INLINE struct wide vf_widen(vf v) {
  const union wide_lanes lanes = {.whole = __builtin_convertvector(v, vd)};
  return lanes.halves;
}
ALWAYS_INLINE vf vf_narrow(struct wide v) {
  const union wide_lanes lanes = {.halves = v};
  return __builtin_convertvector(lanes.whole, vf);
}

/* Lane by lane in a tree, which the compilers turn into shuffles. */
ALWAYS_INLINE float vf_sum(vf v) {
  float lanes[VL];
  vf_store(lanes, v);
  for (int32_t width = VL / 2; width > 0; width /= 2) {
    for (int32_t i = 0; i < width; i++) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

#endif
