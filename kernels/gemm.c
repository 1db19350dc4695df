/* General matrix products: packed panels of the right operand against the register tile of microkernel.h. */
#include "bfloat16.h"
#include "kernels.h"
#include "microkernel.h"
#include "ranges.h"
#include "shuffle.h"
#include "threads.h"

/* A product goes block by block: a panel of the right block, [depth][PANEL], stays in the nearest cache while all strips of the left
 * block, [depth][MAX_ROWS] each, pass over it from the second level. Rows that lie a power of two apart push each other out of the caches;
 * a strip is one stream. The gap between strips takes what whole vectors write past them. */
#define BLOCK_DEPTH 256 /* even: pairs are not divided */
#define BLOCK_COLUMNS 512
#define BLOCK_ROWS (120 / MAX_ROWS * MAX_ROWS)
#define STRIP_GAP VL
_Static_assert(BLOCK_DEPTH * BLOCK_COLUMNS + BLOCK_ROWS / MAX_ROWS * (MAX_ROWS * BLOCK_DEPTH + STRIP_GAP) <= SCRATCH_FLOATS, "blocks fit");
/* Products over lists of rows: the right operand is packed already, so that the left block may have more of that cache. */
#define LIST_FLOATS 65536
#define LIST_DEPTH 768
/* With fewer columns than these, rows are read where they lie. */
#define STRIP_COLUMNS 128
/* Rows of a left operand that lies across are asked for so long before they are read: far apart, they take the hardware by surprise. */
#define ROWS_AHEAD 16
/* Below this many multiply-adds a second thread costs more than it brings. */
#define PARALLEL_WORK 60000
/* How products are shared out. Every share reads all panels, so the smallest has several strips; where it also packs them, there are fewer,
 * and none but one per thread below so many rows or columns. */
#define SHARE_STRIPS 4
#define KEPT_BACK 3
#define KEPT_BACK_PACKING 6
#define MANY_PACKING 1024

static inline int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t rounded_up(int32_t n, int32_t to) { return (n + to - 1) / to * to; }

/* Elements of a packed row or column in memory: numbers, or pairs of them. */
static inline int32_t packed_depth(int32_t form, int32_t k) { return form == FORM_BFLOAT16 ? pair_count(k) : k; }
static inline int64_t strip_floats(int32_t form, int32_t depth) { return (int64_t)MAX_ROWS * packed_depth(form, depth) + STRIP_GAP; }

struct product {
  int32_t form;
  int32_t transpose_a, transpose_b, m, n, k;
  const float* a;
  int64_t lda;
  const int32_t* a_rows; /* for a transposed left operand: its row of depth i is a_rows[i] */
  const float* b;
  int64_t ldb;
  const int32_t* b_rows;
  float alpha, beta;
  float* c;
  int64_t ldc;
};

/* One thread's part of C. */
struct region {
  int32_t row_from, row_to, column_from, column_to;
};

/* to[j * PANEL + i] = from[i * ld + j] * alpha for i < VL, j < depth. */
static void pack_transposed(float* to, const float* from, int64_t ld, int32_t depth, float alpha) {
  int32_t j = 0;
  for (; j + VL <= depth; j += VL) {
    vf tile[VL];
    for (int32_t i = 0; i < VL; i++) tile[i] = vf_load(from + i * ld + j) * alpha;
    transpose_tile(tile);
    for (int32_t i = 0; i < VL; i++) vf_store(to + (int64_t)(j + i) * PANEL, tile[i]);
  }
  for (; j < depth; j++)
    for (int32_t i = 0; i < VL; i++) to[(int64_t)j * PANEL + i] = from[i * ld + j] * alpha;
}

/* The same of words: to[j * PANEL + i] = elements 2j and 2j + 1 of row i, for i < VL. */
static void pack_transposed_pairs(float* to, const float* from, int64_t ld, int32_t depth) {
  int32_t j = 0;
  for (; j + 2 * VL <= depth; j += 2 * VL) {
    vf tile[VL];
    for (int32_t i = 0; i < VL; i++) tile[i] = (vf)pairs_of(from + i * ld + j);
    transpose_tile(tile);
    for (int32_t i = 0; i < VL; i++) vf_store(to + (int64_t)(j / 2 + i) * PANEL, tile[i]);
  }
  for (; j < depth; j += 2)
    for (int32_t i = 0; i < VL; i++) round_row(to + (int64_t)(j / 2) * PANEL + i, from + i * ld + j, smaller(2, depth - j));
}

/* to[i] = a[i] and b[i] as a word for i < count, 0 for the rest of `width`; no b (null) counts as zeros. */
static void pair_rows(float* to, const float* a, const float* b, int32_t count, int32_t width) {
  int32_t i = 0;
  for (; i + VL <= count; i += VL) words_store(to + i, paired(vf_load(a + i), b ? vf_load(b + i) : (vf){0}));
  for (; i < width; i++)
    ((word*)to)[i] = i < count ? paired(vf_splat(a[i]), vf_splat(b ? b[i] : 0))[0] : 0;
}

/* pack_right for words: two rows of b meet in each. */
static void pack_right_pairs(float* packed, const struct product* p, int32_t depth_from, int32_t depth, int32_t column_from,
                             int32_t columns) {
  for (int32_t panel = 0; panel < columns; panel += PANEL) {
    const int32_t width = smaller(PANEL, columns - panel);
    const int32_t column = column_from + panel;
    if (p->transpose_b && width == PANEL) {
      const float* from = p->b + (int64_t)column * p->ldb + depth_from;
      pack_transposed_pairs(packed, from, p->ldb, depth);
      pack_transposed_pairs(packed + VL, from + VL * p->ldb, p->ldb, depth);
    } else if (p->transpose_b) {
      for (int32_t j = 0; j < depth; j += 2)
        for (int32_t i = 0; i < PANEL; i++) {
          const float* from = i < width ? p->b + (int64_t)(column + i) * p->ldb + depth_from + j : 0;
          round_row(packed + (int64_t)(j / 2) * PANEL + i, from, smaller(2, depth - j));
        }
    } else {
      for (int32_t j = 0; j < depth; j += 2) {
        const float* rows[2] = {0, 0};
        for (int32_t i = 0; i < smaller(2, depth - j); i++) {
          const int64_t row = p->b_rows ? p->b_rows[depth_from + j + i] : depth_from + j + i;
          rows[i] = p->b + row * p->ldb + column;
        }
        pair_rows(packed + (int64_t)(j / 2) * PANEL, rows[0], rows[1], width, PANEL);
      }
    }
    packed += (int64_t)pair_count(depth) * PANEL;
  }
}

/* packed[panel][k][PANEL] = alpha op(b)[depth.., column..]; columns past `columns` are 0. */
static void pack_right(float* packed, const struct product* p, int32_t depth_from, int32_t depth, int32_t column_from,
                       int32_t columns) {
  if (p->form == FORM_BFLOAT16) {
    pack_right_pairs(packed, p, depth_from, depth, column_from, columns);
    return;
  }
  for (int32_t panel = 0; panel < columns; panel += PANEL) {
    const int32_t width = smaller(PANEL, columns - panel);
    const int32_t column = column_from + panel;
    if (!p->transpose_b) {
      for (int32_t j = 0; j < depth; j++) {
        const int64_t row = p->b_rows ? p->b_rows[depth_from + j] : depth_from + j;
        const float* from = p->b + row * p->ldb + column;
        float* to = packed + (int64_t)j * PANEL;
        if (width == PANEL) {
          vf_store(to, vf_load(from) * p->alpha);
          vf_store(to + VL, vf_load(from + VL) * p->alpha);
        } else {
          for (int32_t i = 0; i < PANEL; i++) to[i] = i < width ? from[i] * p->alpha : 0;
        }
      }
    } else if (width == PANEL) {
      const float* from = p->b + (int64_t)column * p->ldb + depth_from;
      pack_transposed(packed, from, p->ldb, depth, p->alpha);
      pack_transposed(packed + VL, from + VL * p->ldb, p->ldb, depth, p->alpha);
    } else {
      for (int32_t i = 0; i < PANEL; i++) {
        const float* from = p->b + (int64_t)(column + i) * p->ldb + depth_from;
        float* to = packed + i;
        if (i < width) {
          for (int32_t j = 0; j < depth; j++) to[(int64_t)j * PANEL] = from[j] * p->alpha;
        } else {
          for (int32_t j = 0; j < depth; j++) to[(int64_t)j * PANEL] = 0;
        }
      }
    }
    packed += (int64_t)depth * PANEL;
  }
}

/* A strip's width in vectors: where the last one begins, and the floats of all. */
#define LAST_VECTOR ((MAX_ROWS - 1) / VL * VL)
#define STRIP_WIDTH (LAST_VECTOR + VL)

/* strip[j * MAX_ROWS + i] = row[i][j] for i < rows, j < depth; past `rows`, and in the gap behind the strip, anything. */
static void interleave_floats(float* strip, const float* const* row, int32_t rows, int32_t depth) {
  int32_t j = 0;
  for (; j + VL <= depth; j += VL) {
    /* The last rows first: what their vectors write past the strip's width is then overwritten. */
    for (int32_t first = LAST_VECTOR; first >= 0; first -= VL) {
      vf tile[VL];
      for (int32_t i = 0; i < VL; i++) tile[i] = vf_load(row[first + i < rows ? first + i : 0] + j);
      transpose_tile(tile);
      for (int32_t i = 0; i < VL; i++) vf_store(strip + (int64_t)(j + i) * MAX_ROWS + first, tile[i]);
    }
  }
  for (; j < depth; j++)
    for (int32_t i = 0; i < rows; i++) strip[(int64_t)j * MAX_ROWS + i] = row[i][j];
}

/* The same of words: strip[j * MAX_ROWS + i] = elements 2j and 2j + 1 of row i. */
static void interleave_pairs(float* strip, const float* const* row, int32_t rows, int32_t depth) {
  int32_t j = 0;
  for (; j + 2 * VL <= depth; j += 2 * VL) {
    for (int32_t first = LAST_VECTOR; first >= 0; first -= VL) {
      vf tile[VL];
      for (int32_t i = 0; i < VL; i++) tile[i] = (vf)pairs_of(row[first + i < rows ? first + i : 0] + j);
      transpose_tile(tile);
      for (int32_t i = 0; i < VL; i++) vf_store(strip + (int64_t)(j / 2 + i) * MAX_ROWS + first, tile[i]);
    }
  }
  for (; j < depth; j += 2)
    for (int32_t i = 0; i < rows; i++) round_row(strip + (int64_t)(j / 2) * MAX_ROWS + i, row[i] + j, smaller(2, depth - j));
}

static void interleave(int32_t form, float* strip, const float* const* row, int32_t rows, int32_t depth) {
  if (form == FORM_BFLOAT16) interleave_pairs(strip, row, rows, depth);
  else interleave_floats(strip, row, rows, depth);
}

static inline void multiply_strip(int32_t form, int32_t rows, const float* strip, const float* panel, int32_t depth, float* const* c,
                                  int32_t accumulate) {
  if (form == FORM_BFLOAT16) multiply_column_pairs(rows, strip, panel, pair_count(depth), c, accumulate);
  else multiply_columns(rows, strip, panel, depth, c, accumulate);
}

/* Row `depth` of a transposed left operand, from column row_from on. */
static const float* row_across(const struct product* p, int32_t row_from, int32_t depth) {
  return p->a + (p->a_rows ? p->a_rows[depth] : depth) * p->lda + row_from;
}

/* Strips of rows row_from.. of a product whose left operand is transposed, so that they lie across: row after row of `a` is read in one
 * go, since its rows lie far apart. */
static void make_strips_across(float* to, const struct product* p, int32_t row_from, int32_t rows, int32_t depth_from, int32_t depth) {
  const int32_t pairs = p->form == FORM_BFLOAT16, step = pairs ? 2 : 1;
  const int64_t stride = strip_floats(p->form, depth);
  /* Strips that begin before this are read in whole vectors. */
  const int32_t whole = smaller(rows, p->m - row_from - STRIP_WIDTH + 1);
  for (int32_t j = 0; j < depth; j += step, to += MAX_ROWS) {
    const float* a = row_across(p, row_from, depth_from + j);
    const float* b = pairs && j + 1 < depth ? row_across(p, row_from, depth_from + j + 1) : 0;
    if (j + ROWS_AHEAD < depth) {
      const float* next = row_across(p, row_from, depth_from + j + ROWS_AHEAD);
      for (int32_t i = 0; i < rows; i += LINE) __builtin_prefetch(next + i);
    }
    float* strip = to;
    int32_t i = 0;
    if (!pairs)
      for (; i < whole; i += MAX_ROWS, strip += stride)
        for (int32_t r = 0; r < MAX_ROWS; r += VL) vf_store(strip + r, vf_load(a + i + r));
    for (; i < whole; i += MAX_ROWS, strip += stride)
      for (int32_t r = 0; r < MAX_ROWS; r += VL) words_store(strip + r, paired(vf_load(a + i + r), b ? vf_load(b + i + r) : (vf){0}));
    for (; i < rows; i += MAX_ROWS, strip += stride) {
      const int32_t width = smaller(MAX_ROWS, rows - i);
      if (pairs) pair_rows(strip, a + i, b ? b + i : 0, width, MAX_ROWS);
      else for (int32_t r = 0; r < width; r++) strip[r] = a[i + r];
    }
  }
}

/* Rows of `a`, one after another or from a list, times a packed matrix. */
struct rows_product {
  int32_t form;
  int32_t count;
  const int32_t* rows;
  int32_t n, k;
  const float* a;
  int64_t lda;
  const float *packed, *bias;
  int32_t accumulate;
  float* c;
  int64_t ldc;
};

/* depth_from.. of row `from + i` of the list, i < rows. */
static void point_at_rows(const float** row, const struct rows_product* p, int32_t from, int32_t rows, int32_t depth_from) {
  for (int32_t i = 0; i < rows; i++) row[i] = p->a + (p->rows ? p->rows[from + i] : from + i) * p->lda + depth_from;
}

/* Strips of rows from.. of the list. */
static void make_strips(float* to, const struct rows_product* p, int32_t from, int32_t count, int32_t depth_from, int32_t depth) {
  for (int32_t i = 0; i < count; i += MAX_ROWS, to += strip_floats(p->form, depth)) {
    const int32_t rows = smaller(MAX_ROWS, count - i);
    const float* row[MAX_ROWS];
    point_at_rows(row, p, from + i, rows, depth_from);
    interleave(p->form, to, row, rows, depth);
  }
}

/* Where the product of row i of the list goes. */
static inline float* row_of_product(const struct rows_product* p, int32_t i) { return p->c + (int64_t)(p->rows ? p->rows[i] : i) * p->ldc; }

/* Rows [from, to) of the list, depth [depth_from, depth_from + depth), against all panels: a panel is read from memory once and
 * stays in the nearest cache for all rows. They are read from `strips`, if that is not null. */
static void multiply_group(const struct rows_product* p, int32_t from, int32_t to, int32_t depth_from, int32_t depth, const float* strips) {
  float tile[MAX_ROWS * PANEL];
  const int32_t accumulate = p->accumulate || depth_from > 0;
  for (int32_t panel = 0; panel < p->n; panel += PANEL) {
    const int32_t width = smaller(PANEL, p->n - panel);
    const float* b = p->packed + (int64_t)panel * packed_depth(p->form, p->k) + (int64_t)packed_depth(p->form, depth_from) * PANEL;
    for (int32_t i = from; i < to; i += MAX_ROWS) {
      const int32_t rows = smaller(MAX_ROWS, to - i);
      float *c_rows[MAX_ROWS], *tile_rows[MAX_ROWS], **into = c_rows;
      for (int32_t r = 0; r < rows; r++) c_rows[r] = row_of_product(p, i + r) + panel;
      /* The next rows' part, which the sums would else wait for. */
      if (accumulate)
        for (int32_t r = i + rows; r < smaller(to, i + rows + MAX_ROWS); r++) __builtin_prefetch(row_of_product(p, r) + panel, 1);
      const int32_t prepared = width < PANEL || (p->bias && !accumulate);
      if (prepared) {
        for (int32_t r = 0; r < rows; r++) {
          tile_rows[r] = width == PANEL ? c_rows[r] : tile + r * PANEL;
          for (int32_t j = 0; j < width; j++) tile_rows[r][j] = accumulate ? c_rows[r][j] : p->bias ? p->bias[panel + j] : 0;
          for (int32_t j = width; j < PANEL; j++) tile_rows[r][j] = 0;
        }
        into = tile_rows;
      }
      const int32_t add = accumulate || prepared;
      if (strips) {
        multiply_strip(p->form, rows, strips + (i - from) / MAX_ROWS * strip_floats(p->form, depth), b, depth, into, add);
      } else {
        const float* a_rows[MAX_ROWS];
        point_at_rows(a_rows, p, i, rows, depth_from);
        multiply_rows(rows, a_rows, b, PANEL, depth, into, add);
      }
      if (width < PANEL) {
        for (int32_t r = 0; r < rows; r++)
          for (int32_t j = 0; j < width; j++) c_rows[r][j] = tile_rows[r][j];
      }
    }
  }
}

static void multiply_region(const struct product* p, const struct region* region, float* scratch) {
  float* const packed = scratch;
  float* const strips = scratch + BLOCK_DEPTH * BLOCK_COLUMNS;
  for (int32_t depth_from = 0; depth_from < p->k; depth_from += BLOCK_DEPTH) {
    const int32_t depth = smaller(BLOCK_DEPTH, p->k - depth_from);
    const int32_t accumulate = depth_from > 0 || p->beta != 0;
    for (int32_t column_from = region->column_from; column_from < region->column_to; column_from += BLOCK_COLUMNS) {
      const int32_t columns = smaller(BLOCK_COLUMNS, region->column_to - column_from);
      pack_right(packed, p, depth_from, depth, column_from, columns);
      const struct rows_product block = {
        p->form, p->m, 0, columns, depth, p->a + depth_from, p->lda, packed, 0, accumulate, p->c + column_from, p->ldc};
      const int32_t worth_strips = p->transpose_a || p->form == FORM_BFLOAT16 || columns >= STRIP_COLUMNS;
      for (int32_t row = region->row_from; row < region->row_to; row += BLOCK_ROWS) {
        const int32_t rows = smaller(BLOCK_ROWS, region->row_to - row);
        if (p->transpose_a) make_strips_across(strips, p, row, rows, depth_from, depth);
        else if (worth_strips) make_strips(strips, &block, row, rows, 0, depth);
        multiply_group(&block, row, row + rows, 0, depth, worth_strips ? strips : 0);
      }
    }
  }
}

/* C *= beta before the blocks add to it: beta 0 overwrites whatever was there, 1 leaves it. */
static void scale_region(const struct product* p, const struct region* region) {
  if (p->beta == 1 || (p->beta == 0 && p->k > 0)) return;
  for (int32_t i = region->row_from; i < region->row_to; i++)
    for (int32_t j = region->column_from; j < region->column_to; j++) {
      float* c = p->c + i * p->ldc + j;
      *c = p->beta == 0 ? 0 : *c * p->beta;
    }
}

struct split_product {
  const struct product* product;
  int32_t by_rows;
  struct shares shares;
};

static void multiply_shares(int32_t index, void* context) {
  struct split_product* split = context;
  const struct product* p = split->product;
  for (struct range r; take_share(&split->shares, &r);) {
    const struct region region = split->by_rows ? (struct region){r.from, r.to, 0, p->n} : (struct region){0, p->m, r.from, r.to};
    scale_region(p, &region);
    multiply_region(p, &region, thread_scratch(index));
  }
}

static void multiply(const struct product* p) {
  if (p->m <= 0 || p->n <= 0) return;
  const int32_t by_rows = p->m >= p->n, extent = by_rows ? p->m : p->n;
  struct split_product split = {p, by_rows, {extent, by_rows ? MAX_ROWS : PANEL, 1, 0, 0}};
  if ((int64_t)p->m * p->n * p->k > PARALLEL_WORK) split.shares.jobs = thread_count();
  if (split.shares.jobs > 1 && extent >= MANY_PACKING) {
    split.shares.kept_back = KEPT_BACK_PACKING;
    split.shares.grain *= SHARE_STRIPS;
  }
  parallel(split.shares.jobs, multiply_shares, &split);
}

/* A few rows against a large matrix that is read once: packing it would cost more than the product. */
static void multiply_unpacked(const struct product* p) {
  const struct region all = {0, p->m, 0, p->n};
  scale_region(p, &all);
  for (int32_t row = 0; row < p->m; row++) {
    const float* a = p->a + row * p->lda;
    float* c = p->c + row * p->ldc;
    if (p->transpose_b) {
      for (int32_t j = 0; j < p->n; j++) {
        const float* b = p->b + j * p->ldb;
        vf sum = {0};
        int32_t i = 0;
        for (; i + VL <= p->k; i += VL) sum += vf_load(a + i) * vf_load(b + i);
        float total = vf_sum(sum);
        for (; i < p->k; i++) total += a[i] * b[i];
        c[j] = (p->beta == 0 ? 0 : c[j]) + p->alpha * total;
      }
    } else {
      if (p->beta == 0) for (int32_t j = 0; j < p->n; j++) c[j] = 0;
      for (int32_t i = 0; i < p->k; i++) {
        const float* b = p->b + i * p->ldb;
        const float x = p->alpha * a[i];
        int32_t j = 0;
        for (; j + VL <= p->n; j += VL) vf_store(c + j, vf_load(c + j) + vf_splat(x) * vf_load(b + j));
        for (; j < p->n; j++) c[j] += x * b[j];
      }
    }
  }
}

KERNEL(void) gemm(int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k, float alpha, const float* a,
                  int32_t lda, const float* b, int32_t ldb, float beta, float* c, int32_t ldc) {
  const struct product p = {FORM_FLOAT32, transpose_a, transpose_b, m, n, k, a, lda, 0, b, ldb, 0, alpha, beta, c, ldc};
  if (m <= 2 && !transpose_a) {
    multiply_unpacked(&p);
  } else {
    multiply(&p);
  }
}

KERNEL(void) gemm_batched(int32_t count, int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k, float alpha,
                          const float* a, int32_t lda, int32_t stride_a, const float* b, int32_t ldb, int32_t stride_b,
                          float beta, float* c, int32_t ldc, int32_t stride_c) {
  for (int32_t i = 0; i < count; i++) {
    gemm(transpose_a, transpose_b, m, n, k, alpha, a + (int64_t)i * stride_a, lda, b + (int64_t)i * stride_b, ldb, beta,
         c + (int64_t)i * stride_c, ldc);
  }
}

KERNEL(void) gemm_tokens_add(int32_t count, int32_t m, int32_t n, const float* a, const int32_t* a_rows, int32_t lda,
                             const float* b, const int32_t* b_rows, int32_t ldb, float* c, int32_t ldc, int32_t form) {
  const struct product p = {form, 1, 0, m, n, count, a, lda, a_rows, b, ldb, b_rows, 1, 1, c, ldc};
  multiply(&p);
}

/* ---- Packed once, used often ---- */

KERNEL(int32_t) packed_floats(int32_t k, int32_t n, int32_t form) { return packed_depth(form, k) * rounded_up(n, PANEL); }

KERNEL(int32_t) rounded_row_floats(int32_t k) { return pair_count(k); }

struct packing {
  struct product product;
  float* packed;
  int32_t jobs;
};

static void pack_part(int32_t index, void* context) {
  const struct packing* packing = context;
  const struct product* p = &packing->product;
  const int32_t part = rounded_up((p->n + packing->jobs - 1) / packing->jobs, PANEL);
  const int32_t from = smaller(p->n, index * part), to = smaller(p->n, from + part);
  if (from < to) pack_right(packing->packed + (int64_t)from * packed_depth(p->form, p->k), p, 0, p->k, from, to - from);
}

KERNEL(void) pack_matrix(float* packed, const float* b, int32_t transpose, int32_t k, int32_t n, int32_t ldb, int32_t form) {
  struct packing packing = {{form, 0, transpose, 0, n, k, 0, 0, 0, b, ldb, 0, 1, 0, 0, 0}, packed, 1};
  if ((int64_t)k * n > PARALLEL_WORK / 2) packing.jobs = thread_count();
  parallel(packing.jobs, pack_part, &packing);
}

/* Rows are taken in groups, and their depth in parts, small enough to stay in the second-level cache while the panels pass. */
static void multiply_row_list(const struct rows_product* p, int32_t from, int32_t to, float* scratch) {
  /* Parts of nearly equal depth, even: pairs are not divided. */
  const int32_t parts = p->k > LIST_DEPTH ? (p->k + LIST_DEPTH - 1) / LIST_DEPTH : 1;
  const int32_t most_depth = parts > 1 ? rounded_up((p->k + parts - 1) / parts, 2) : p->k;
  const int32_t worth_strips = p->form == FORM_BFLOAT16 || (p->n >= STRIP_COLUMNS && to - from >= MAX_ROWS);
  const int32_t group = LIST_FLOATS / (most_depth + 1) / MAX_ROWS * MAX_ROWS;
  float* const strips = worth_strips ? scratch : 0;
  for (int32_t group_from = from; group_from < to; group_from += group) {
    const int32_t group_to = smaller(to, group_from + group);
    int32_t depth_from = 0;
    do {
      const int32_t depth = smaller(most_depth, p->k - depth_from);
      if (strips) make_strips(strips, p, group_from, group_to - group_from, depth_from, depth);
      multiply_group(p, group_from, group_to, depth_from, depth, strips);
      depth_from += most_depth;
    } while (depth_from < p->k);
  }
}

struct split_rows {
  const struct rows_product* product;
  struct shares shares;
};

static void multiply_row_shares(int32_t index, void* context) {
  struct split_rows* split = context;
  for (struct range r; take_share(&split->shares, &r);) multiply_row_list(split->product, r.from, r.to, thread_scratch(index));
}

KERNEL(void) gemm_rows(int32_t count, const int32_t* rows, int32_t n, int32_t k, const float* a, int32_t lda, const float* packed,
                       const float* bias, int32_t accumulate, float* c, int32_t ldc, int32_t form) {
  if (count <= 0 || n <= 0) return;
  const struct rows_product p = {form, count, rows, n, k, a, lda, packed, bias, accumulate, c, ldc};
  struct split_rows split = {&p, {count, SHARE_STRIPS * MAX_ROWS, 1, 0, 0}};
  if ((int64_t)count * n * k > PARALLEL_WORK) split.shares.jobs = thread_count();
  if (split.shares.jobs > 1) split.shares.kept_back = KEPT_BACK;
  parallel(split.shares.jobs, multiply_row_shares, &split);
}
