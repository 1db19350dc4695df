/* Optimiser updates: the equations stand at the prototypes in kernels.h. Each is one pass over its arrays. */
#include "kernels.h"
#include "ranges.h"
#include "vmath.h"

struct optimiser {
  int32_t n, pieces;
  float *w, *velocity, *mean, *square;
  const float* g;
  float lr, momentum, rho, epsilon, decay, beta1, beta2, root_correction, shrink;
  int32_t nesterov, centered;
};

/* An optimiser is a function over VL elements from i on, of which the first `count` exist. */
ALWAYS_INLINE vf load_some(const float* p, int32_t count) { return count == VL ? vf_load(p) : vf_load_first(p, count); }
ALWAYS_INLINE void store_some(float* p, vf v, int32_t count) {
  if (count == VL) vf_store(p, v);
  else vf_store_first(p, v, count);
}

typedef void update_vector(const struct optimiser* o, int64_t i, const int32_t count);

ALWAYS_INLINE void update_piece(int32_t index, void* context, update_vector* update) {
  const struct optimiser* o = context;
  const struct range r = piece_of(o->n, o->pieces, index, PIECE_GRAIN);
  int32_t i = r.from;
  for (; i + VL <= r.to; i += VL) update(o, i, VL);
  /* One by one: the tail is not worth a second copy of every update. */
  for (; i < r.to; i++) update(o, i, 1);
}

static void run_optimiser(struct optimiser* o, void (*job)(int32_t, void*)) {
  o->pieces = piece_count(o->n, 4);
  parallel(o->pieces, job, o);
}

ALWAYS_INLINE void sgd_vector(const struct optimiser* o, int64_t i, const int32_t count) {
  const vf w = load_some(o->w + i, count);
  const vf g = load_some(o->g + i, count) + o->decay * w;
  vf v = g;
  if (o->momentum != 0) {
    v = o->momentum * load_some(o->velocity + i, count) + g;
    store_some(o->velocity + i, v, count);
  }
  store_some(o->w + i, w - o->lr * (o->nesterov ? g + o->momentum * v : v), count);
}
static void sgd_piece(int32_t index, void* context) { update_piece(index, context, sgd_vector); }

KERNEL(void) sgd_step(float* w, float* velocity, const float* g, int32_t n, float lr, float momentum, int32_t nesterov,
                      float decay) {
  struct optimiser o = {.n = n, .w = w, .velocity = velocity, .g = g, .lr = lr, .momentum = momentum, .nesterov = nesterov,
                        .decay = decay};
  run_optimiser(&o, sgd_piece);
}

/* The variance that is left after rounding is never below 0. */
ALWAYS_INLINE vf variance_of(vf square, vf mean) { return vf_at_least(square - mean * mean, 0); }

ALWAYS_INLINE void rmsprop_vector(const struct optimiser* o, int64_t i, const int32_t count) {
  const vf g = load_some(o->g + i, count);
  const vf s = o->rho * load_some(o->square + i, count) + (1 - o->rho) * (g * g);
  store_some(o->square + i, s, count);
  vf variance = s;
  if (o->centered) {
    const vf a = o->rho * load_some(o->mean + i, count) + (1 - o->rho) * g;
    store_some(o->mean + i, a, count);
    variance = variance_of(s, a);
  }
  const vf d = o->momentum * load_some(o->velocity + i, count) + g / (vf_sqrt(variance) + o->epsilon);
  store_some(o->velocity + i, d, count);
  store_some(o->w + i, load_some(o->w + i, count) - o->lr * d, count);
}
static void rmsprop_piece(int32_t index, void* context) { update_piece(index, context, rmsprop_vector); }

KERNEL(void) rmsprop_step(float* w, float* square, float* mean, float* velocity, const float* g, int32_t n, float lr, float rho,
                          float momentum, float epsilon, int32_t centered) {
  struct optimiser o = {.n = n, .w = w, .square = square, .mean = mean, .velocity = velocity, .g = g, .lr = lr, .rho = rho,
                        .momentum = momentum, .epsilon = epsilon, .centered = centered};
  run_optimiser(&o, rmsprop_piece);
}

ALWAYS_INLINE void graves_rmsprop_vector(const struct optimiser* o, int64_t i, const int32_t count) {
  const vf g = load_some(o->g + i, count);
  const vf s = o->rho * load_some(o->square + i, count) + (1 - o->rho) * (g * g);
  const vf a = o->rho * load_some(o->mean + i, count) + (1 - o->rho) * g;
  const vf scaled = g / vf_sqrt(variance_of(s, a) + o->epsilon);
  const vf d = o->momentum * load_some(o->velocity + i, count) - o->lr * scaled;
  store_some(o->square + i, s, count);
  store_some(o->mean + i, a, count);
  store_some(o->velocity + i, d, count);
  store_some(o->w + i, load_some(o->w + i, count) + d, count);
}
static void graves_rmsprop_piece(int32_t index, void* context) { update_piece(index, context, graves_rmsprop_vector); }

KERNEL(void) graves_rmsprop_step(float* w, float* square, float* mean, float* velocity, const float* g, int32_t n, float lr,
                                 float rho, float momentum, float epsilon) {
  struct optimiser o = {.n = n, .w = w, .square = square, .mean = mean, .velocity = velocity, .g = g, .lr = lr, .rho = rho,
                        .momentum = momentum, .epsilon = epsilon};
  run_optimiser(&o, graves_rmsprop_piece);
}

ALWAYS_INLINE void adagrad_vector(const struct optimiser* o, int64_t i, const int32_t count) {
  const vf g = load_some(o->g + i, count);
  const vf s = load_some(o->square + i, count) + g * g;
  store_some(o->square + i, s, count);
  store_some(o->w + i, load_some(o->w + i, count) - o->lr * g / (vf_sqrt(s) + o->epsilon), count);
}
static void adagrad_piece(int32_t index, void* context) { update_piece(index, context, adagrad_vector); }

KERNEL(void) adagrad_step(float* w, float* square, const float* g, int32_t n, float lr, float epsilon) {
  struct optimiser o = {.n = n, .w = w, .square = square, .g = g, .lr = lr, .epsilon = epsilon};
  run_optimiser(&o, adagrad_piece);
}

/* lr stands for lr / correction1 and root_correction for 1 / sqrt(correction2): one division per element is left. */
ALWAYS_INLINE void adam_vector(const struct optimiser* o, int64_t i, const int32_t count) {
  const vf w = load_some(o->w + i, count) * o->shrink;
  const vf g = load_some(o->g + i, count) + o->decay * w;
  const vf m = o->beta1 * load_some(o->mean + i, count) + (1 - o->beta1) * g;
  const vf s = o->beta2 * load_some(o->square + i, count) + (1 - o->beta2) * (g * g);
  store_some(o->mean + i, m, count);
  store_some(o->square + i, s, count);
  store_some(o->w + i, w - o->lr * m / (vf_sqrt(s) * o->root_correction + o->epsilon), count);
}
static void adam_piece(int32_t index, void* context) { update_piece(index, context, adam_vector); }

KERNEL(void) adam_step(float* w, float* mean, float* square, const float* g, int32_t n, float lr, float beta1, float beta2,
                       float epsilon, float correction1, float correction2, float decay, float decoupled_decay) {
  struct optimiser o = {.n = n, .w = w, .mean = mean, .square = square, .g = g, .lr = lr / correction1, .beta1 = beta1,
                        .beta2 = beta2, .epsilon = epsilon, .root_correction = 1 / __builtin_sqrtf(correction2),
                        .decay = decay, .shrink = 1 - lr * decoupled_decay};
  run_optimiser(&o, adam_piece);
}

ALWAYS_INLINE void ema_vector(const struct optimiser* o, int64_t i, const int32_t count) {
  const vf average = load_some(o->mean + i, count), w = load_some(o->w + i, count);
  store_some(o->mean + i, o->decay * average + (1 - o->decay) * w, count);
}
static void ema_piece(int32_t index, void* context) { update_piece(index, context, ema_vector); }

KERNEL(void) ema_step(float* average, const float* w, int32_t n, float decay) {
  struct optimiser o = {.n = n, .mean = average, .w = (float*)w, .decay = decay};
  run_optimiser(&o, ema_piece);
}
