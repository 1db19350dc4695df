/* Kernels on tables of rows, and on columns taken like them. */
#include "kernels.h"
#include "ranges.h"

struct table_rows {
  int32_t rows, columns, table_rows, pieces;
  float *y, *table;
  const float* x;
  const int32_t* index;
};

static void gather_piece(int32_t piece, void* context) {
  const struct table_rows* s = context;
  const int32_t n = s->columns;
  const struct range rows = piece_of(s->rows, s->pieces, piece, 1);
  for (int32_t r = rows.from; r < rows.to; r++) {
    const int32_t from = s->index[r];
    const int32_t inside = from >= 0 && from < s->table_rows;
    const float* x = s->table + (int64_t)(inside ? from : 0) * n;
    float* y = s->y + (int64_t)r * n;
    int32_t c = 0;
    for (; c + VL <= n; c += VL) vf_store(y + c, inside ? vf_load(x + c) : (vf){0});
    for (; c < n; c++) y[c] = inside ? x[c] : 0;
  }
}

KERNEL(void) gather_rows(float* y, const float* table, const int32_t* index, int32_t rows, int32_t columns, int32_t table_rows) {
  struct table_rows s = {.rows = rows, .columns = columns, .table_rows = table_rows, .y = y, .table = (float*)table,
                         .index = index, .pieces = piece_count(rows, (int64_t)columns + 8)};
  parallel(s.pieces, gather_piece, &s);
}

/* Threads share the columns: each goes through all rows in order, so repeated indices add up in order. */
static void scatter_piece(int32_t piece, void* context) {
  const struct table_rows* s = context;
  const struct range columns = piece_of(s->columns, s->pieces, piece, PIECE_GRAIN);
  for (int32_t r = 0; r < s->rows; r++) {
    const int32_t to = s->index[r];
    if (to < 0 || to >= s->table_rows) continue;
    float* y = s->table + (int64_t)to * s->columns;
    const float* x = s->x + (int64_t)r * s->columns;
    int32_t c = columns.from;
    for (; c + VL <= columns.to; c += VL) vf_store(y + c, vf_load(y + c) + vf_load(x + c));
    for (; c < columns.to; c++) y[c] += x[c];
  }
}

KERNEL(void) scatter_add_rows(float* table, const float* x, const int32_t* index, int32_t rows, int32_t columns,
                              int32_t table_rows) {
  struct table_rows s = {.rows = rows, .columns = columns, .table_rows = table_rows, .table = table, .x = x, .index = index,
                         .pieces = piece_count(rows, columns)};
  parallel(s.pieces, scatter_piece, &s);
}

/* ---- Columns: rows of the transposed matrix, taken where they lie ---- */

struct matrix_columns {
  int32_t count, n, columns, ldr, ldm, pieces;
  /* Rows of tokens, [.., n], and the matrix. */
  float *tokens, *matrix;
  const float *bias, *scale;
  const int32_t *index, *rows;
};

/* Rows of the matrix that are gone through together: what they take of a token is a cache line, and they stay in the cache over all tokens. */
#define ROWS_TOGETHER PIECE_GRAIN

/* What one token does with rows [from, to) of the matrix. */
typedef void token_columns(const struct matrix_columns* s, int32_t r, int32_t from, int32_t to);

/* Threads share the rows of the matrix: each goes through all tokens in order. */
ALWAYS_INLINE void for_each_token(const struct matrix_columns* s, int32_t piece, token_columns* visit) {
  const struct range all = piece_of(s->n, s->pieces, piece, ROWS_TOGETHER);
  for (int32_t from = all.from; from < all.to; from += ROWS_TOGETHER) {
    const int32_t to = from + ROWS_TOGETHER < all.to ? from + ROWS_TOGETHER : all.to;
    for (int32_t t = 0; t < s->count; t++) visit(s, s->rows ? s->rows[t] : t, from, to);
  }
}

ALWAYS_INLINE void gather_token(const struct matrix_columns* s, int32_t r, int32_t from, int32_t to) {
  const int32_t column = s->index[r];
  const int32_t inside = column >= 0 && column < s->columns;
  const float one = s->scale ? s->scale[r] : 1;
  float* y = s->tokens + (int64_t)r * s->ldr;
  for (int32_t i = from; i < to; i++) {
    const float start = s->bias ? s->bias[i] : 0;
    y[i] = inside ? start + one * s->matrix[(int64_t)i * s->ldm + column] : start;
  }
}

static void gather_columns_piece(int32_t piece, void* context) { for_each_token(context, piece, gather_token); }

KERNEL(void) gather_columns(float* y, int32_t ldy, const float* matrix, int32_t ldm, const float* bias, const int32_t* index,
                            const float* scale, const int32_t* rows, int32_t count, int32_t n, int32_t columns) {
  struct matrix_columns s = {.count = count, .n = n, .columns = columns, .ldr = ldy, .ldm = ldm, .tokens = y, .matrix = (float*)matrix,
                             .bias = bias, .scale = scale, .index = index, .rows = rows, .pieces = piece_count(n, (int64_t)count * 4)};
  parallel(s.pieces, gather_columns_piece, &s);
}

ALWAYS_INLINE void scatter_token(const struct matrix_columns* s, int32_t r, int32_t from, int32_t to) {
  const int32_t column = s->index[r];
  if (column < 0 || column >= s->columns) return;
  const float one = s->scale ? s->scale[r] : 1;
  const float* x = s->tokens + (int64_t)r * s->ldr;
  for (int32_t i = from; i < to; i++) s->matrix[(int64_t)i * s->ldm + column] += one * x[i];
}

static void scatter_columns_piece(int32_t piece, void* context) { for_each_token(context, piece, scatter_token); }

KERNEL(void) scatter_add_columns(float* matrix, int32_t ldm, const float* x, int32_t ldx, const int32_t* index, const float* scale,
                                 const int32_t* rows, int32_t count, int32_t n, int32_t columns) {
  struct matrix_columns s = {.count = count, .n = n, .columns = columns, .ldr = ldx, .ldm = ldm, .tokens = (float*)x, .matrix = matrix,
                             .scale = scale, .index = index, .rows = rows, .pieces = piece_count(n, (int64_t)count * 4)};
  parallel(s.pieces, scatter_columns_piece, &s);
}
