/* Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011) on VL counters at a time. */
#ifndef UNROLLED_PHILOX_H
#define UNROLLED_PHILOX_H

#include "shuffle.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

typedef uint32_t vu __attribute__((vector_size(VL * 4)));
typedef uint64_t vul __attribute__((vector_size(VL * 4)));
typedef uint64_t vw __attribute__((vector_size(VL * 8)));

/* The two halves of a * factor, 64 bits each. The x86 instruction is named because GCC does not find it in the general form. */
#if defined(__AVX512F__) && VL == 16
#define MULTIPLY_EVEN(a, b) (vu) _mm512_mul_epu32((__m512i)(a), (__m512i)(b))
#elif defined(__AVX2__) && VL == 8
#define MULTIPLY_EVEN(a, b) (vu) _mm256_mul_epu32((__m256i)(a), (__m256i)(b))
#elif defined(__SSE2__) && VL == 4
#define MULTIPLY_EVEN(a, b) (vu) _mm_mul_epu32((__m128i)(a), (__m128i)(b))
#endif

ALWAYS_INLINE void multiply_wide(vu a, uint32_t factor, vu* high, vu* low) {
#if defined(MULTIPLY_EVEN)
  const vu b = (vu){0} + factor;
  const vu even = MULTIPLY_EVEN(a, b), odd = MULTIPLY_EVEN((vul)a >> 32, b);
  *high = INTERLEAVE_ODD(even, odd);
  *low = INTERLEAVE_EVEN(even, odd);
#else
  const vw product = __builtin_convertvector(a, vw) * (uint64_t)factor;
  *high = __builtin_convertvector(product >> 32, vu);
  *low = a * factor;
#endif
}

/* Counters, words 0..3 of VL blocks, become those blocks' random words. */
ALWAYS_INLINE void philox_blocks(vu c[4], uint32_t key0, uint32_t key1) {
  for (int32_t round = 0; round < 10; round++) {
    vu high0, low0, high1, low1;
    multiply_wide(c[0], 0xd2511f53, &high0, &low0);
    multiply_wide(c[2], 0xcd9e8d57, &high1, &low1);
    c[0] = high1 ^ c[1] ^ key0;
    c[1] = low1;
    c[2] = high0 ^ c[3] ^ key1;
    c[3] = low0;
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
}

#endif
