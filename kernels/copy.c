/* Strided copies: transposes, slices and broadcasts made real. */
#include "kernels.h"
#include "ranges.h"
#include "shuffle.h"
#include "strides.h"

static void copy_row(float* y, const float* a, int64_t step, int32_t n) {
  int32_t i = 0;
  if (step == 1) {
    for (; i + VL <= n; i += VL) vf_store(y + i, vf_load(a + i));
  } else if (step == 0) {
    for (; i + VL <= n; i += VL) vf_store(y + i, vf_splat(*a));
  }
  for (; i < n; i++) y[i] = a[i * step];
}

/* y[j][i] = a[i][j] for i < rows and j in `columns`; strides are those between rows. The columns are taken in strips whose
 * rows in y stay in cache while they fill. */
#define TRANSPOSE_STRIP 128
static void transpose(float* y, int64_t y_stride, const float* a, int64_t a_stride, int32_t rows, struct range columns) {
  for (int32_t strip = columns.from; strip < columns.to; strip += TRANSPOSE_STRIP) {
    const int32_t end = columns.to - strip < TRANSPOSE_STRIP ? columns.to : strip + TRANSPOSE_STRIP;
    int32_t i = 0;
    for (; i + VL <= rows; i += VL) {
      int32_t j = strip;
      for (; j + VL <= end; j += VL) {
        vf tile[VL];
        for (int32_t l = 0; l < VL; l++) tile[l] = vf_load(a + (i + l) * a_stride + j);
        transpose_tile(tile);
        for (int32_t l = 0; l < VL; l++) vf_store(y + (j + l) * y_stride + i, tile[l]);
      }
      for (; j < end; j++) {
        for (int32_t l = i; l < i + VL; l++) y[j * y_stride + l] = a[l * a_stride + j];
      }
    }
    for (; i < rows; i++) {
      for (int32_t j = strip; j < end; j++) y[j * y_stride + i] = a[i * a_stride + j];
    }
  }
}

struct copy {
  struct walk walk;
  /* The axis of `walk` along which `a` is contiguous when that is not the last, else -1. */
  int32_t contiguous;
  int32_t pieces, by_rows;
  float* y;
  const float* a;
};

static void copy_piece(int32_t index, void* context) {
  const struct copy* s = context;
  const struct walk* w = &s->walk;
  const int32_t length = row_length(w);
  const int64_t step = row_stride(w, 0);
  const struct range rows = s->by_rows ? piece_of((int32_t)w->rows, s->pieces, index, 1) : (struct range){0, (int32_t)w->rows};
  const struct range part = s->by_rows ? (struct range){0, length} : piece_of(length, s->pieces, index, PIECE_GRAIN);
  struct cursor c = cursor_at(w, rows.from);
  for (int32_t r = rows.from; r < rows.to; r++, next_row(w, &c)) {
    copy_row(s->y + (int64_t)r * length + part.from, s->a + c.offset[0] + part.from * step, step, part.to - part.from);
  }
}

/* Matrices of the last axis and the contiguous one; the other axes count matrices, and are walked with both sides' strides. */
static void copy_transposed_piece(int32_t index, void* context) {
  const struct copy* s = context;
  const struct walk* w = &s->walk;
  const int32_t last = w->rank - 1;
  int64_t y_strides[MAX_RANK];
  for (int64_t axis = last, stride = 1; axis >= 0; stride *= w->shape[axis--]) y_strides[axis] = stride;
  struct walk matrices = {.rank = 1, .operands = 2, .rows = 1};
  for (int32_t axis = 0; axis < last; axis++) {
    if (axis == s->contiguous) continue;
    const int32_t i = matrices.rank++ - 1;
    matrices.shape[i] = w->shape[axis];
    matrices.strides[0][i] = w->strides[0][axis];
    matrices.strides[1][i] = y_strides[axis];
    matrices.rows *= w->shape[axis];
  }
  const int32_t count = (int32_t)matrices.rows, columns = w->shape[s->contiguous];
  const int32_t by_matrices = count >= s->pieces;
  const struct range some = by_matrices ? piece_of(count, s->pieces, index, 1) : (struct range){0, count};
  const struct range part = by_matrices ? (struct range){0, columns} : piece_of(columns, s->pieces, index, PIECE_GRAIN);
  struct cursor c = cursor_at(&matrices, some.from);
  for (int32_t m = some.from; m < some.to; m++, next_row(&matrices, &c)) {
    transpose(s->y + c.offset[1], y_strides[s->contiguous], s->a + c.offset[0], row_stride(w, 0), w->shape[last], part);
  }
}

KERNEL(void) copy_strided(float* y, const float* a, const int32_t* a_strides, const int32_t* shape, int32_t rank) {
  const int32_t* strides[] = {a_strides};
  struct copy s = {.walk = walk_over(shape, rank, 1, strides), .contiguous = -1, .y = y, .a = a};
  const struct walk* w = &s.walk;
  const int64_t size = w->rows * row_length(w);
  if (size == 0) return;
  const int64_t step = row_stride(w, 0);
  for (int32_t axis = 0; axis < w->rank - 1 && step != 0 && step != 1; axis++) {
    if (w->strides[0][axis] == 1) s.contiguous = axis;
  }
  s.pieces = piece_count(size, 1);
  s.by_rows = w->rows >= s.pieces;
  parallel(s.pieces, s.contiguous < 0 ? copy_piece : copy_transposed_piece, &s);
}
