/* Kernels that sum, compare or count over many elements. Sums are cut the same way whatever the number of threads, so they are
 * the same bits for any. */
#include "kernels.h"
#include "ranges.h"
#include "strides.h"
#include "sums.h"
#include "vmath.h"

/* ---- One number from all elements ---- */

/* Long arrays are cut into this many shares, which the threads divide among themselves. */
#define SHARES 32
#define SHARED_FROM (SHARES * 4096)

struct total {
  int32_t n, shares, pieces;
  const float* x;
  double (*share)(const float* x, int32_t n);
  double totals[SHARES];
};

static void total_piece(int32_t index, void* context) {
  struct total* t = context;
  const struct range shares = piece_of(t->shares, t->pieces, index, 1);
  for (int32_t s = shares.from; s < shares.to; s++) {
    const struct range r = piece_of(t->n, t->shares, s, PIECE_GRAIN);
    t->totals[s] = t->share(t->x + r.from, r.to - r.from);
  }
}

/* The sum of what `share` says about the parts of x. */
static double total_over(const float* x, int32_t n, double (*share)(const float* x, int32_t n)) {
  struct total t = {.n = n, .x = x, .share = share, .shares = n < SHARED_FROM ? 1 : SHARES};
  const int32_t pieces = piece_count(n, 1);
  t.pieces = pieces < t.shares ? pieces : t.shares;
  parallel(t.pieces, total_piece, &t);
  double total = 0;
  for (int32_t s = 0; s < t.shares; s++) total += t.totals[s];
  return total;
}

static double sum_of_squares(const float* x, int32_t n) {
  struct wide total = {{0}, {0}};
  int32_t i = 0;
  for (; i + VL <= n; i += VL) accumulate_squares(&total, vf_load(x + i));
  if (i < n) accumulate_squares(&total, load_tail(x, n, 0));
  return sum_of_lanes(total);
}

KERNEL(void) sum_squares_add(float* total, const float* x, int32_t n) {
  *total = (float)(*total + total_over(x, n, sum_of_squares));
}

static double count_nonfinite(const float* x, int32_t n) {
  vi count = {0};
  int32_t i = 0;
  for (; i + VL <= n; i += VL) count -= ((vi)vf_load(x + i) & 0x7fffffff) >= INFINITY_BITS;
  if (i < n) count -= ((vi)load_tail(x, n, 0) & 0x7fffffff) >= INFINITY_BITS;
  double total = 0;
  for (int32_t lane = 0; lane < VL; lane++) total += count[lane];
  return total;
}

KERNEL(void) count_nonfinite_add(int32_t* count, const float* x, int32_t n) {
  *count += (int32_t)total_over(x, n, count_nonfinite);
}

KERNEL(void) clip_scale(float* scale, const float* total, float limit) {
  const float factor = limit / __builtin_sqrtf(*total);
  *scale = factor > 1.0f ? 1.0f : factor;
}

/* ---- Sums over some axes ----
 *
 * Axes split into those of the result (kept) and those summed over (stride 0 in the result). For every row of kept axes, either
 * the last axis is summed as well (the result is one number) or it is not (a row of numbers, added up column by column). */

#define STRIP 512

struct reduction {
  /* The outer axes: operand 0 is the offset in a, operand 1 the one in y. Their `shape` has an unused last axis. */
  struct walk kept, summed;
  int32_t length, pieces, by_rows;
  int64_t step; /* of the last axis in y */
  float* y;
  const float* a;
};

static void add_sums_of_rows(const struct reduction* s, float* y, const float* a) {
  struct cursor row = cursor_at(&s->summed, 0);
  double total = 0;
  for (int64_t r = 0; r < s->summed.rows; r++, next_row(&s->summed, &row)) total += sum_of(a + row.offset[0], s->length);
  *y = (float)(*y + total);
}

static void add_sums_of_columns(const struct reduction* s, float* y, const float* a, struct range columns) {
  double total[STRIP];
  for (int32_t from = columns.from; from < columns.to; from += STRIP) {
    const int32_t width = columns.to - from < STRIP ? columns.to - from : STRIP;
    for (int32_t c = 0; c < width; c++) total[c] = 0;
    struct cursor row = cursor_at(&s->summed, 0);
    for (int64_t r = 0; r < s->summed.rows;) {
      const float* rows[SUM_GROUP];
      int32_t count = 0;
      for (; count < SUM_GROUP && r < s->summed.rows; r++, next_row(&s->summed, &row)) rows[count++] = a + row.offset[0] + from;
      if (count == SUM_GROUP) add_rows_to(total, rows, SUM_GROUP, width);
      else add_rows_to(total, rows, count, width);
    }
    for (int32_t c = 0; c < width; c++) {
      float* target = y + (from + c) * s->step;
      *target = (float)(*target + total[c]);
    }
  }
}

static void add_row(float* y, const float* a, struct range columns) {
  int32_t c = columns.from;
  for (; c + VL <= columns.to; c += VL) vf_store(y + c, vf_load(y + c) + vf_load(a + c));
  for (; c < columns.to; c++) y[c] += a[c];
}

static void reduce_piece(int32_t index, void* context) {
  const struct reduction* s = context;
  const struct walk* w = &s->kept;
  const struct range rows = s->by_rows ? piece_of((int32_t)w->rows, s->pieces, index, 1) : (struct range){0, (int32_t)w->rows};
  const struct range part = s->by_rows ? (struct range){0, s->length} : piece_of(s->length, s->pieces, index, PIECE_GRAIN);
  struct cursor c = cursor_at(w, rows.from);
  for (int32_t r = rows.from; r < rows.to; r++, next_row(w, &c)) {
    const float* a = s->a + c.offset[0];
    float* y = s->y + c.offset[1];
    if (s->step == 0) add_sums_of_rows(s, y, a);
    else if (s->step == 1 && s->summed.rows == 1) add_row(y, a, part);
    else add_sums_of_columns(s, y, a, part);
  }
}

static void append_axis(struct walk* w, int32_t length, int64_t a_stride, int64_t y_stride) {
  const int32_t axis = w->rank++ - 1;
  w->shape[axis] = length;
  w->strides[0][axis] = a_stride;
  w->strides[1][axis] = y_stride;
  w->rows *= length;
}

KERNEL(void) reduce_add(float* y, const int32_t* y_strides, const float* a, const int32_t* shape, int32_t rank) {
  const int32_t* strides[] = {y_strides};
  const struct walk walk = walk_over(shape, rank, 1, strides);
  const int32_t length = row_length(&walk);
  if (walk.rows * length == 0) return;
  if (walk.rank == 1 && row_stride(&walk, 0) == 0) {
    *y = (float)(*y + total_over(a, length, sum_of));
    return;
  }
  const struct walk none = {.rank = 1, .operands = 2, .rows = 1};
  struct reduction s = {.kept = none, .summed = none, .length = length, .step = row_stride(&walk, 0), .y = y, .a = a};
  int64_t a_strides[MAX_RANK];
  for (int64_t axis = walk.rank - 1, stride = 1; axis >= 0; stride *= walk.shape[axis--]) a_strides[axis] = stride;
  for (int32_t axis = 0; axis < walk.rank - 1; axis++) {
    const int64_t y_stride = walk.strides[0][axis];
    append_axis(y_stride == 0 ? &s.summed : &s.kept, walk.shape[axis], a_strides[axis], y_stride);
  }
  s.pieces = piece_count(walk.rows * length, 1);
  s.by_rows = s.step == 0 || s.kept.rows >= s.pieces;
  parallel(s.pieces, reduce_piece, &s);
}

KERNEL(void) column_sum_add(float* y, const float* a, int32_t rows, int32_t columns) {
  const int32_t shape[] = {rows, columns}, strides[] = {0, 1};
  reduce_add(y, strides, a, shape, 2);
}

/* ---- Rows ---- */

struct row_reduction {
  int32_t rows, columns, pieces;
  float* y;
  int32_t* index;
  const float* a;
};

static void row_sum_piece(int32_t index, void* context) {
  const struct row_reduction* s = context;
  const struct range rows = piece_of(s->rows, s->pieces, index, PIECE_GRAIN);
  for (int32_t r = rows.from; r < rows.to; r++) s->y[r] = (float)sum_of(s->a + (int64_t)r * s->columns, s->columns);
}

KERNEL(void) row_sum(float* y, const float* a, int32_t rows, int32_t columns) {
  struct row_reduction s = {rows, columns, piece_count(rows, columns + 8), y, 0, a};
  parallel(s.pieces, row_sum_piece, &s);
}

/* The largest of n > 0 floats, NaN if there is one. */
static float max_of(const float* x, int32_t n) {
  vf largest = vf_splat(x[0]);
  int32_t i = 0;
  for (; i + VL <= n; i += VL) {
    const vf v = vf_load(x + i);
    largest = vf_select((v > largest) | (v != v), v, largest);
  }
  if (i < n) {
    const vf v = load_tail(x, n, x[0]);
    largest = vf_select((v > largest) | (v != v), v, largest);
  }
  /* A lane that has met NaN keeps it: nothing compares greater. */
  float best = largest[0];
  for (int32_t lane = 1; lane < VL; lane++) best = largest[lane] > best || largest[lane] != largest[lane] ? largest[lane] : best;
  return best;
}

static void row_max_piece(int32_t index, void* context) {
  const struct row_reduction* s = context;
  const struct range rows = piece_of(s->rows, s->pieces, index, PIECE_GRAIN);
  for (int32_t r = rows.from; r < rows.to; r++) {
    const float* row = s->a + (int64_t)r * s->columns;
    const float best = max_of(row, s->columns);
    int32_t c = 0;
    while (best == best ? row[c] != best : row[c] == row[c]) c++;
    s->y[r] = row[c];
    s->index[r] = c;
  }
}

KERNEL(void) row_max(float* y, int32_t* index, const float* a, int32_t rows, int32_t columns) {
  if (columns == 0) return;
  struct row_reduction s = {rows, columns, piece_count(rows, 2 * columns + 8), y, index, a};
  parallel(s.pieces, row_max_piece, &s);
}
