/* Kernels on tables of rows. */
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
