/* Random numbers from Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011), VL blocks of four words at a time. An element depends
 * only on its index, so streams are the same however they are cut. */
#include "kernels.h"
#include "philox.h"
#include "ranges.h"
#include "vmath.h"

#define BATCH (4 * VL)

/* Words 0..3 of the VL blocks from `counter` on. */
ALWAYS_INLINE void philox(uint64_t counter, uint32_t key0, uint32_t key1, vu c[4]) {
  const uint32_t counter_low = (uint32_t)counter, counter_high = (uint32_t)(counter >> 32);
  c[0] = (vu){LANES} + counter_low;
  c[1] = counter_high - (vu)(c[0] < counter_low); /* -1 where the low word has wrapped */
  c[2] = c[3] = (vu){0};
  philox_blocks(c, key0, key1);
}

struct stream {
  int32_t n, pieces;
  uint32_t key0, key1;
  uint64_t counter;
  float *y, p, q;
};

/* Turns the words of VL blocks into values, in place of one another. */
typedef void make_values(const struct stream* s, const vu words[4], vf values[4]);

ALWAYS_INLINE void stream_piece(int32_t index, void* context, make_values* make) {
  const struct stream* s = context;
  const struct range r = piece_of(s->n, s->pieces, index, 64 /* a multiple of every BATCH */);
  for (int32_t i = r.from; i < r.to; i += BATCH) {
    vu words[4];
    vf values[4];
    float rest[BATCH];
    const int32_t whole = r.to - i >= BATCH;
    float* y = whole ? s->y + i : rest;
    philox(s->counter + (uint64_t)(i / 4), s->key0, s->key1, words);
    make(s, words, values);
    interleave_four(values);
    for (int32_t j = 0; j < 4; j++) vf_store(y + j * VL, values[j]);
    for (int32_t j = i; !whole && j < r.to; j++) s->y[j] = rest[j - i];
  }
}

static void run_stream(struct stream s, int64_t operations, void (*job)(int32_t, void*)) {
  s.pieces = piece_count(s.n, operations);
  parallel(s.pieces, job, &s);
}

#define STREAM .n = n, .y = y, .key0 = seed_low, .key1 = seed_high, .counter = (uint64_t)counter_high << 32 | counter_low

/* (bits >> 8) * 2^-24, exact. */
ALWAYS_INLINE vf unit_from(vu bits) { return __builtin_convertvector((vi)(bits >> 8), vf) * 0x1p-24f; }

/* In float64, where the product is exact: the same bits with and without fused multiply-add. */
ALWAYS_INLINE void make_uniform(const struct stream* s, const vu words[4], vf values[4]) {
  const double low = s->p, width = (double)s->q - s->p;
  for (int32_t j = 0; j < 4; j++) {
    struct wide x = vf_widen(unit_from(words[j]));
    x.low = x.low * width + low;
    x.high = x.high * width + low;
    values[j] = vf_narrow(x);
  }
}
static void uniform_piece(int32_t index, void* context) { stream_piece(index, context, make_uniform); }

KERNEL(void) random_uniform(float* y, int32_t n, uint32_t seed_low, uint32_t seed_high, uint32_t counter_low,
                            uint32_t counter_high, float low, float high) {
  run_stream((struct stream){STREAM, .p = low, .q = high}, 10, uniform_piece);
}

/* sqrt(-2 ln u) for u = (2 k + 1) 2^-25, k the upper 24 bits. Near 1 the logarithm needs 1 - u, which is exact, not u. */
ALWAYS_INLINE vf radius_from(vu bits) {
  const vi odd = (vi)(bits >> 8) * 2 + 1;
  const vf below_one = __builtin_convertvector(odd - (1 << 25), vf) * 0x1p-25f;
  const vf u = __builtin_convertvector(odd, vf) * 0x1p-25f;
  return vf_sqrt(-2.0f * vf_select(below_one > -0.25f, vf_log1p_reduced(below_one), vf_log(u)));
}

/* sin and cos of 2 pi u: in quarter turns everything but the last product is exact. */
ALWAYS_INLINE void turn_from(vu bits, vf* sine, vf* cosine) {
  const vf quarters = 4.0f * unit_from(bits);
  const vf shifted = quarters + ROUNDER;
  vf_sin_cos_reduced((quarters - (shifted - ROUNDER)) * 0x1.921fb6p+0f, (vi)shifted, sine, cosine);
}

ALWAYS_INLINE void make_normal(const struct stream* s, const vu words[4], vf values[4]) {
  for (int32_t j = 0; j < 4; j += 2) {
    vf sine, cosine;
    turn_from(words[j + 1], &sine, &cosine);
    const vf radius = s->q * radius_from(words[j]);
    values[j] = radius * cosine + s->p;
    values[j + 1] = radius * sine + s->p;
  }
}
static void normal_piece(int32_t index, void* context) { stream_piece(index, context, make_normal); }

KERNEL(void) random_normal(float* y, int32_t n, uint32_t seed_low, uint32_t seed_high, uint32_t counter_low,
                           uint32_t counter_high, float mean, float deviation) {
  run_stream((struct stream){STREAM, .p = mean, .q = deviation}, 40, normal_piece);
}

ALWAYS_INLINE void make_mask(const struct stream* s, const vu words[4], vf values[4]) {
  for (int32_t j = 0; j < 4; j++) values[j] = vf_select(unit_from(words[j]) < s->p, vf_splat(s->q), (vf){0});
}
static void mask_piece(int32_t index, void* context) { stream_piece(index, context, make_mask); }

KERNEL(void) random_mask(float* y, int32_t n, uint32_t seed_low, uint32_t seed_high, uint32_t counter_low,
                         uint32_t counter_high, float probability, float value) {
  run_stream((struct stream){STREAM, .p = probability, .q = value}, 10, mask_piece);
}
