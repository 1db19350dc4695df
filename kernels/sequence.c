/* The machine that runs compiled cell programs (src/cell) over whole sequences in one call.
 *
 * A program is a list of stages. A stage sweeps all columns of its width in tiles of a few rows by a few panels: it loads what
 * the tile needs into registers (small arrays that stay in the nearest cache), adds matrix products to them, applies pointwise
 * instructions and stores the results. Within a stage tiles are independent; what a product or a row total needs
 * from the whole width was stored or summed by an earlier stage. Forward and backward passes are two programs for the same
 * machine. Each thread takes its own rows through all stages and all steps, so threads never wait for each other; where there are
 * fewer rows than threads, each takes its own columns of all rows instead, and they meet after every stage. */
#include "bfloat16.h"
#include "kernels.h"
#include "microkernel.h"
#include "quantized.h"
#include "reading.h"
#include "threads.h"
#include "vmath.h"

/* A register holds rows x tile width floats. */
#define REGISTER_FLOATS (MAX_TILE_ROWS * (PANEL > 16 ? PANEL : 16))
#define MAX_TILE_ROWS 24
#define MAX_ROW_TOTALS 64
/* Of both kinds. */
#define MAX_REGISTERS (2 * SEQUENCE_ROW_REGISTERS)
/* Rows that walk through the sequence together in one thread. */
#define GROUP_ROWS 1024

struct buffer {
  float* data;
  int64_t time_stride, row_stride;
  const float* initial;
  int64_t initial_stride;
};

struct sequence {
  const int32_t* program;
  int32_t words;
  const float* constants;
  const address_t* buffers;
  int32_t rows;
  const int32_t *row_index, *row_length;
  int32_t reversed, backward;
  float *totals, *partial;
  int32_t totals_size, jobs;
  int32_t by_columns;
  struct meeting* meeting;
};

/* What the instructions of one tile work on. */
struct tile {
  int32_t rows;         /* rows in the tile */
  int32_t column;       /* first column */
  int32_t columns;      /* columns that exist */
  int32_t width;        /* columns in registers: `columns` rounded up to whole panels */
  int32_t group_row;    /* position of the first row in the group, for row totals */
  int32_t at_start;     /* the tokens are their rows' first: previous means initial */
  int32_t next_column;  /* where the next tile of these rows begins, */
  int32_t next_time;    /* and how many tokens further on */
  int32_t batch_row[MAX_TILE_ROWS];
  int32_t time[MAX_TILE_ROWS];
  int32_t previous_time[MAX_TILE_ROWS];
};

static struct buffer buffer_at(const struct sequence* s, int32_t index) {
  const address_t* words = s->buffers + (int64_t)index * SEQUENCE_BUFFER_WORDS;
  return (struct buffer){(float*)(uintptr_t)words[0], (int64_t)words[1], (int64_t)words[2], (const float*)(uintptr_t)words[3],
                         (int64_t)words[4]};
}

static inline float* row_now(const struct buffer* b, const struct tile* t, int32_t i) {
  return b->data + t->time[i] * b->time_stride + t->batch_row[i] * b->row_stride;
}
/* Null where there is no previous token and no initial row. */
static inline const float* row_previous(const struct buffer* b, const struct tile* t, int32_t i) {
  if (!t->at_start) return b->data + t->previous_time[i] * b->time_stride + t->batch_row[i] * b->row_stride;
  return b->initial ? b->initial + t->batch_row[i] * b->initial_stride : 0;
}

/* Rows lie far apart, so the hardware does not see them coming: with every line that is read or written, the line that is next in its
 * place is asked for, `next` floats further on. */
static void load_row(float* to, const float* from, int64_t next, const struct tile* t) {
  int32_t j = 0;
  if (!from) {
    for (; j < t->width; j += VL) vf_store(to + j, (vf){0});
    return;
  }
  from += t->column;
  for (; j + LINE <= t->columns; j += LINE) {
    __builtin_prefetch(from + next + j);
    for (int32_t i = j; i < j + LINE; i += VL) vf_store(to + i, vf_load(from + i));
  }
  for (; j + VL <= t->columns; j += VL) vf_store(to + j, vf_load(from + j));
  for (; j < t->columns; j++) to[j] = from[j];
  for (; j < t->width; j++) to[j] = 0;
}

static void store_row(float* to, const float* from, int64_t next, const struct tile* t) {
  int32_t j = 0;
  to += t->column;
  for (; j + LINE <= t->columns; j += LINE) {
    __builtin_prefetch(to + next + j, 1);
    for (int32_t i = j; i < j + LINE; i += VL) vf_store(to + i, vf_load(from + i));
  }
  for (; j + VL <= t->columns; j += VL) vf_store(to + j, vf_load(from + j));
  for (; j < t->columns; j++) to[j] = from[j];
}

/* From a buffer's part of this tile to its part of the next. */
static inline int64_t next_tile(const struct buffer* b, const struct tile* t) {
  return t->next_time * b->time_stride + t->next_column - t->column;
}

static void spread(float* to, float value, int32_t width) {
  for (int32_t j = 0; j < width; j += VL) vf_store(to + j, vf_splat(value));
}

static void add_product(float* destination, const float* const* source, const float* packed, int32_t k, const struct tile* t) {
  const int64_t panel_floats = (int64_t)k * PANEL;
  const int32_t panels = t->width / PANEL;
  const float* panel = packed + t->column / PANEL * panel_floats;
  int32_t p = 0;
  if (t->rows == 1) {
    for (; p + WIDE_PANELS <= panels; p += WIDE_PANELS)
      product_of_one_row(source[0], panel + p * panel_floats, panel_floats, PANEL, k, destination + p * PANEL, 1);
  }
  /* Strips of nearly equal height: a low one beside full ones would wait for its own sums. */
  const int32_t strips = (t->rows + MAX_ROWS - 1) / MAX_ROWS, height = t->rows / strips, higher = t->rows % strips;
  for (; p < panels; p++) {
    for (int32_t strip = 0, i = 0, rows; strip < strips; strip++, i += rows) {
      rows = height + (strip < higher);
      float* c[MAX_ROWS];
      for (int32_t r = 0; r < rows; r++) c[r] = destination + (i + r) * t->width + p * PANEL;
      multiply_rows(rows, source + i, panel + p * panel_floats, PANEL, k, c, 1);
    }
  }
}

/* The same of rounded rows and weights. */
static void add_rounded_product(float* destination, const float* const* source, const float* packed, int32_t k, const struct tile* t) {
  const int64_t panel_floats = (int64_t)pair_count(k) * PANEL;
  const int32_t panels = t->width / PANEL;
  const float* panel = packed + t->column / PANEL * panel_floats;
  for (int32_t p = 0; p < panels; p++) {
    for (int32_t i = 0; i < t->rows; i += MAX_ROWS) {
      const int32_t rows = t->rows - i < MAX_ROWS ? t->rows - i : MAX_ROWS;
      float* c[MAX_ROWS];
      for (int32_t r = 0; r < rows; r++) c[r] = destination + (i + r) * t->width + p * PANEL;
      multiply_row_pairs(rows, source + i, panel + p * panel_floats, pair_count(k), c, 1);
    }
  }
}

/* An instruction that reads the memory, for the tile's rows one after the other. */
static void run_memory_read(const struct sequence* s, const int32_t* code, const struct tile* t, float* partial) {
  const int32_t* more = code + SEQUENCE_INSTRUCTION_WORDS;
  const struct buffer to = buffer_at(s, code[1]), a = buffer_at(s, code[2]), b = buffer_at(s, code[3]), third = buffer_at(s, more[1]),
                      memory = buffer_at(s, more[2]), lengths = buffer_at(s, more[3]);
  for (int32_t i = 0; i < t->rows; i++) {
    const struct memory_read r = {
      .to = row_now(&to, t, i), .a = row_now(&a, t, i), .b = row_now(&b, t, i), .third = row_now(&third, t, i),
      .memory = memory.data + t->batch_row[i] * memory.row_stride, .stride = memory.time_stride,
      .gradient = memory.initial ? (float*)memory.initial + t->batch_row[i] * memory.row_stride : 0, .totals = partial + more[4],
      .columns = code[4], .number = more[4],
      .length = ((const int32_t*)lengths.data)[t->batch_row[i]], .positions = (int32_t)lengths.time_stride,
    };
    read_memory(code[0], &r);
  }
}

#define POINTWISE(expression)                   \
  for (int32_t i = 0; i < floats; i += VL) {    \
    const vf x = vf_load(a + i);                \
    vf_store(d + i, expression);                \
  }                                             \
  break
#define POINTWISE_TWO(expression)               \
  for (int32_t i = 0; i < floats; i += VL) {    \
    const vf x = vf_load(a + i);                \
    const vf y = vf_load(b + i);                \
    vf_store(d + i, expression);                \
  }                                             \
  break

static void run_tile(const struct sequence* s, const int32_t* code, int32_t instructions, const struct tile* t, float* registers,
                     float* row_totals, float* partial) {
  const int32_t tile_floats = t->rows * t->width, row_floats = (t->rows + VL - 1) / VL * VL;
  const vf one = vf_splat(1), zero = {0};
  for (int32_t n = 0; n < instructions; n++, code += SEQUENCE_INSTRUCTION_WORDS) {
    const int32_t dst = code[1], first = code[2], second = code[3];
    const int32_t number = code[4];
    /* Operands of the pointwise instructions; others reinterpret the words. */
    float* d = registers + dst * REGISTER_FLOATS;
    const float* a = registers + first * REGISTER_FLOATS;
    const float* b = registers + second * REGISTER_FLOATS;
    const int32_t floats = dst < SEQUENCE_ROW_REGISTERS ? tile_floats : row_floats;
    switch (code[0]) {
      case SEQ_LOAD: {
        const struct buffer from = buffer_at(s, first);
        const int64_t next = next_tile(&from, t);
        for (int32_t i = 0; i < t->rows; i++) load_row(d + i * t->width, from.data ? row_now(&from, t, i) : 0, next, t);
        break;
      }
      case SEQ_LOAD_PREVIOUS: {
        const struct buffer from = buffer_at(s, first);
        const int64_t next = next_tile(&from, t);
        for (int32_t i = 0; i < t->rows; i++) load_row(d + i * t->width, row_previous(&from, t, i), next, t);
        break;
      }
      case SEQ_STORE: {
        const struct buffer to = buffer_at(s, dst);
        const int64_t next = next_tile(&to, t);
        for (int32_t i = 0; i < t->rows; i++) store_row(row_now(&to, t, i), a + i * t->width, next, t);
        break;
      }
      case SEQ_VECTOR: {
        const struct buffer from = buffer_at(s, first);
        load_row(d, from.data, t->width, t);
        for (int32_t i = t->width; i < tile_floats; i += VL) vf_store(d + i, vf_load(d + i - t->width));
        break;
      }
      case SEQ_LOAD_ROW: {
        const struct buffer from = buffer_at(s, first);
        for (int32_t i = 0; i < floats; i++) d[i] = i < t->rows ? *row_now(&from, t, i) : 0;
        break;
      }
      case SEQ_STORE_ROW: {
        const struct buffer to = buffer_at(s, dst);
        if (t->column == 0)
          for (int32_t i = 0; i < t->rows; i++) *row_now(&to, t, i) = a[i];
        break;
      }
      case SEQ_ROW_SUM: {
        float* totals = row_totals + dst * GROUP_ROWS + t->group_row;
        for (int32_t i = 0; i < t->rows; i++) {
          const float* row = a + i * t->width;
          vf sum = zero;
          int32_t j = 0;
          for (; j + VL <= t->columns; j += VL) sum += vf_load(row + j);
          float total = vf_sum(sum);
          for (; j < t->columns; j++) total += row[j];
          totals[i] = t->column == 0 ? total : totals[i] + total;
        }
        break;
      }
      case SEQ_ROW_MAX: {
        float* totals = row_totals + dst * GROUP_ROWS + t->group_row;
        for (int32_t i = 0; i < t->rows; i++) {
          const float* row = a + i * t->width;
          float largest = t->column == 0 ? row[0] : totals[i];
          for (int32_t j = 0; j < t->columns; j++) largest = row[j] > largest ? row[j] : largest;
          totals[i] = largest;
        }
        break;
      }
      case SEQ_ROW: {
        const float* totals = row_totals + first * GROUP_ROWS + t->group_row;
        for (int32_t i = 0; i < floats; i++) d[i] = i < t->rows ? totals[i] : 0;
        break;
      }
      case SEQ_SPREAD:
        for (int32_t i = 0; i < t->rows; i++) spread(d + i * t->width, a[i], t->width);
        break;
      case SEQ_COLUMN_SUM: {
        float* total = partial + dst + t->column;
        int32_t j = 0;
        for (; j + VL <= t->columns; j += VL) {
          vf sum = vf_load(total + j);
          for (int32_t i = 0; i < t->rows; i++) sum += vf_load(a + i * t->width + j);
          vf_store(total + j, sum);
        }
        for (; j < t->columns; j++)
          for (int32_t i = 0; i < t->rows; i++) total[j] += a[i * t->width + j];
        break;
      }
      case SEQ_PRODUCT: {
        const struct buffer from = buffer_at(s, first), weights = buffer_at(s, second);
        const float* source[MAX_TILE_ROWS];
        for (int32_t i = 0; i < t->rows; i++) source[i] = row_now(&from, t, i);
        add_product(d, source, weights.data, number, t);
        break;
      }
      case SEQ_PRODUCT_PREVIOUS: {
        const struct buffer from = buffer_at(s, first), weights = buffer_at(s, second);
        const float* source[MAX_TILE_ROWS];
        if (t->at_start && !from.initial) break;
        for (int32_t i = 0; i < t->rows; i++) source[i] = row_previous(&from, t, i);
        add_product(d, source, weights.data, number, t);
        break;
      }
      case SEQ_QUANTIZE: {
        const struct buffer to = buffer_at(s, dst), from = buffer_at(s, first);
        if (t->column > 0) break; /* the whole row is done at its first columns */
        for (int32_t i = 0; i < t->rows; i++) {
          const float* row = second & QUANTIZE_PREVIOUS ? row_previous(&from, t, i) : row_now(&from, t, i);
          quantize_row(row_now(&to, t, i), row, number, second & QUANTIZE_BOUNDED);
        }
        break;
      }
      case SEQ_PRODUCT_QUANTIZED: {
        const struct buffer from = buffer_at(s, first), weights = buffer_at(s, second);
        for (int32_t i = 0; i < t->rows; i++)
          add_quantized_product(d + i * t->width, row_now(&from, t, i), weights.data, number, t->column, t->columns);
        break;
      }
      case SEQ_ROUND: {
        const struct buffer to = buffer_at(s, dst), from = buffer_at(s, first);
        if (t->column > 0) break; /* the whole row is done at its first columns */
        for (int32_t i = 0; i < t->rows; i++)
          round_row(row_now(&to, t, i), second & QUANTIZE_PREVIOUS ? row_previous(&from, t, i) : row_now(&from, t, i), number);
        break;
      }
      case SEQ_PRODUCT_ROUNDED: {
        const struct buffer from = buffer_at(s, first), weights = buffer_at(s, second);
        const float* source[MAX_TILE_ROWS];
        for (int32_t i = 0; i < t->rows; i++) source[i] = row_now(&from, t, i);
        add_rounded_product(d, source, weights.data, number, t);
        break;
      }
      case SEQ_DOT_SCORES:
      case SEQ_ADDITIVE_SCORES:
      case SEQ_WINDOW:
      case SEQ_READ:
      case SEQ_POSITION_SOFTMAX:
      case SEQ_POSITION_ADD:
      case SEQ_POSITION_SOFTMAX_GRADIENT:
      case SEQ_ADDITIVE_SLOPE:
      case SEQ_WINDOW_MOMENT:
        run_memory_read(s, code, t, partial);
        break;
      case SEQ_MORE:
        break;
      case SEQ_CONST:
        spread(d, s->constants[number], floats);
        break;
      case SEQ_COPY: POINTWISE(x);
      case SEQ_NEG: POINTWISE(-x);
      case SEQ_ABS: POINTWISE(vf_max(x, -x));
      case SEQ_SQUARE: POINTWISE(x * x);
      case SEQ_SQRT: POINTWISE(vf_sqrt(x));
      case SEQ_RECIPROCAL: POINTWISE(one / x);
      case SEQ_EXP: POINTWISE(vf_exp(x));
      case SEQ_LOG: POINTWISE(vf_log(x));
      case SEQ_TANH: POINTWISE(vf_tanh(x));
      case SEQ_SIGMOID: POINTWISE(vf_sigmoid(x));
      case SEQ_RELU: POINTWISE(vf_select(x <= zero, zero, x)); /* NaN stays NaN */
      case SEQ_SOFTPLUS: POINTWISE(vf_softplus(x));
      case SEQ_STEP: POINTWISE(vf_select(x > zero, one, zero));
      case SEQ_CLIP: {
        const vf limit = vf_splat(s->constants[number]);
        POINTWISE(vf_select(x > limit, limit, vf_select(x < -limit, -limit, x)));
      }
      case SEQ_SCALE: POINTWISE(x * s->constants[number]);
      case SEQ_OFFSET: POINTWISE(x + s->constants[number]);
      case SEQ_ADD: POINTWISE_TWO(x + y);
      case SEQ_SUB: POINTWISE_TWO(x - y);
      case SEQ_MUL: POINTWISE_TWO(x * y);
      case SEQ_DIV: POINTWISE_TWO(x / y);
      case SEQ_MIN: POINTWISE_TWO(vf_select((x < y) | (x != x), x, y)); /* NaN of either side stays */
      case SEQ_MAX: POINTWISE_TWO(vf_select((x > y) | (x != x), x, y));
      case SEQ_GREATER: POINTWISE_TWO(vf_select(x > y, one, zero));
      case SEQ_TANH_SLOPE: POINTWISE_TWO(x - x * y * y);
      case SEQ_SIGMOID_SLOPE: POINTWISE_TWO(x * y - x * y * y);
      case SEQ_MUL_ADD: POINTWISE_TWO(vf_load(d + i) + x * y);
    }
  }
}

static inline int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

/* One stage of the token `step` of the group's rows: weights outside, rows inside, so that a tile's panels are read once. */
static void run_stage(const struct sequence* s, const int32_t* stage, int32_t index, int32_t group, int32_t active, int32_t step,
                      float* registers, float* row_totals, float* partial) {
  const int32_t instructions = stage[2], panels = (stage[1] + PANEL - 1) / PANEL;
  const int32_t from = s->by_columns ? panels * index / s->jobs * PANEL : 0;
  const int32_t to = s->by_columns ? least(stage[1], panels * (index + 1) / s->jobs * PANEL) : stage[1];
  const int32_t blocks = (active + MAX_TILE_ROWS - 1) / MAX_TILE_ROWS;
  int32_t block = (active + blocks - 1) / blocks;
  block = least(MAX_TILE_ROWS, (block + MAX_ROWS - 1) / MAX_ROWS * MAX_ROWS);
  const int32_t tile_rows = least(block, active);
  const int32_t fits = REGISTER_FLOATS / tile_rows / PANEL;
  const int32_t tile_width = (fits > 0 ? fits : 1) * PANEL;
  struct tile t;
  t.at_start = step == 0;
  for (int32_t column = from; column < to; column += tile_width) {
    t.column = column;
    t.columns = least(tile_width, to - column);
    t.width = (t.columns + PANEL - 1) / PANEL * PANEL;
    const int32_t last = column + t.columns == to;
    t.next_column = last ? from : column + t.columns;
    t.next_time = !last ? 0 : s->backward == s->reversed ? 1 : -1;
    for (int32_t row = 0; row < active; row += block) {
      t.rows = least(block, active - row);
      t.group_row = row;
      for (int32_t i = 0; i < t.rows; i++) {
        const int32_t at = group + row + i;
        t.batch_row[i] = s->row_index[at];
        t.time[i] = s->reversed ? s->row_length[at] - 1 - step : step;
        t.previous_time[i] = s->reversed ? t.time[i] + 1 : t.time[i] - 1;
      }
      run_tile(s, stage + SEQUENCE_INSTRUCTION_WORDS, instructions, &t, registers, row_totals, partial);
    }
  }
}

static void run_rows(const struct sequence* s, int32_t index, int32_t group, int32_t rows, float* scratch, float* partial) {
  float* registers = scratch;
  float* row_totals = scratch + MAX_REGISTERS * REGISTER_FLOATS;
  const int32_t steps = s->row_length[group];
  int32_t active = s->backward ? 0 : rows;
  for (int32_t n = 0; n < steps; n++) {
    const int32_t step = s->backward ? steps - 1 - n : n;
    if (s->backward) {
      while (active < rows && s->row_length[group + active] > step) active++;
    } else {
      while (active > 0 && s->row_length[group + active - 1] <= step) active--;
    }
    for (const int32_t* stage = s->program; stage < s->program + s->words;
         stage += (1 + stage[2]) * SEQUENCE_INSTRUCTION_WORDS) {
      run_stage(s, stage, index, group, active, step, registers, row_totals, partial);
      if (s->by_columns) meet(s->meeting, s->jobs);
    }
  }
}

/* The first row of part `index`: parts have about the same number of tokens. */
static int32_t part_start(const struct sequence* s, int32_t index) {
  int64_t total = 0, seen = 0;
  for (int32_t i = 0; i < s->rows; i++) total += s->row_length[i];
  for (int32_t i = 0; i < s->rows; i++) {
    if (seen * s->jobs >= total * index) return i;
    seen += s->row_length[i];
  }
  return s->rows;
}

static void run_part(int32_t index, void* context) {
  const struct sequence* s = context;
  const int32_t last = s->by_columns || index + 1 == s->jobs;
  const int32_t from = s->by_columns ? 0 : part_start(s, index), to = last ? s->rows : part_start(s, index + 1);
  float* partial = s->partial + (int64_t)index * s->totals_size;
  for (int32_t i = 0; i < s->totals_size; i++) partial[i] = 0;
  for (int32_t group = from; group < to; group += GROUP_ROWS)
    run_rows(s, index, group, least(GROUP_ROWS, to - group), thread_scratch(index), partial);
}

/* On a busy machine threads wait for one another's turn of the processor: after a run with many such waits, this many runs share
 * no columns. */
#define CROWDED_RUNS 100
static int32_t crowded;

/* Multiply-adds of a stage per thread that are worth a meeting: some ten times what it costs. */
#define MEETING_WORK 60000

/* Whether threads should share out columns: the rows are too few, the products large enough, and no stage wants totals of rows. */
static int32_t worth_sharing_columns(const struct sequence* s, int32_t threads) {
  if (threads < 2 || s->rows >= threads) return 0;
  int64_t work = 0;
  int32_t stages = 0;
  for (const int32_t* stage = s->program; stage < s->program + s->words; stage += (1 + stage[2]) * SEQUENCE_INSTRUCTION_WORDS) {
    stages++;
    for (int32_t i = 1; i <= stage[2]; i++) {
      const int32_t* code = stage + i * SEQUENCE_INSTRUCTION_WORDS;
      if (code[0] == SEQ_ROW_SUM || code[0] == SEQ_ROW_MAX) return 0;
      if (code[0] == SEQ_PRODUCT || code[0] == SEQ_PRODUCT_PREVIOUS) work += (int64_t)stage[1] * code[4] * s->rows;
    }
  }
  return work / threads >= (int64_t)stages * MEETING_WORK;
}

KERNEL(void) sequence_run(const int32_t* program, int32_t words, const float* constants, const address_t* buffers, int32_t rows,
                          const int32_t* row_index, const int32_t* row_length, int32_t reversed, int32_t backward,
                          float* totals, float* partial, int32_t totals_size) {
  struct meeting meeting = {0, 0, 0};
  struct sequence s = {program, words, constants, buffers, rows, row_index, row_length, reversed, backward, totals, partial, totals_size, 1, 0, &meeting};
  /* Rows without tokens come last. */
  while (s.rows > 0 && row_length[s.rows - 1] <= 0) s.rows--;
  if (s.rows == 0) return;
  s.by_columns = worth_sharing_columns(&s, thread_count());
  if (s.by_columns && __atomic_load_n(&crowded, __ATOMIC_RELAXED) > 0) {
    __atomic_sub_fetch(&crowded, 1, __ATOMIC_RELAXED);
    s.by_columns = 0;
  }
  s.jobs = s.by_columns ? thread_count() : least(thread_count(), s.rows);
  parallel(s.jobs, run_part, &s);
  if (meeting.late > 2 + meeting.round / 64) __atomic_store_n(&crowded, CROWDED_RUNS, __ATOMIC_RELAXED);
  for (int32_t job = 0; job < s.jobs; job++)
    for (int32_t i = 0; i < totals_size; i++) totals[i] += partial[(int64_t)job * totals_size + i];
}
