/* Walking arrays by shape and strides: axes that lie behind one another in memory are merged first, so that most of what
 * comes here is one or two loops. */
#ifndef UNROLLED_STRIDES_H
#define UNROLLED_STRIDES_H

#include <stdint.h>

#define MAX_RANK 8
#define MAX_OPERANDS 2

/* A row-major walk: the last axis is the row, the others count rows. */
struct walk {
  int32_t rank; /* at least 1 */
  int32_t operands;
  int32_t shape[MAX_RANK];
  int64_t strides[MAX_OPERANDS][MAX_RANK];
  int64_t rows;
};

/* A place in a walk: the offset of each operand at the start of a row. */
struct cursor {
  int32_t index[MAX_RANK];
  int64_t offset[MAX_OPERANDS];
};

/* Drops axes of length 1 and merges neighbours wherever every operand's strides allow. The operand that is walked
 * contiguously needs no strides. */
static struct walk walk_over(const int32_t* shape, int32_t rank, int32_t operands, const int32_t* const* strides) {
  struct walk w = {.rank = 0, .operands = operands, .rows = 1};
  for (int32_t axis = 0; axis < rank; axis++) {
    if (shape[axis] == 1) continue;
    const int32_t last = w.rank - 1;
    int32_t mergeable = w.rank > 0;
    for (int32_t o = 0; o < operands && mergeable; o++) {
      mergeable = w.strides[o][last] == (int64_t)strides[o][axis] * shape[axis];
    }
    const int32_t target = mergeable ? last : w.rank++;
    w.shape[target] = mergeable ? w.shape[last] * shape[axis] : shape[axis];
    for (int32_t o = 0; o < operands; o++) w.strides[o][target] = strides[o][axis];
  }
  if (w.rank == 0) {
    w.rank = 1;
    w.shape[0] = 1;
    for (int32_t o = 0; o < operands; o++) w.strides[o][0] = 1;
  }
  for (int32_t axis = 0; axis < w.rank - 1; axis++) w.rows *= w.shape[axis];
  return w;
}

/* Length of the walk's rows: its last axis. */
static inline int32_t row_length(const struct walk* w) { return w->shape[w->rank - 1]; }
static inline int64_t row_stride(const struct walk* w, int32_t operand) { return w->strides[operand][w->rank - 1]; }

static inline struct cursor cursor_at(const struct walk* w, int64_t row) {
  struct cursor c = {{0}, {0}};
  for (int32_t axis = w->rank - 2; axis >= 0; axis--) {
    c.index[axis] = (int32_t)(row % w->shape[axis]);
    row /= w->shape[axis];
    for (int32_t o = 0; o < w->operands; o++) c.offset[o] += c.index[axis] * w->strides[o][axis];
  }
  return c;
}

static inline void next_row(const struct walk* w, struct cursor* c) {
  for (int32_t axis = w->rank - 2; axis >= 0; axis--) {
    for (int32_t o = 0; o < w->operands; o++) c->offset[o] += w->strides[o][axis];
    if (++c->index[axis] < w->shape[axis]) return;
    for (int32_t o = 0; o < w->operands; o++) c->offset[o] -= w->strides[o][axis] * w->shape[axis];
    c->index[axis] = 0;
  }
}

#endif
