/* Kernels that work along rows: softmax and its logarithm, cross-entropy, layer normalisation. A row is walked a few times
 * while it is in cache; threads share the rows. */
#include "kernels.h"
#include "ranges.h"
#include "sums.h"
#include "vmath.h"

/* Least share of a thread: rows cost something even when they are short. */
#define ROW_COST(columns, per_element) ((int64_t)(columns) * (per_element) + 32)

static float greatest_of(const float* x, int32_t n) {
  const float lowest = -__builtin_inff();
  vf largest = vf_splat(lowest);
  int32_t i = 0;
  for (; i + VL <= n; i += VL) largest = vf_max(vf_load(x + i), largest);
  if (i < n) largest = vf_max(load_tail(x, n, lowest), largest);
  float lanes[VL];
  vf_store(lanes, largest);
  for (int32_t width = VL / 2; width > 0; width /= 2) {
    for (int32_t i = 0; i < width; i++) lanes[i] = lanes[i + width] > lanes[i] ? lanes[i + width] : lanes[i];
  }
  return lanes[0];
}

/* Returns the sum of exp(x - shift) over n elements; the powers go to y unless it is null. y == x is fine. */
ALWAYS_INLINE double sum_of_powers(const int32_t keep, float* y, const float* x, float shift, int32_t n) {
  struct wide total = {{0}, {0}};
  for (int32_t i = 0; i + VL <= n;) {
    vf group = {0};
    for (const int32_t end = group_end(i, n); i < end; i += VL) {
      const vf power = vf_exp(vf_load(x + i) - shift);
      if (keep) vf_store(y + i, power);
      group += power;
    }
    accumulate(&total, group);
  }
  if (n % VL) {
    const vf power = vf_exp(load_tail(x, n, -__builtin_inff()) - shift);
    if (keep) store_tail(y, n, power);
    accumulate(&total, vf_select(tail_mask(n), power, (vf){0}));
  }
  return sum_of_lanes(total);
}

static double keep_powers(float* y, const float* x, float shift, int32_t n) { return sum_of_powers(1, y, x, shift, n); }
static double add_powers(const float* x, float shift, int32_t n) { return sum_of_powers(0, 0, x, shift, n); }

static float log_of(double x) { return vf_log(vf_splat((float)x))[0]; }

/* y = x * factor + summand */
static void scale_and_add(float* y, const float* x, float factor, float summand, int32_t n) {
  int32_t i = 0;
  for (; i + VL <= n; i += VL) vf_store(y + i, vf_load(x + i) * factor + summand);
  if (i < n) store_tail(y, n, load_tail(x, n, 0) * factor + summand);
}

static double dot(const float* a, const float* b, int32_t n) {
  struct wide total = {{0}, {0}};
  for (int32_t i = 0; i + VL <= n;) {
    vf group = {0};
    for (const int32_t end = group_end(i, n); i < end; i += VL) group += vf_load(a + i) * vf_load(b + i);
    accumulate(&total, group);
  }
  if (n % VL) accumulate(&total, load_tail(a, n, 0) * load_tail(b, n, 0));
  return sum_of_lanes(total);
}

/* ---- Softmax ---- */

struct softmax {
  int32_t rows, columns, pieces, logarithm;
  float* out;
  const float *a, *dy;
};

static void softmax_piece(int32_t index, void* context) {
  const struct softmax* s = context;
  const int32_t n = s->columns;
  const struct range rows = piece_of(s->rows, s->pieces, index, 1);
  for (int32_t r = rows.from; r < rows.to; r++) {
    const float* a = s->a + (int64_t)r * n;
    float* y = s->out + (int64_t)r * n;
    const float shift = greatest_of(a, n);
    if (s->logarithm) {
      const float log_sum = log_of(add_powers(a, shift, n));
      /* In two subtractions: the first is nearly exact, shift + log_sum would not be. */
      int32_t i = 0;
      for (; i + VL <= n; i += VL) vf_store(y + i, (vf_load(a + i) - shift) - log_sum);
      if (i < n) store_tail(y, n, (load_tail(a, n, 0) - shift) - log_sum);
    } else {
      const double sum = keep_powers(y, a, shift, n);
      scale_and_add(y, y, (float)(1 / sum), 0, n);
    }
  }
}

KERNEL(void) softmax(float* y, const float* a, int32_t rows, int32_t columns) {
  struct softmax s = {.rows = rows, .columns = columns, .out = y, .a = a, .pieces = piece_count(rows, ROW_COST(columns, 24))};
  parallel(s.pieces, softmax_piece, &s);
}

KERNEL(void) log_softmax(float* y, const float* a, int32_t rows, int32_t columns) {
  struct softmax s = {.rows = rows, .columns = columns, .out = y, .a = a, .logarithm = 1};
  s.pieces = piece_count(rows, ROW_COST(columns, 24));
  parallel(s.pieces, softmax_piece, &s);
}

static void softmax_backward_piece(int32_t index, void* context) {
  const struct softmax* s = context;
  const int32_t n = s->columns;
  const struct range rows = piece_of(s->rows, s->pieces, index, 1);
  for (int32_t r = rows.from; r < rows.to; r++) {
    float* da = s->out + (int64_t)r * n;
    const float *y = s->a + (int64_t)r * n, *dy = s->dy + (int64_t)r * n;
    const float sum = (float)(s->logarithm ? sum_of(dy, n) : dot(y, dy, n));
    int32_t i = 0;
    if (s->logarithm) {
      for (; i + VL <= n; i += VL) vf_store(da + i, vf_load(da + i) + (vf_load(dy + i) - vf_exp(vf_load(y + i)) * sum));
      if (i < n) store_tail(da, n, load_tail(da, n, 0) + (load_tail(dy, n, 0) - vf_exp(load_tail(y, n, 0)) * sum));
    } else {
      for (; i + VL <= n; i += VL) vf_store(da + i, vf_load(da + i) + vf_load(y + i) * (vf_load(dy + i) - sum));
      if (i < n) store_tail(da, n, load_tail(da, n, 0) + load_tail(y, n, 0) * (load_tail(dy, n, 0) - sum));
    }
  }
}

KERNEL(void) softmax_backward(float* da, const float* y, const float* dy, int32_t rows, int32_t columns) {
  struct softmax s = {.rows = rows, .columns = columns, .out = da, .a = y, .dy = dy};
  s.pieces = piece_count(rows, ROW_COST(columns, 3));
  parallel(s.pieces, softmax_backward_piece, &s);
}

KERNEL(void) log_softmax_backward(float* da, const float* y, const float* dy, int32_t rows, int32_t columns) {
  struct softmax s = {.rows = rows, .columns = columns, .out = da, .a = y, .dy = dy, .logarithm = 1};
  s.pieces = piece_count(rows, ROW_COST(columns, 24));
  parallel(s.pieces, softmax_backward_piece, &s);
}

/* ---- Cross-entropy ---- */

struct cross_entropy {
  int32_t rows, columns, pieces, ignore;
  float smoothing;
  float *loss, *gradient;
  const float* logits;
  const int32_t* target;
};

static void cross_entropy_piece(int32_t index, void* context) {
  const struct cross_entropy* s = context;
  const int32_t n = s->columns;
  const float off = s->smoothing / (float)n, on = 1 - s->smoothing;
  const struct range rows = piece_of(s->rows, s->pieces, index, 1);
  for (int32_t r = rows.from; r < rows.to; r++) {
    const float* logits = s->logits + (int64_t)r * n;
    float* gradient = s->gradient ? s->gradient + (int64_t)r * n : 0;
    const int32_t target = s->target[r];
    if (target == s->ignore || target < 0 || target >= n) {
      s->loss[r] = 0;
      for (int32_t c = 0; gradient && c < n; c++) gradient[c] = 0;
      continue;
    }
    /* Everything that needs the logits comes before the gradient, which may overwrite them. */
    const float shift = greatest_of(logits, n);
    const double wanted = (double)logits[target] - shift;
    const double mean = s->smoothing == 0 ? 0 : sum_of(logits, n) / n - shift;
    const double sum = gradient ? keep_powers(gradient, logits, shift, n) : add_powers(logits, shift, n);
    const double expected = s->smoothing == 0 ? wanted : on * wanted + s->smoothing * mean;
    s->loss[r] = (float)(log_of(sum) - expected);
    if (gradient) {
      scale_and_add(gradient, gradient, (float)(1 / sum), -off, n);
      gradient[target] -= on;
    }
  }
}

KERNEL(void) cross_entropy(float* loss, float* gradient, const float* logits, const int32_t* target, int32_t rows,
                           int32_t columns, int32_t ignore, float smoothing) {
  struct cross_entropy s = {.rows = rows, .columns = columns, .ignore = ignore, .smoothing = smoothing, .loss = loss,
                            .gradient = gradient, .logits = logits, .target = target};
  s.pieces = piece_count(rows, ROW_COST(columns, 24));
  parallel(s.pieces, cross_entropy_piece, &s);
}

/* ---- Layer normalisation ---- */

struct layer_norm {
  int32_t rows, columns, pieces;
  float epsilon;
  float *y, *mean, *inverse_sd;
  const float *a, *gain, *bias;
};

static double sum_of_squared_differences(const float* x, float from, int32_t n) {
  struct wide total = {{0}, {0}};
  for (int32_t i = 0; i + VL <= n;) {
    vf group = {0};
    for (const int32_t end = group_end(i, n); i < end; i += VL) {
      const vf difference = vf_load(x + i) - from;
      group += difference * difference;
    }
    accumulate(&total, group);
  }
  if (n % VL) {
    const vf difference = load_tail(x, n, from) - from;
    accumulate(&total, difference * difference);
  }
  return sum_of_lanes(total);
}

static void layer_norm_piece(int32_t index, void* context) {
  const struct layer_norm* s = context;
  const int32_t n = s->columns;
  const struct range rows = piece_of(s->rows, s->pieces, index, 1);
  for (int32_t r = rows.from; r < rows.to; r++) {
    const float* a = s->a + (int64_t)r * n;
    float* y = s->y + (int64_t)r * n;
    const float mean = (float)(sum_of(a, n) / n);
    const float variance = (float)(sum_of_squared_differences(a, mean, n) / n);
    const float factor = 1 / __builtin_sqrtf(variance + s->epsilon);
    s->mean[r] = mean;
    s->inverse_sd[r] = factor;
    int32_t i = 0;
    for (; i + VL <= n; i += VL) {
      vf_store(y + i, (vf_load(a + i) - mean) * factor * vf_load(s->gain + i) + vf_load(s->bias + i));
    }
    if (i < n) {
      store_tail(y, n, (load_tail(a, n, 0) - mean) * factor * load_tail(s->gain, n, 0) + load_tail(s->bias, n, 0));
    }
  }
}

KERNEL(void) layer_norm(float* y, float* mean, float* inverse_sd, const float* a, const float* gain, const float* bias,
                        int32_t rows, int32_t columns, float epsilon) {
  if (columns == 0) return;
  struct layer_norm s = {.rows = rows, .columns = columns, .epsilon = epsilon, .y = y, .mean = mean, .inverse_sd = inverse_sd,
                         .a = a, .gain = gain, .bias = bias, .pieces = piece_count(rows, ROW_COST(columns, 4))};
  parallel(s.pieces, layer_norm_piece, &s);
}

struct layer_norm_backward {
  int32_t rows, columns, pieces;
  float *da, *dgain, *dbias;
  const float *a, *gain, *mean, *inverse_sd, *dy;
};

/* With x the normalised row and g = dy gain: da += inverse_sd (g - mean(g) - x mean(g x)). */
static void layer_norm_row_gradients(int32_t index, void* context) {
  const struct layer_norm_backward* s = context;
  const int32_t n = s->columns;
  const struct range rows = piece_of(s->rows, s->pieces, index, 1);
  for (int32_t r = rows.from; r < rows.to; r++) {
    const float *a = s->a + (int64_t)r * n, *dy = s->dy + (int64_t)r * n;
    float* da = s->da + (int64_t)r * n;
    const float mean = s->mean[r], factor = s->inverse_sd[r];
    struct wide g_total = {{0}, {0}}, gx_total = {{0}, {0}};
    for (int32_t i = 0; i + VL <= n;) {
      vf g_group = {0}, gx_group = {0};
      for (const int32_t end = group_end(i, n); i < end; i += VL) {
        const vf g = vf_load(dy + i) * vf_load(s->gain + i);
        g_group += g;
        gx_group += g * ((vf_load(a + i) - mean) * factor);
      }
      accumulate(&g_total, g_group);
      accumulate(&gx_total, gx_group);
    }
    if (n % VL) {
      const vf g = load_tail(dy, n, 0) * load_tail(s->gain, n, 0);
      accumulate(&g_total, g);
      accumulate(&gx_total, g * ((load_tail(a, n, mean) - mean) * factor));
    }
    const float average = (float)(sum_of_lanes(g_total) / n), slope = (float)(sum_of_lanes(gx_total) / n);
    int32_t i = 0;
    for (; i + VL <= n; i += VL) {
      const vf g = vf_load(dy + i) * vf_load(s->gain + i), x = (vf_load(a + i) - mean) * factor;
      vf_store(da + i, vf_load(da + i) + factor * (g - average - x * slope));
    }
    if (i < n) {
      const vf g = load_tail(dy, n, 0) * load_tail(s->gain, n, 0), x = (load_tail(a, n, 0) - mean) * factor;
      store_tail(da, n, load_tail(da, n, 0) + factor * (g - average - x * slope));
    }
  }
}

/* dgain and dbias are sums over all rows: the threads share the columns, so the sums do not depend on how many there are. */
#define NORM_STRIP 256
static void layer_norm_column_gradients(int32_t index, void* context) {
  const struct layer_norm_backward* s = context;
  const int32_t n = s->columns;
  const struct range columns = piece_of(n, s->pieces, index, PIECE_GRAIN);
  double dgain[NORM_STRIP], dbias[NORM_STRIP];
  for (int32_t from = columns.from; from < columns.to; from += NORM_STRIP) {
    const int32_t width = columns.to - from < NORM_STRIP ? columns.to - from : NORM_STRIP;
    for (int32_t c = 0; c < width; c++) dgain[c] = dbias[c] = 0;
    for (int32_t r = 0; r < s->rows; r++) {
      const float *a = s->a + (int64_t)r * n + from, *dy = s->dy + (int64_t)r * n + from;
      const float mean = s->mean[r], factor = s->inverse_sd[r];
      int32_t c = 0;
      for (; c + VL <= width; c += VL) {
        const vf g = vf_load(dy + c);
        accumulate_in(dgain + c, g * ((vf_load(a + c) - mean) * factor));
        accumulate_in(dbias + c, g);
      }
      for (; c < width; c++) {
        dgain[c] += dy[c] * ((a[c] - mean) * factor);
        dbias[c] += dy[c];
      }
    }
    for (int32_t c = 0; c < width; c++) {
      s->dgain[from + c] = (float)(s->dgain[from + c] + dgain[c]);
      s->dbias[from + c] = (float)(s->dbias[from + c] + dbias[c]);
    }
  }
}

KERNEL(void) layer_norm_backward(float* da, float* dgain, float* dbias, const float* a, const float* gain, const float* mean,
                                 const float* inverse_sd, const float* dy, int32_t rows, int32_t columns) {
  if (columns == 0) return;
  struct layer_norm_backward s = {.rows = rows, .columns = columns, .da = da, .dgain = dgain, .dbias = dbias, .a = a,
                                  .gain = gain, .mean = mean, .inverse_sd = inverse_sd, .dy = dy};
  s.pieces = piece_count(rows, ROW_COST(columns, 8));
  parallel(s.pieces, layer_norm_row_gradients, &s);
  parallel(s.pieces, layer_norm_column_gradients, &s);
}
