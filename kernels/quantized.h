/* Products of one row with 8-bit weights: integers in, integers added up exactly, so that the sums are the same on every machine;
 * scales are multiplied in at the end.
 *
 * A quantised value is an integer in [-127, 127]: x times 127 / the largest magnitude, rounded half away from 0. -128 is left out, so
 * that magnitudes fit and pairs of products fit 16 bits. */
#ifndef UNROLLED_QUANTIZED_H
#define UNROLLED_QUANTIZED_H

#include "simd.h"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef int32_t unaligned_int __attribute__((aligned(1), may_alias));

/* Panels multiplied at a time: as many sums as leave registers for the rest. */
#define WIDE_QUANTIZED 8
#if defined(__clang__)
#define UNROLL_PANELS _Pragma("clang loop unroll(full)")
#else
#define UNROLL_PANELS _Pragma("GCC unroll 8")
#endif

/* Weights lie in panels of QL columns, [k / GROUP][QL][GROUP]: GROUP products are added up within a 32-bit lane. The source's
 * elements are `quantized`, as wide as the instructions want them. `add_group` adds GROUP products to each lane. */
#if defined(__AVX512BW__)
#define QL 16
#define GROUP 4
typedef int8_t quantized;
typedef __m512i group_sums;
struct group {
  group_sums magnitude, sign;
};
ALWAYS_INLINE struct group spread_group(const quantized* x) {
  const group_sums value = _mm512_set1_epi32(*(const unaligned_int*)x);
  return (struct group){_mm512_abs_epi8(value), _mm512_movm_epi8(_mm512_movepi8_mask(value))};
}
/* A magnitude times a weight of the source's sign: the instructions want one operand unsigned. */
ALWAYS_INLINE group_sums add_group(group_sums sum, const int8_t* weights, struct group x) {
  const group_sums w = _mm512_sub_epi8(_mm512_xor_si512(_mm512_loadu_si512(weights), x.sign), x.sign);
#if defined(__AVX512VNNI__)
  return _mm512_dpbusd_epi32(sum, x.magnitude, w);
#else
  return _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(x.magnitude, w), _mm512_set1_epi16(1)));
#endif
}
#elif defined(__AVX2__)
#define QL 8
#define GROUP 4
typedef int8_t quantized;
typedef __m256i group_sums;
struct group {
  group_sums magnitude, value;
};
ALWAYS_INLINE struct group spread_group(const quantized* x) {
  const group_sums value = _mm256_set1_epi32(*(const unaligned_int*)x);
  return (struct group){_mm256_abs_epi8(value), value};
}
/* A magnitude times a weight of the source's sign: the instructions want one operand unsigned. */
ALWAYS_INLINE group_sums add_group(group_sums sum, const int8_t* weights, struct group x) {
  const group_sums w = _mm256_sign_epi8(_mm256_loadu_si256((const group_sums*)weights), x.value);
#if defined(__AVXVNNI__)
  return _mm256_dpbusd_avx_epi32(sum, x.magnitude, w);
#else
  return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(x.magnitude, w), _mm256_set1_epi16(1)));
#endif
}
#elif defined(__ARM_FEATURE_DOTPROD)
#define QL 4
#define GROUP 4
typedef int8_t quantized;
typedef int32x4_t group_sums;
struct group {
  int8x16_t value;
};
ALWAYS_INLINE struct group spread_group(const quantized* x) {
  return (struct group){vreinterpretq_s8_s32(vdupq_n_s32(*(const unaligned_int*)x))};
}
ALWAYS_INLINE group_sums add_group(group_sums sum, const int8_t* weights, struct group x) { return vdotq_s32(sum, vld1q_s8(weights), x.value); }
#else
#define QL 4
#define GROUP 2
typedef int16_t quantized;
typedef int32_t group_sums __attribute__((vector_size(16)));
typedef int8_t bytes __attribute__((vector_size(8), aligned(1), may_alias));
typedef int16_t pairs __attribute__((vector_size(16)));
struct group {
  pairs value;
};
ALWAYS_INLINE struct group spread_group(const quantized* x) {
  const int32_t pair = *(const unaligned_int*)x;
  return (struct group){(pairs)((group_sums){0} + pair)};
}
ALWAYS_INLINE group_sums add_group(group_sums sum, const int8_t* weights, struct group x) {
  const pairs w = __builtin_convertvector(*(const bytes*)weights, pairs);
#if defined(__wasm_simd128__)
  return sum + (group_sums)__builtin_wasm_dot_s_i32x4_i16x8(w, x.value);
#elif defined(__SSE2__)
  return sum + (group_sums)_mm_madd_epi16((__m128i)w, (__m128i)x.value);
#else
  /* Little-endian: the first of a pair is the lower half. */
  return sum + ((group_sums)w << 16 >> 16) * ((group_sums)x.value << 16 >> 16) + ((group_sums)w >> 16) * ((group_sums)x.value >> 16);
#endif
}
#endif

typedef float floats_of_lanes __attribute__((vector_size(QL * 4)));
typedef floats_of_lanes floats_of_lanes_unaligned __attribute__((aligned(4), may_alias));
typedef int32_t integer_lanes __attribute__((vector_size(QL * 4)));

#define QUANTIZED_LIMIT 127

ALWAYS_INLINE int32_t group_count(int32_t k) { return (k + GROUP - 1) / GROUP; }

/* Below this everything counts as 0, so that the factor stays finite. */
#define SMALLEST_MAGNITUDE 1e-30f

/* What turns x into twice its quantised value: halves are then rounded as integers, the same with fused multiply-adds and without. */
ALWAYS_INLINE float quantizing_factor(float largest) {
  return largest > SMALLEST_MAGNITUDE ? 2 * QUANTIZED_LIMIT / largest : 0;
}

ALWAYS_INLINE vi quantize(vf x, float factor) {
  const vf limit = vf_splat(2 * QUANTIZED_LIMIT);
  vf twice = x * factor;
  twice = vf_select(twice > -limit, twice, -limit); /* NaN too, which no integer is */
  twice = vf_select(twice < limit, twice, limit);
  const vi truncated = __builtin_convertvector(twice, vi);
  return (truncated - (truncated >= 0)) >> 1;
}

ALWAYS_INLINE float largest_magnitude(const float* x, int32_t k) {
  vf largest = {0};
  int32_t j = 0;
  for (; j + VL <= k; j += VL) largest = vf_max(vf_max(vf_load(x + j), -vf_load(x + j)), largest);
  if (j < k) {
    const vf rest = vf_load_first(x + j, k - j);
    largest = vf_max(vf_max(rest, -rest), largest);
  }
  float result = 0;
  for (int32_t i = 0; i < VL; i++) result = largest[i] > result ? largest[i] : result;
  return result;
}

/* A quantised row is its scale and then its elements, with zeros up to a whole group. */
ALWAYS_INLINE const quantized* row_elements(const float* row) { return (const quantized*)(row + 1); }

/* `bounded`: the values are known to lie in [-1, 1], and what lies outside is clamped. A value that is not finite makes the scale NaN,
 * and so the whole product; no row (null) counts as zeros. */
static void quantize_row(float* row, const float* x, int32_t k, int32_t bounded) {
  typedef quantized narrow __attribute__((vector_size(VL * sizeof(quantized))));
  typedef narrow narrow_unaligned __attribute__((aligned(1), may_alias));
  quantized* to = (quantized*)(row + 1);
  const int32_t end = group_count(k) * GROUP;
  if (!x) {
    row[0] = 0;
    for (int32_t j = 0; j < end; j++) to[j] = 0;
    return;
  }
  const float largest = bounded ? 1 : largest_magnitude(x, k);
  const float factor = quantizing_factor(largest);
  vf poison = {0};
  int32_t j = 0;
  for (; j + VL <= k; j += VL) {
    const vf values = vf_load(x + j);
    poison += values * 0;
    *(narrow_unaligned*)(to + j) = __builtin_convertvector(quantize(values, factor), narrow);
  }
  if (j < k) {
    const vf values = vf_load_first(x + j, k - j);
    poison += values * 0;
    const vi rest = quantize(values, factor);
    for (int32_t i = 0; j + i < k; i++) to[j + i] = (quantized)rest[i];
  }
  for (j = k; j < end; j++) to[j] = 0;
  row[0] = largest / QUANTIZED_LIMIT + vf_sum(poison);
}

/* A packed panel: a scale for each column, then the weights. Columns that do not exist have weights and scale 0. */
ALWAYS_INLINE int64_t panel_bytes(int32_t k) { return QL * (4 + (int64_t)group_count(k) * GROUP); }

/* c[0..count * QL) += a quantised row times `count` (a compile-time constant) panels. */
ALWAYS_INLINE void quantized_panels(const int32_t count, float* c, const float* row, const int8_t* panel, int32_t k) {
  const int32_t groups = group_count(k);
  const int64_t step = panel_bytes(k);
  const quantized* x = row_elements(row);
  const int8_t* weights = panel + QL * 4;
  group_sums sum[WIDE_QUANTIZED];
  UNROLL_PANELS
  for (int32_t p = 0; p < count; p++) sum[p] = (group_sums){0};
  for (int32_t j = 0; j < groups; j++) {
    const struct group element = spread_group(x + j * GROUP);
    UNROLL_PANELS
    for (int32_t p = 0; p < count; p++) sum[p] = add_group(sum[p], weights + p * step, element);
    weights += QL * GROUP;
  }
  UNROLL_PANELS
  for (int32_t p = 0; p < count; p++) {
    const floats_of_lanes scale = *(const floats_of_lanes_unaligned*)(panel + p * step) * row[0];
    floats_of_lanes_unaligned* to = (floats_of_lanes_unaligned*)(c + p * QL);
    *to = *to + __builtin_convertvector((integer_lanes)sum[p], floats_of_lanes) * scale;
  }
}

/* c += a quantised row times columns [column, column + columns) of packed weights; `column` is a multiple of QL. What c has from there
 * to the end of the last panel is overwritten. */
static void add_quantized_product(float* c, const float* row, const void* packed, int32_t k, int32_t column, int32_t columns) {
  const int64_t step = panel_bytes(k);
  const int8_t* panel = (const int8_t*)packed + column / QL * step;
  const int32_t panels = (columns + QL - 1) / QL;
  int32_t p = 0;
  for (; p + WIDE_QUANTIZED <= panels; p += WIDE_QUANTIZED) quantized_panels(WIDE_QUANTIZED, c + p * QL, row, panel + p * step, k);
  for (; p + 2 <= panels; p += 2) quantized_panels(2, c + p * QL, row, panel + p * step, k);
  for (; p < panels; p++) quantized_panels(1, c + p * QL, row, panel + p * step, k);
}

#endif
