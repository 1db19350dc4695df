/* Kernels that treat every element on its own: maps of one argument, broadcasting zips of two, copies. */
#include "kernels.h"
#include "ranges.h"
#include "strides.h"
#include "vmath.h"

/* ---- Maps ---- */

/* Name, and what an element costs in operations. */
#define FOR_EACH_MAP(CASE)                                                                                                  \
  CASE(MAP_COPY, 1) CASE(MAP_NEG, 1) CASE(MAP_ABS, 1) CASE(MAP_SQUARE, 1) CASE(MAP_SQRT, 4) CASE(MAP_RECIPROCAL, 4)         \
  CASE(MAP_EXP, 20) CASE(MAP_LOG, 25) CASE(MAP_TANH, 25) CASE(MAP_SIGMOID, 25) CASE(MAP_RELU, 1) CASE(MAP_SOFTPLUS, 40)     \
  CASE(MAP_CLIP, 2) CASE(MAP_LEAKY, 2) CASE(MAP_SCALE, 1) CASE(MAP_OFFSET, 1) CASE(MAP_POW, 50) CASE(MAP_SIN, 40)           \
  CASE(MAP_COS, 40) CASE(MAP_STEP, 1)

static int32_t map_cost(int32_t op) {
  switch (op) {
#define CASE(name, cost) \
  case name: return cost;
    FOR_EACH_MAP(CASE)
#undef CASE
  }
  return 0;
}

ALWAYS_INLINE vf map_value(const int32_t op, vf a, float p) {
  const vf zero = {0};
  switch (op) {
    case MAP_NEG: return -a;
    case MAP_ABS: return vf_abs(a);
    case MAP_SQUARE: return a * a;
    case MAP_SQRT: return vf_sqrt(a);
    case MAP_RECIPROCAL: return 1.0f / a;
    case MAP_EXP: return vf_exp(a);
    case MAP_LOG: return vf_log(a);
    case MAP_TANH: return vf_tanh(a);
    case MAP_SIGMOID: return vf_sigmoid(a);
    case MAP_RELU: return vf_select(a <= zero, zero, a); /* this way round NaN stays */
    case MAP_SOFTPLUS: return vf_softplus(a);
    case MAP_CLIP: return vf_at_most(vf_at_least(a, -p), p);
    case MAP_LEAKY: return vf_select(a > zero, a, p * a);
    case MAP_SCALE: return p * a;
    case MAP_OFFSET: return a + p;
    case MAP_POW: return vf_pow(a, p);
    case MAP_SIN: return vf_sin(a);
    case MAP_COS: return vf_cos(a);
    case MAP_STEP: return vf_select(a > zero, vf_splat(1), zero);
    default: return a; /* MAP_COPY */
  }
}

/* op'(a), where y = op(a). */
ALWAYS_INLINE vf map_slope(const int32_t op, vf a, vf y, float p) {
  const vf zero = {0}, one = vf_splat(1);
  switch (op) {
    case MAP_NEG: return -one;
    case MAP_ABS: return vf_select(a > zero, one, vf_select(a < zero, -one, a)); /* 0 at 0, NaN at NaN */
    case MAP_SQUARE: return 2.0f * a;
    case MAP_SQRT: return 0.5f / y;
    case MAP_RECIPROCAL: return -y * y;
    case MAP_EXP: return y;
    case MAP_LOG: return 1.0f / a;
    case MAP_TANH: return 1.0f - y * y;
    case MAP_SIGMOID: return y * (1.0f - y);
    case MAP_RELU:
    case MAP_LEAKY: return vf_select(a > zero, one, op == MAP_RELU ? zero : vf_splat(p));
    case MAP_SOFTPLUS: return vf_sigmoid(a);
    case MAP_CLIP: return vf_select(vf_abs(a) <= p, one, zero);
    case MAP_SCALE: return vf_splat(p);
    case MAP_POW: return p == 0 ? zero : vf_select(a < zero, vf_splat(-p), vf_splat(p)) * vf_pow(a, p - 1);
    case MAP_SIN: return vf_cos(a);
    case MAP_COS: return -vf_sin(a);
    case MAP_STEP: return zero;
    default: return one; /* MAP_COPY, MAP_OFFSET */
  }
}

struct map {
  int32_t op, n, pieces;
  float p;
  float* out;
  const float *a, *y, *dy;
};

ALWAYS_INLINE void map_range(const int32_t op, float* y, const float* a, int32_t n, float p) {
  int32_t i = 0;
  for (; i + VL <= n; i += VL) vf_store(y + i, map_value(op, vf_load(a + i), p));
  if (i < n) store_tail(y, n, map_value(op, load_tail(a, n, 1), p));
}

static void map_piece(int32_t index, void* context) {
  const struct map* m = context;
  const struct range r = piece_of(m->n, m->pieces, index, PIECE_GRAIN);
  switch (m->op) {
#define CASE(name, cost) \
  case name: map_range(name, m->out + r.from, m->a + r.from, r.to - r.from, m->p); break;
    FOR_EACH_MAP(CASE)
#undef CASE
  }
}

KERNEL(void) map(int32_t op, float* y, const float* a, int32_t n, float p) {
  struct map m = {.op = op, .n = n, .p = p, .out = y, .a = a, .pieces = piece_count(n, map_cost(op))};
  parallel(m.pieces, map_piece, &m);
}

ALWAYS_INLINE void map_backward_range(const int32_t op, float* da, const float* a, const float* y, const float* dy, int32_t n,
                                      float p) {
  int32_t i = 0;
  for (; i + VL <= n; i += VL) {
    vf_store(da + i, vf_load(da + i) + vf_load(dy + i) * map_slope(op, vf_load(a + i), vf_load(y + i), p));
  }
  if (i < n) {
    const vf slope = map_slope(op, load_tail(a, n, 1), load_tail(y, n, 1), p);
    store_tail(da, n, load_tail(da, n, 0) + load_tail(dy, n, 0) * slope);
  }
}

static void map_backward_piece(int32_t index, void* context) {
  const struct map* m = context;
  const struct range r = piece_of(m->n, m->pieces, index, PIECE_GRAIN);
  const int32_t i = r.from;
  switch (m->op) {
#define CASE(name, cost) \
  case name: map_backward_range(name, m->out + i, m->a + i, m->y + i, m->dy + i, r.to - i, m->p); break;
    FOR_EACH_MAP(CASE)
#undef CASE
  }
}

KERNEL(void) map_backward(int32_t op, float* da, const float* a, const float* y, const float* dy, int32_t n, float p) {
  struct map m = {.op = op, .n = n, .p = p, .out = da, .a = a, .y = y, .dy = dy, .pieces = piece_count(n, map_cost(op) + 1)};
  parallel(m.pieces, map_backward_piece, &m);
}

/* ---- Zips ---- */

#define FOR_EACH_ZIP(CASE) \
  CASE(ZIP_ADD) CASE(ZIP_SUB) CASE(ZIP_MUL) CASE(ZIP_DIV) CASE(ZIP_MIN) CASE(ZIP_MAX) CASE(ZIP_GREATER) CASE(ZIP_EQUAL)

ALWAYS_INLINE vf zip_value(const int32_t op, vf a, vf b) {
  const vf zero = {0}, one = vf_splat(1);
  switch (op) {
    case ZIP_ADD: return a + b;
    case ZIP_SUB: return a - b;
    case ZIP_MUL: return a * b;
    case ZIP_DIV: return a / b;
    case ZIP_MIN: return vf_select((a < b) | (a != a), a, b); /* NaN of either side stays */
    case ZIP_MAX: return vf_select((a > b) | (a != a), a, b);
    case ZIP_GREATER: return vf_select(a > b, one, zero);
    default: return vf_select(a == b, one, zero); /* ZIP_EQUAL */
  }
}

/* Steps are 1, or 0 for an operand that is the same all along the row. */
ALWAYS_INLINE void zip_row(const int32_t op, float* y, const float* a, const int32_t a_step, const float* b,
                           const int32_t b_step, int32_t n) {
  const vf a0 = vf_splat(*a), b0 = vf_splat(*b);
  int32_t i = 0;
  for (; i + VL <= n; i += VL) {
    vf_store(y + i, zip_value(op, a_step ? vf_load(a + i) : a0, b_step ? vf_load(b + i) : b0));
  }
  if (i < n) store_tail(y, n, zip_value(op, a_step ? load_tail(a, n, 1) : a0, b_step ? load_tail(b, n, 1) : b0));
}

ALWAYS_INLINE void zip_strided_row(const int32_t op, float* y, const float* a, int64_t a_step, const float* b,
                                   int64_t b_step, int32_t n) {
  for (int32_t i = 0; i < n; i += VL) {
    const int32_t count = n - i < VL ? n - i : VL;
    vf x = {0}, z = {0};
    for (int32_t j = 0; j < count; j++) {
      x[j] = a[(i + j) * a_step];
      z[j] = b[(i + j) * b_step];
    }
    vf_store_first(y + i, zip_value(op, x, z), count);
  }
}

struct zip {
  struct walk walk;
  int32_t op, pieces, by_rows;
  float* y;
  const float *a, *b;
};

static void zip_one_row(const struct zip* z, float* y, const float* a, const float* b, int32_t n) {
  const int64_t a_step = row_stride(&z->walk, 0), b_step = row_stride(&z->walk, 1);
  switch (z->op) {
#define CASE(op)                                                          \
  case op:                                                                \
    if (a_step == 1 && b_step == 1) zip_row(op, y, a, 1, b, 1, n);        \
    else if (a_step == 1 && b_step == 0) zip_row(op, y, a, 1, b, 0, n);   \
    else if (a_step == 0 && b_step == 1) zip_row(op, y, a, 0, b, 1, n);   \
    else zip_strided_row(op, y, a, a_step, b, b_step, n);                 \
    break;
    FOR_EACH_ZIP(CASE)
#undef CASE
  }
}

/* Many rows are dealt out as rows, few long ones in parts. */
static void zip_piece(int32_t index, void* context) {
  const struct zip* z = context;
  const struct walk* w = &z->walk;
  const int32_t length = row_length(w);
  const struct range rows = z->by_rows ? piece_of((int32_t)w->rows, z->pieces, index, 1) : (struct range){0, (int32_t)w->rows};
  const struct range part = z->by_rows ? (struct range){0, length} : piece_of(length, z->pieces, index, PIECE_GRAIN);
  if (rows.from == rows.to || part.from == part.to) return;
  struct cursor c = cursor_at(w, rows.from);
  for (int32_t r = rows.from; r < rows.to; r++, next_row(w, &c)) {
    zip_one_row(z, z->y + (int64_t)r * length + part.from, z->a + c.offset[0] + part.from * row_stride(w, 0),
                z->b + c.offset[1] + part.from * row_stride(w, 1), part.to - part.from);
  }
}

KERNEL(void) zip(int32_t op, float* y, const float* a, const int32_t* a_strides, const float* b, const int32_t* b_strides,
                 const int32_t* shape, int32_t rank) {
  const int32_t* strides[] = {a_strides, b_strides};
  struct zip z = {.walk = walk_over(shape, rank, 2, strides), .op = op, .y = y, .a = a, .b = b};
  z.pieces = piece_count(z.walk.rows * row_length(&z.walk), 1);
  z.by_rows = z.walk.rows >= z.pieces;
  parallel(z.pieces, zip_piece, &z);
}

/* ---- Filling, scaling, adding ---- */

struct update {
  int32_t n, pieces;
  float* y;
  const float* x;
  float factor;
};

static void fill_piece(int32_t index, void* context) {
  const struct update* u = context;
  const struct range r = piece_of(u->n, u->pieces, index, PIECE_GRAIN);
  const vf value = vf_splat(u->factor);
  int32_t i = r.from;
  for (; i + VL <= r.to; i += VL) vf_store(u->y + i, value);
  for (; i < r.to; i++) u->y[i] = u->factor;
}

KERNEL(void) fill(float* y, float value, int32_t n) {
  struct update u = {.n = n, .y = y, .factor = value, .pieces = piece_count(n, 1)};
  parallel(u.pieces, fill_piece, &u);
}

KERNEL(void) fill_int(int32_t* y, int32_t value, int32_t n) {
  for (int32_t i = 0; i < n; i++) y[i] = value;
}

static void axpy_piece(int32_t index, void* context) {
  const struct update* u = context;
  const struct range r = piece_of(u->n, u->pieces, index, PIECE_GRAIN);
  float* y = u->y + r.from;
  const float* x = u->x + r.from;
  const int32_t n = r.to - r.from;
  const float alpha = u->factor;
  int32_t i = 0;
  for (; i + VL <= n; i += VL) vf_store(y + i, vf_load(y + i) + alpha * vf_load(x + i));
  if (i < n) store_tail(y, n, load_tail(y, n, 0) + alpha * load_tail(x, n, 0));
}

KERNEL(void) axpy(float* y, float alpha, const float* x, int32_t n) {
  struct update u = {.n = n, .y = y, .x = x, .factor = alpha, .pieces = piece_count(n, 1)};
  parallel(u.pieces, axpy_piece, &u);
}

static void scale_piece(int32_t index, void* context) {
  const struct update* u = context;
  const struct range r = piece_of(u->n, u->pieces, index, PIECE_GRAIN);
  map_range(MAP_SCALE, u->y + r.from, u->y + r.from, r.to - r.from, *u->x);
}

KERNEL(void) scale_by(float* y, const float* scale, int32_t n) {
  struct update u = {.n = n, .y = y, .x = scale, .pieces = piece_count(n, 1)};
  parallel(u.pieces, scale_piece, &u);
}
