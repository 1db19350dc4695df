/* Elementary functions over vectors of floats (simd.h), written once for every width: no branches, no tables, no libm.
 *
 * exp, log, tanh, sigmoid and softplus: relative error at most 3e-7 over the whole range, with or without fused
 * multiply-adds. NaN comes through, infinities and signed zeros give what the mathematics says, results too large are inf,
 * results too small fade through denormals to 0 (or straight to 0 where the processor flushes denormals).
 * Comparisons that keep a value within bounds are written so that NaN fails them and stays.
 *
 * The polynomials are minimax fits (Remez) for the relative error of the whole function on the reduced range. */
#ifndef UNROLLED_VMATH_H
#define UNROLLED_VMATH_H

#include "simd.h"

#define LOG2_E 0x1.715476p+0f
/* ln 2 in two parts; the high one has so few bits that its product with an exponent is exact. */
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW 0x1.7f7d1cp-20f
/* Added to a float below 2^22, 1.5 * 2^23 rounds it to an integer and leaves that integer in the low bits. */
#define ROUNDER 0x1.8p23f
#define ROUNDER_BITS 0x4b400000
#define ONE_BITS 0x3f800000
#define SIGN_BIT ((int32_t)0x80000000)
#define INFINITY_BITS 0x7f800000

ALWAYS_INLINE vf vf_abs(vf x) { return (vf)((vi)x & 0x7fffffff); }
ALWAYS_INLINE vf vf_copy_sign(vf magnitude, vf sign) {
  return (vf)(((vi)magnitude & 0x7fffffff) | ((vi)sign & SIGN_BIT));
}
/* min(x, high) and max(x, low) that let NaN through. */
ALWAYS_INLINE vf vf_at_most(vf x, float high) { return vf_select(x > high, vf_splat(high), x); }
ALWAYS_INLINE vf vf_at_least(vf x, float low) { return vf_select(x < low, vf_splat(low), x); }

/* The compilers make one vector instruction of this loop. */
ALWAYS_INLINE vf vf_sqrt(vf x) {
  for (int32_t i = 0; i < VL; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
}

/* Splits x = n ln 2 + r, |r| <= ln 2 / 2: returns exp(r) - 1, accurate also for tiny r, and n + ROUNDER. |x| < 2^21. */
ALWAYS_INLINE vf vf_expm1_reduced(vf x, vf* shifted) {
  *shifted = x * LOG2_E + ROUNDER;
  const vf n = *shifted - ROUNDER;
  const vf r = (x - n * LN2_HIGH) - n * LN2_LOW;
  vf p = r * 0x1.6a2434p-10f + 0x1.1239e2p-7f;
  p = p * r + 0x1.5558f2p-5f;
  p = p * r + 0x1.555492p-3f;
  p = p * r + 0x1.fffffcp-2f;
  return r * r * p + r;
}

ALWAYS_INLINE vf vf_exp(vf x) {
  vf shifted;
  const vf p = vf_expm1_reduced(vf_at_least(vf_at_most(x, 89.0f), -104.0f), &shifted);
  /* 2^n in two factors: n reaches from -150 to 128, further than one float's exponent. */
  const vi n = (vi)shifted - ROUNDER_BITS;
  const vi half = n >> 1;
  const vf scale = (vf)((half << 23) + ONE_BITS);
  return (scale * p + scale) * (vf)(((n - half) << 23) + ONE_BITS);
}

/* tanh |x| = (e - 1) / (e + 1) with e = exp(2 |x|), from e - 1 so that it is accurate near 0; never more than 1. */
ALWAYS_INLINE vf vf_tanh(vf x) {
  vf shifted;
  const vf p = vf_expm1_reduced(2.0f * vf_at_most(vf_abs(x), 10.0f), &shifted);
  const vf scale = (vf)(((vi)shifted << 23) + ONE_BITS);
  const vf e_minus_1 = scale * p + (scale - 1.0f);
  return vf_copy_sign(e_minus_1 / (e_minus_1 + 2.0f), x);
}

/* 1 / (1 + exp(-x)); at the lower bound of -x the scale is 2^-126, at the upper one it is inf (times p + 1 > 0, not p). */
ALWAYS_INLINE vf vf_sigmoid(vf x) {
  vf shifted;
  const vf p = vf_expm1_reduced(vf_at_least(vf_at_most(-x, 88.9f), -87.0f), &shifted);
  const vf scale = (vf)(((vi)shifted << 23) + ONE_BITS);
  return 1.0f / ((p + 1.0f) * scale + 1.0f);
}

/* log(1 + f) for sqrt(1/2) <= 1 + f <= sqrt(2). */
ALWAYS_INLINE vf vf_log1p_reduced(vf f) {
  vf q = f * -0x1.38b578p-4f + 0x1.055b68p-3f;
  q = q * f + -0x1.0d8542p-3f;
  q = q * f + 0x1.22da1ep-3f;
  q = q * f + -0x1.547244p-3f;
  q = q * f + 0x1.99a008p-3f;
  q = q * f + -0x1.000226p-2f;
  q = q * f + 0x1.555554p-2f;
  return f * f * (f * q - 0.5f) + f;
}

ALWAYS_INLINE vf vf_log(vf x) {
  const vi bits = (vi)x;
  /* A denormal is its bits times 2^-149: as an integer it survives a processor that flushes denormals. */
  const vi denormal = bits < 0x00800000;
  const vi normal = (vi)vf_select(denormal, __builtin_convertvector(bits, vf), x);
  /* x = 2^n (1 + f) with 1 + f from sqrt(1/2) on. */
  const vi n = (normal - 0x3f3504f3) >> 23;
  const vf f = (vf)(normal - (n << 23)) - 1.0f;
  const vf exponent = __builtin_convertvector(n - (denormal & 149), vf);
  vf y = (exponent * LN2_LOW + vf_log1p_reduced(f)) + exponent * LN2_HIGH;
  y = vf_select(bits >= INFINITY_BITS, x, y);
  y = vf_select(bits < 0, (vf)(vi_splat(0x7fc00000)), y);
  return vf_select((bits & 0x7fffffff) == 0, (vf)vi_splat((int32_t)0xff800000), y);
}

/* log(1 + exp(x)) = max(x, 0) + log(1 + u), u = exp(-|x|) <= 1. */
ALWAYS_INLINE vf vf_softplus(vf x) {
  const vf u = vf_exp(-vf_abs(x));
  /* Above sqrt(2) - 1 the logarithm is taken of (1 + u) / 2. */
  const vi large = u > 0x1.a8279ap-2f;
  const vf f = vf_select(large, (u - 1.0f) * 0.5f, u);
  const vf log1p = vf_log1p_reduced(f) + vf_select(large, vf_splat(0x1.62e43p-1f), vf_splat(0));
  return vf_select(x > 0.0f, x, vf_splat(0)) + log1p;
}

/* |x|^p, relative error about 1e-7 (1 + |p log |x||). */
ALWAYS_INLINE vf vf_pow(vf x, float p) {
  if (p == 0.0f) return vf_splat(1.0f);
  return vf_exp(p * vf_log(vf_abs(x)));
}

/* sin and cos of r + quadrant pi / 2, |r| <= pi / 4. */
ALWAYS_INLINE void vf_sin_cos_reduced(vf r, vi quadrant, vf* sine, vf* cosine) {
  const vf z = r * r;
  const vf s = r * (z * ((z * -0x1.994e5cp-13f + 0x1.110760p-7f) * z + -0x1.555546p-3f) + 1.0f);
  const vf c = z * (z * ((z * 0x1.9a020ap-16f + -0x1.6c0c8ap-10f) * z + 0x1.55554ap-5f) - 0.5f) + 1.0f;
  const vi swap = (quadrant & 1) != 0;
  *sine = (vf)((vi)vf_select(swap, c, s) ^ ((quadrant & 2) << 30));
  *cosine = (vf)((vi)vf_select(swap, s, c) ^ (((quadrant + 1) & 2) << 30));
}

/* Absolute error below 4e-7 for |x| <= 2^30; beyond, where a float's neighbour is many periods away, x counts as 0. */
ALWAYS_INLINE void vf_sin_cos(vf x, vf* sine, vf* cosine) {
  const vf bounded = vf_select(vf_abs(x) <= 0x1p30f, x, x - x);
  const vd wide = __builtin_convertvector(bounded, vd);
  const vd shifted = wide * 0x1.45f306dc9c883p-1 + 0x1.8p52;
  const vd n = shifted - 0x1.8p52;
  const vf r = __builtin_convertvector(wide - n * 0x1.921fb54442d18p+0, vf);
  vf_sin_cos_reduced(r, __builtin_convertvector((vl)shifted, vi), sine, cosine);
}

ALWAYS_INLINE vf vf_sin(vf x) {
  vf sine, cosine;
  vf_sin_cos(x, &sine, &cosine);
  return sine;
}

ALWAYS_INLINE vf vf_cos(vf x) {
  vf sine, cosine;
  vf_sin_cos(x, &sine, &cosine);
  return cosine;
}

#endif
