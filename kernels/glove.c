/* GloVe (Pennington, Socher & Manning 2014): weighted least squares on logarithms of co-occurrence counts, by AdaGrad. The definition
 * stands at the prototype in kernels.h. Threads take pieces of the records and write without locks. */
#include "kernels.h"
#include "ranges.h"
#include "vmath.h"

#define GLOVE_PIECE 1024
#define GLOVE_AHEAD 4
#define GRADIENT_LIMIT 100.0f

struct glove {
  float *words, *contexts;
  const int32_t *rows, *columns;
  const float* values;
  int32_t width, dimensions, count, pieces, flags;
  float lr, x_max, power;
  double* costs;
};

struct weighted {
  float weight, logarithm;
};

static void prefetch_parameters(const float* row, int32_t width) {
  for (int32_t i = 0; i < 2 * width; i += 16) __builtin_prefetch(row + i, 1);
}

/* One coordinate's vector of both rows; lanes outside `mask` are left as they are. */
ALWAYS_INLINE void adagrad_both(float* w, float* c, int32_t width, vi mask, vf slope, float lr) {
  const vf a = vf_load(w), b = vf_load(c), squares_w = vf_load(w + width), squares_c = vf_load(c + width);
  const vf step_w = (vf)((vi)(vf_at_least(vf_at_most(slope * b, GRADIENT_LIMIT), -GRADIENT_LIMIT) * lr) & mask);
  const vf step_c = (vf)((vi)(vf_at_least(vf_at_most(slope * a, GRADIENT_LIMIT), -GRADIENT_LIMIT) * lr) & mask);
  vf_store(w, a - step_w / vf_sqrt(squares_w));
  vf_store(c, b - step_c / vf_sqrt(squares_c));
  vf_store(w + width, squares_w + step_w * step_w);
  vf_store(c + width, squares_c + step_c * step_c);
}

static void adagrad_bias(float* bias, float* square, float step) {
  *bias -= step / __builtin_sqrtf(*square);
  *square += step * step;
}

static double train_record(const struct glove* s, int32_t i, struct weighted x) {
  const int32_t d = s->dimensions, whole = d - d % VL, width = s->width;
  float* w = s->words + (int64_t)s->rows[i] * 2 * width;
  float* c = s->contexts + (int64_t)s->columns[i] * 2 * width;
  const vi every = vi_splat(-1), lane = {LANES}, tail = lane < d - whole;
  vf sum = {0};
  for (int32_t q = 0; q < whole; q += VL) sum += vf_load(w + q) * vf_load(c + q);
  if (whole < d) sum += (vf)((vi)(vf_load(w + whole) * vf_load(c + whole)) & tail);
  const float difference = vf_sum(sum) + w[d] + c[d] - x.logarithm;
  const float slope = x.weight * difference;
  for (int32_t q = 0; q < whole; q += VL) adagrad_both(w + q, c + q, width, every, vf_splat(slope), s->lr);
  if (whole < d) adagrad_both(w + whole, c + whole, width, tail, vf_splat(slope), s->lr);
  const float step = s->flags & GLOVE_UNSCALED_BIAS ? slope : slope * s->lr;
  adagrad_bias(w + d, w + width + d, step);
  adagrad_bias(c + d, c + width + d, step);
  return (double)slope * difference;
}

static void glove_piece(int32_t index, void* context) {
  const struct glove* s = context;
  const struct range r = piece_of(s->count, s->pieces, index, PIECE_GRAIN);
  double cost = 0;
  for (int32_t from = r.from; from < r.to; from += VL) {
    const int32_t n = r.to - from < VL ? r.to - from : VL;
    const vf x = n == VL ? vf_load(s->values + from) : vf_load_first(s->values + from, n);
    const vf weight = vf_select(x < s->x_max, vf_pow(x / s->x_max, s->power), vf_splat(1)), logarithm = vf_log(x);
    for (int32_t i = 0; i < n; i++) {
      const int32_t ahead = from + i + GLOVE_AHEAD;
      if (ahead < r.to) {
        prefetch_parameters(s->words + (int64_t)s->rows[ahead] * 2 * s->width, s->width);
        prefetch_parameters(s->contexts + (int64_t)s->columns[ahead] * 2 * s->width, s->width);
      }
      cost += train_record(s, from + i, (struct weighted){weight[i], logarithm[i]});
    }
  }
  s->costs[index] = cost;
}

KERNEL(void) glove_train(float* words, float* contexts, int32_t width, int32_t dimensions, const int32_t* rows,
                         const int32_t* columns, const float* values, int32_t count, float lr, float x_max, float power,
                         int32_t flags, float* statistics) {
  double costs[MAX_THREADS], cost = 0;
  const int32_t threads = thread_count(), pieces = count / GLOVE_PIECE < threads ? count / GLOVE_PIECE : threads;
  struct glove s = {.words = words, .contexts = contexts, .rows = rows, .columns = columns, .values = values, .width = width,
                    .dimensions = dimensions, .count = count, .pieces = pieces > 1 ? pieces : 1, .flags = flags, .lr = lr,
                    .x_max = x_max, .power = power, .costs = costs};
  parallel(s.pieces, glove_piece, &s);
  for (int32_t i = 0; i < s.pieces; i++) cost += costs[i];
  statistics[0] += (float)cost;
}
