/* Reads of a memory by one row of the batch at one token: scores and weights of the positions that the row has, their weighted sum,
 * and the gradients of these. See the instructions of sequence_run in kernels.h. */
#ifndef UNROLLED_READING_H
#define UNROLLED_READING_H

#include "kernels.h"
#include "vmath.h"

/* The operands of an instruction, for one row. */
struct memory_read {
  float* to;
  const float *a, *b, *third;
  const float* memory; /* its first position; others `stride` floats apart */
  int64_t stride;
  float* gradient; /* of the memory, laid out alike */
  float* totals;
  int32_t columns, number;
  int32_t length, positions; /* positions of the row, and of the padded memory */
};

static void clear_padding(const struct memory_read* r) {
  for (int32_t u = r->length; u < r->positions; u++) r->to[u] = 0;
}

static float dot_of_rows(const float* a, const float* b, int32_t n) {
  vf sum[4] = {{0}, {0}, {0}, {0}};
  int32_t j = 0;
  for (; j + 4 * VL <= n; j += 4 * VL)
    for (int32_t l = 0; l < 4; l++) sum[l] += vf_load(a + j + l * VL) * vf_load(b + j + l * VL);
  for (; j + VL <= n; j += VL) sum[0] += vf_load(a + j) * vf_load(b + j);
  float total = vf_sum((sum[0] + sum[1]) + (sum[2] + sum[3]));
  for (; j < n; j++) total += a[j] * b[j];
  return total;
}

static void dot_scores(const struct memory_read* r) {
  for (int32_t u = 0; u < r->length; u++) r->to[u] = dot_of_rows(r->memory + u * r->stride, r->a, r->columns);
  clear_padding(r);
}

static void additive_scores(const struct memory_read* r) {
  const int32_t n = r->columns, whole = n - n % VL;
  for (int32_t u = 0; u < r->length; u++) {
    const float* key = r->memory + u * r->stride;
    vf sum = {0};
    for (int32_t j = 0; j < whole; j += VL) sum += vf_load(r->b + j) * vf_tanh(vf_load(key + j) + vf_load(r->a + j));
    if (whole < n) {
      const int32_t rest = n - whole;
      sum += vf_load_first(r->b + whole, rest) * vf_tanh(vf_load_first(key + whole, rest) + vf_load_first(r->a + whole, rest));
    }
    r->to[u] = vf_sum(sum);
  }
  clear_padding(r);
}

/* `count` columns of the memory from j on. */
ALWAYS_INLINE void additive_slope_part(const struct memory_read* r, int32_t j, int32_t count) {
#define PART(p) (count == VL ? vf_load(p) : vf_load_first(p, count))
  const vf query = PART(r->a + j), v = PART(r->third + j);
  vf slope = {0}, total = PART(r->totals + j);
  for (int32_t u = 0; u < r->length; u++) {
    const vf t = vf_tanh(PART(r->memory + u * r->stride + j) + query);
    const vf part = r->b[u] * (1.0f - t * t);
    float* gradient = r->gradient + u * r->stride + j;
    const vf sum = PART(gradient) + v * part;
    if (count == VL) vf_store(gradient, sum);
    else vf_store_first(gradient, sum, count);
    slope += part;
    total += r->b[u] * t;
  }
#undef PART
  vf_store_first(r->to + j, slope, count);
  vf_store_first(r->totals + j, total, count);
}

static void additive_slope(const struct memory_read* r) {
  int32_t j = 0;
  for (; j + VL <= r->columns; j += VL) additive_slope_part(r, j, VL);
  if (j < r->columns) additive_slope_part(r, j, r->columns - j);
}

/* The places 1, 2, ... of positions u, u + 1, ... */
static vf places_from(int32_t u) {
  vf places;
  for (int32_t l = 0; l < VL; l++) places[l] = (float)(u + 1 + l);
  return places;
}

static void window(const struct memory_read* r) {
  for (int32_t u = 0; u < r->length; u += VL) {
    const vf place = places_from(u);
    vf sum = {0};
    for (int32_t k = 0; k < r->columns; k++) {
      const vf distance = r->third[k] - place;
      sum += r->a[k] * vf_exp(-r->b[k] * (distance * distance));
    }
    vf_store_first(r->to + u, sum, r->length - u < VL ? r->length - u : VL);
  }
  clear_padding(r);
}

static void window_moment(const struct memory_read* r) {
  for (int32_t k = 0; k < r->columns; k++) {
    const float beta = r->a[k], kappa = r->b[k];
    vf sum = {0};
    for (int32_t u = 0; u < r->length; u += VL) {
      const int32_t count = r->length - u < VL ? r->length - u : VL;
      const vf places = places_from(u), distance = kappa - places;
      vf part = (count == VL ? vf_load(r->third + u) : vf_load_first(r->third + u, count)) * vf_exp(-beta * (distance * distance));
      for (int32_t i = 0; i < r->number; i++) part *= distance;
      /* Behind the row's end the exponential may be infinite. */
      sum += vf_select(places <= (float)r->length, part, (vf){0});
    }
    r->to[k] = vf_sum(sum);
  }
}

/* Columns of the sum that stay in registers. */
#define READ_VECTORS 4
static void weighted_sum(const struct memory_read* r) {
  int32_t j = 0;
  for (; j + READ_VECTORS * VL <= r->columns; j += READ_VECTORS * VL) {
    vf sum[READ_VECTORS] = {{0}, {0}, {0}, {0}};
    for (int32_t u = 0; u < r->length; u++) {
      const float* position = r->memory + u * r->stride + j;
      for (int32_t l = 0; l < READ_VECTORS; l++) sum[l] += r->a[u] * vf_load(position + l * VL);
    }
    for (int32_t l = 0; l < READ_VECTORS; l++) vf_store(r->to + j + l * VL, sum[l]);
  }
  for (; j + VL <= r->columns; j += VL) {
    vf sum = {0};
    for (int32_t u = 0; u < r->length; u++) sum += r->a[u] * vf_load(r->memory + u * r->stride + j);
    vf_store(r->to + j, sum);
  }
  for (; j < r->columns; j++) {
    float sum = 0;
    for (int32_t u = 0; u < r->length; u++) sum += r->a[u] * r->memory[u * r->stride + j];
    r->to[j] = sum;
  }
}

static void position_softmax(const struct memory_read* r) {
  const int32_t n = r->length;
  if (n > 0) {
    float largest = r->a[0];
    for (int32_t u = 1; u < n; u++) largest = r->a[u] > largest ? r->a[u] : largest;
    vf sum = {0};
    for (int32_t u = 0; u < n; u += VL) {
      const int32_t count = n - u < VL ? n - u : VL;
      const vf e = vf_exp(vf_load_first(r->a + u, count) - largest);
      vf_store_first(r->to + u, e, count);
      sum += vf_load_first(r->to + u, count);
    }
    const float share = 1 / vf_sum(sum);
    for (int32_t u = 0; u < n; u++) r->to[u] *= share;
  }
  clear_padding(r);
}

static void position_softmax_gradient(const struct memory_read* r) {
  const float mean = dot_of_rows(r->a, r->b, r->length);
  for (int32_t u = 0; u < r->length; u++) r->to[u] = r->a[u] * (r->b[u] - mean);
  clear_padding(r);
}

static void position_add(const struct memory_read* r) {
  for (int32_t u = 0; u < r->length; u++) r->to[u] = r->a[u] + r->b[u];
  clear_padding(r);
}

static void read_memory(int32_t opcode, const struct memory_read* r) {
  switch (opcode) {
    case SEQ_DOT_SCORES: dot_scores(r); break;
    case SEQ_ADDITIVE_SCORES: additive_scores(r); break;
    case SEQ_WINDOW: window(r); break;
    case SEQ_READ: weighted_sum(r); break;
    case SEQ_POSITION_SOFTMAX: position_softmax(r); break;
    case SEQ_POSITION_ADD: position_add(r); break;
    case SEQ_POSITION_SOFTMAX_GRADIENT: position_softmax_gradient(r); break;
    case SEQ_ADDITIVE_SLOPE: additive_slope(r); break;
    case SEQ_WINDOW_MOMENT: window_moment(r); break;
  }
}

#endif
