/* Skip-gram and continuous bag of words with negative sampling (Mikolov et al. 2013): the definition stands at the prototype in
 * kernels.h.
 *
 * The default takes a window as one small batch (Ji, Satish, Li & Dubey 2016): the context rows times the centre and negatives that
 * they share, a vector sigmoid, and two products of low rank, each row read and written once. Words that occur twice in a
 * window count twice in one row. Threads take pieces of the corpus and write to the matrices without locks (Recht et al. 2011). */
#include "kernels.h"
#include "philox.h"
#include "ranges.h"
#include "vmath.h"

/* Entries of a piece at least, and how far beyond its place its end may move to meet the end of a sentence. */
#define WORD2VEC_PIECE 1024
/* Every so manieth position of the corpus is measured. */
#define LOSS_EVERY 16
#define MAX_CONTEXTS (2 * WORD2VEC_MAX_WINDOW)
#define MAX_TARGETS (1 + WORD2VEC_MAX_NEGATIVES)
#define MAX_DRAWS (4 * ((MAX_TARGETS + 3) / 4))
/* Targets whose rows and changes stay in registers, and rows of a tile of dot products. */
#if defined(__wasm__)
#define UPDATE_TARGETS 3
#define DOT_ROWS 2
#else
#define UPDATE_TARGETS 6
#define DOT_ROWS 4
#endif
#define DOT_TARGETS 3
#if defined(__clang__)
#define UNROLL_WINDOW _Pragma("clang loop unroll(full)")
#else
#define UNROLL_WINDOW _Pragma("GCC unroll 8")
#endif

/* On a cache line of its own. */
struct tally {
  float loss, measured, pairs, words;
} __attribute__((aligned(64)));

struct word2vec {
  float *input, *output;
  const int32_t *tokens, *keep, *alias;
  int32_t stride, columns, count, words, window, negatives, flags, pieces;
  float lr, lr_step, lr_least;
  uint32_t key0, key1;
  uint64_t position;
  struct tally* tallies;
};

/* What a thread works on. */
struct window_work {
  const struct word2vec* s;
  struct tally* tally;
  int32_t vectors; /* of a row */
  float* changes;  /* [contexts, vectors * VL] */
  float *mean, *error;
  float rate;
  int32_t measures;
  int32_t contexts, targets;
  float* context[MAX_CONTEXTS];    /* rows of `input` */
  float context_times[MAX_CONTEXTS];
  float* target[MAX_TARGETS];      /* rows of `output`; the first is the centre's */
  float target_times[MAX_TARGETS]; /* 0 for one that does not count */
  /* [contexts, targets]: dot products, then gradients; room for a whole vector at the end. */
  float gradient[MAX_CONTEXTS * MAX_TARGETS + VL];
  vf partial[MAX_CONTEXTS * MAX_TARGETS + VL];
};

ALWAYS_INLINE float* row_of(float* matrix, int32_t stride, int32_t row) { return matrix + (int64_t)row * stride; }

static void prefetch_row(const float* row, int32_t columns) {
  for (int32_t i = 0; i < columns; i += 16) __builtin_prefetch(row + i, 1);
}

/* ---- Random numbers ---- */

/* Word `draw` of position p is word draw % 4 of the block with counter (p, 1 + draw / 4, 0). */
ALWAYS_INLINE int32_t negative_from(const struct word2vec* s, uint32_t bits) {
  const uint64_t product = (uint64_t)bits * (uint32_t)s->words;
  const int32_t column = (int32_t)(product >> 32);
  return (uint32_t)product < (uint32_t)s->alias[2 * column] ? column : s->alias[2 * column + 1];
}
ALWAYS_INLINE int32_t radius_of(const struct word2vec* s, uint32_t bits) {
  return 1 + (int32_t)((uint64_t)bits * (uint32_t)s->window >> 32);
}

/* draws[d][lane] for VL positions. */
static void draw_for_positions(const struct word2vec* s, const int32_t* at, int32_t count, int32_t draws, uint32_t (*to)[VL]) {
  vu low = {0}, high = {0};
  for (int32_t lane = 0; lane < count; lane++) {
    const uint64_t position = s->position + (uint32_t)at[lane];
    low[lane] = (uint32_t)position;
    high[lane] = (uint32_t)(position >> 32);
  }
  for (int32_t block = 0; 4 * block < draws; block++) {
    vu c[4] = {low, high, (vu){0} + (uint32_t)(1 + block), {0}};
    philox_blocks(c, s->key0, s->key1);
    for (int32_t word = 0; word < 4; word++) __builtin_memcpy(to[4 * block + word], &c[word], sizeof c[word]);
  }
}

/* Draws first.. of one position: VL blocks of four. */
static void draw_blocks(const struct word2vec* s, int32_t at, int32_t first_block, uint32_t to[4 * VL]) {
  const uint64_t position = s->position + (uint32_t)at;
  vu c[4] = {(vu){0} + (uint32_t)position, (vu){0} + (uint32_t)(position >> 32), (vu){LANES} + (uint32_t)(1 + first_block), {0}};
  philox_blocks(c, s->key0, s->key1);
  for (int32_t lane = 0; lane < VL; lane++) {
    for (int32_t word = 0; word < 4; word++) to[4 * lane + word] = c[word][lane];
  }
}

/* Numbers for keeping words: that of position p is word p % 4 of the block with counter (p / 4, 0, 0). */
struct keep_draws {
  uint64_t first; /* position; a multiple of 4 VL */
  int32_t drawn;
  uint32_t words[4][VL];
};
static uint32_t keep_draw(const struct word2vec* s, struct keep_draws* d, uint64_t position) {
  const uint64_t first = position - position % (4 * VL);
  if (!d->drawn || d->first != first) {
    const uint64_t block = first / 4;
    /* The blocks of a group share the upper word: VL divides 2^32. */
    vu c[4] = {(vu){LANES} + (uint32_t)block, (vu){0} + (uint32_t)(block >> 32), {0}, {0}};
    philox_blocks(c, s->key0, s->key1);
    __builtin_memcpy(d->words, c, sizeof c);
    d->first = first;
    d->drawn = 1;
  }
  const int32_t i = (int32_t)(position - first);
  return d->words[i % 4][i / 4];
}

/* ---- A window as a batch ---- */

ALWAYS_INLINE vf sigmoid_by(vf x, int32_t table) {
  if (!table) return vf_sigmoid(x);
  /* The public program's table: 1000 cells over [-6, 6], looked up with a factor of 83, 1000 / 6 / 2 in whole numbers. */
  const vf cell = __builtin_convertvector(__builtin_convertvector((vf_at_least(vf_at_most(x, 6), -6) + 6.0f) * 83.0f, vi), vf);
  const vf y = vf_sigmoid(cell * 0.012f - 6.0f);
  return vf_select(x > 6.0f, vf_splat(1), vf_select(x < -6.0f, vf_splat(0), y));
}

ALWAYS_INLINE void dot_tile(struct window_work* w, int32_t c, int32_t t, const int32_t rows, const int32_t columns) {
  vf sums[DOT_ROWS][DOT_TARGETS];
  UNROLL_WINDOW
  for (int32_t i = 0; i < rows; i++) {
    UNROLL_WINDOW
    for (int32_t j = 0; j < columns; j++) sums[i][j] = (vf){0};
  }
  for (int32_t q = 0; q < w->vectors * VL; q += VL) {
    vf u[DOT_TARGETS];
    UNROLL_WINDOW
    for (int32_t j = 0; j < columns; j++) u[j] = vf_load(w->target[t + j] + q);
    UNROLL_WINDOW
    for (int32_t i = 0; i < rows; i++) {
      const vf v = vf_load(w->context[c + i] + q);
      UNROLL_WINDOW
      for (int32_t j = 0; j < columns; j++) sums[i][j] += v * u[j];
    }
  }
  UNROLL_WINDOW
  for (int32_t i = 0; i < rows; i++) {
    UNROLL_WINDOW
    for (int32_t j = 0; j < columns; j++) w->partial[(c + i) * w->targets + t + j] = sums[i][j];
  }
}

ALWAYS_INLINE void dot_rows(struct window_work* w, int32_t c, const int32_t rows) {
  int32_t t = 0;
  for (; t + DOT_TARGETS <= w->targets; t += DOT_TARGETS) dot_tile(w, c, t, rows, DOT_TARGETS);
  if (w->targets - t == 2) dot_tile(w, c, t, rows, 2);
  else if (w->targets - t == 1) dot_tile(w, c, t, rows, 1);
}

/* Lane i of the result is the sum of v[i]'s lanes. */
ALWAYS_INLINE vf sums_of(vf v[VL]) {
  UNROLL_WINDOW
  for (int32_t half = VL / 2; half > 0; half /= 2) {
    UNROLL_WINDOW
    for (int32_t i = 0; i < half; i++) v[i] = interleave_low(v[i], v[i + half]) + interleave_high(v[i], v[i + half]);
  }
  return v[0];
}

static void measure_window(struct window_work* w) {
  for (int32_t c = 0; c < w->contexts; c++) {
    for (int32_t t = 0; t < w->targets; t++) {
      const float x = w->gradient[c * w->targets + t];
      w->tally->loss += vf_softplus(vf_splat(t == 0 ? -x : x))[0] * w->context_times[c] * w->target_times[t];
    }
    w->tally->measured += w->context_times[c];
  }
}

static void window_gradients(struct window_work* w) {
  int32_t c = 0;
  for (; c + DOT_ROWS <= w->contexts; c += DOT_ROWS) dot_rows(w, c, DOT_ROWS);
#if DOT_ROWS > 2
  if (w->contexts - c >= 2) {
    dot_rows(w, c, 2);
    c += 2;
  }
#endif
  if (c < w->contexts) dot_rows(w, c, 1);
  const int32_t n = w->contexts * w->targets, table = w->s->flags & WORD2VEC_TABLE;
  for (int32_t i = 0; i < n; i += VL) {
    vf v[VL];
    for (int32_t j = 0; j < VL; j++) v[j] = w->partial[i + j];
    vf_store(w->gradient + i, sums_of(v));
  }
  if (w->measures) measure_window(w);
  for (int32_t i = 0; i < n; i += VL) vf_store(w->gradient + i, -w->rate * sigmoid_by(vf_load(w->gradient + i), table));
  for (int32_t row = 0; row < w->contexts; row++) {
    float* g = w->gradient + row * w->targets;
    g[0] += w->rate;
    for (int32_t t = 0; t < w->targets; t++) g[t] *= w->target_times[t] * w->context_times[row];
  }
}

/* to[c] += the gradient's part over `targets` targets from t on; those targets += theirs. `to` may be the context's own row. */
ALWAYS_INLINE void update_targets(struct window_work* w, float* const* to, int32_t t, const int32_t targets) {
  for (int32_t q = 0; q < w->vectors * VL; q += VL) {
    vf u[UPDATE_TARGETS], du[UPDATE_TARGETS];
    UNROLL_WINDOW
    for (int32_t j = 0; j < targets; j++) {
      u[j] = vf_load(w->target[t + j] + q);
      du[j] = (vf){0};
    }
    const float* g = w->gradient + t;
    for (int32_t c = 0; c < w->contexts; c++, g += w->targets) {
      const vf v = vf_load(w->context[c] + q);
      vf dv = vf_load(to[c] + q);
      UNROLL_WINDOW
      for (int32_t j = 0; j < targets; j++) {
        const vf factor = vf_splat(g[j]);
        du[j] += factor * v;
        dv += factor * u[j];
      }
      vf_store(to[c] + q, dv);
    }
    UNROLL_WINDOW
    for (int32_t j = 0; j < targets; j++) vf_store(w->target[t + j] + q, vf_load(w->target[t + j] + q) + du[j]);
  }
}

static void update_some(struct window_work* w, float* const* to, int32_t t, int32_t targets) {
  switch (targets) {
    case 1: update_targets(w, to, t, 1); break;
    case 2: update_targets(w, to, t, 2); break;
    case 3: update_targets(w, to, t, 3); break;
#if UPDATE_TARGETS > 3
    case 4: update_targets(w, to, t, 4); break;
    case 5: update_targets(w, to, t, 5); break;
    case 6: update_targets(w, to, t, 6); break;
#endif
  }
}

/* Contexts' rows get what is due to them at once where one block holds all targets, else at the end: every part of the gradient is
 * that of the rows as they were. */
static void update_window(struct window_work* w, float* const* to) {
  if (w->targets <= UPDATE_TARGETS) {
    update_some(w, to, 0, w->targets);
    return;
  }
  const int32_t width = w->vectors * VL;
  float* changes[MAX_CONTEXTS];
  for (int32_t c = 0; c < w->contexts; c++) {
    changes[c] = w->changes + c * width;
    for (int32_t q = 0; q < width; q += VL) vf_store(changes[c] + q, (vf){0});
  }
  for (int32_t t = 0; t < w->targets; t += UPDATE_TARGETS) {
    update_some(w, changes, t, w->targets - t < UPDATE_TARGETS ? w->targets - t : UPDATE_TARGETS);
  }
  for (int32_t c = 0; c < w->contexts; c++) {
    for (int32_t q = 0; q < width; q += VL) vf_store(to[c] + q, vf_load(to[c] + q) + vf_load(changes[c] + q));
  }
}

/* A negative that is the centre does not count; one drawn again counts with the first. */
static void set_targets(struct window_work* w, int32_t centre, const int32_t* negatives) {
  const struct word2vec* s = w->s;
  w->targets = 1 + s->negatives;
  w->target[0] = row_of(s->output, s->stride, centre);
  w->target_times[0] = 1;
  for (int32_t k = 0; k < s->negatives; k++) {
    w->target[1 + k] = row_of(s->output, s->stride, negatives[k]);
    w->target_times[1 + k] = negatives[k] != centre;
    for (int32_t other = 0; other < k; other++) {
      if (negatives[other] != negatives[k] || w->target_times[1 + other] == 0) continue;
      w->target_times[1 + other]++;
      w->target_times[1 + k] = 0;
      break;
    }
  }
}

static void train_window(struct window_work* w, const int32_t* contexts, int32_t count) {
  const struct word2vec* s = w->s;
  int32_t ids[MAX_CONTEXTS];
  w->contexts = 0;
  for (int32_t i = 0; i < count; i++) {
    int32_t c = 0;
    while (c < w->contexts && ids[c] != contexts[i]) c++;
    if (c == w->contexts) {
      w->contexts++;
      ids[c] = contexts[i];
      w->context[c] = row_of(s->input, s->stride, contexts[i]);
      w->context_times[c] = 0;
    }
    w->context_times[c]++;
  }
  window_gradients(w);
  update_window(w, w->context);
}

/* ---- Target by target, as in the public program ---- */

/* v's targets one after another, each output row changed before the next is used; error += what is due to v. */
static void train_in_turn(struct window_work* w, const float* v, int32_t centre, const int32_t* negatives, float* error) {
  const struct word2vec* s = w->s;
  const int32_t width = w->vectors * VL;
  for (int32_t t = 0; t <= s->negatives; t++) {
    if (t > 0 && negatives[t - 1] == centre) continue;
    float* u = row_of(s->output, s->stride, t == 0 ? centre : negatives[t - 1]);
    vf sum = {0};
    for (int32_t q = 0; q < width; q += VL) sum += vf_load(v + q) * vf_load(u + q);
    const vf x = vf_splat(vf_sum(sum));
    if (w->measures) w->tally->loss += vf_softplus(t == 0 ? -x : x)[0];
    const vf g = ((t == 0 ? 1.0f : 0.0f) - sigmoid_by(x, s->flags & WORD2VEC_TABLE)) * w->rate;
    for (int32_t q = 0; q < width; q += VL) {
      const vf before = vf_load(u + q);
      vf_store(error + q, vf_load(error + q) + g * before);
      vf_store(u + q, before + g * vf_load(v + q));
    }
  }
  if (w->measures) w->tally->measured++;
}

static void clear_vector(float* row, int32_t width) {
  for (int32_t q = 0; q < width; q += VL) vf_store(row + q, (vf){0});
}
static void add_vector(float* row, const float* x, int32_t width) {
  for (int32_t q = 0; q < width; q += VL) vf_store(row + q, vf_load(row + q) + vf_load(x + q));
}

static void train_pairs(struct window_work* w, int32_t at, int32_t centre, const int32_t* contexts, int32_t count) {
  const struct word2vec* s = w->s;
  uint32_t bits[4 * VL];
  int32_t negatives[WORD2VEC_MAX_NEGATIVES], block = -1, draw = 1;
  for (int32_t c = 0; c < count; c++) {
    for (int32_t k = 0; k < s->negatives; k++, draw++) {
      if (block != draw / (4 * VL)) draw_blocks(s, at, (block = draw / (4 * VL)) * VL, bits);
      negatives[k] = negative_from(s, bits[draw % (4 * VL)]);
    }
    float* v = row_of(s->input, s->stride, contexts[c]);
    clear_vector(w->error, w->vectors * VL);
    train_in_turn(w, v, centre, negatives, w->error);
    add_vector(v, w->error, w->vectors * VL);
  }
}

/* ---- Continuous bag of words ---- */

static void train_bag(struct window_work* w, int32_t centre, const int32_t* contexts, int32_t count, const int32_t* negatives) {
  const struct word2vec* s = w->s;
  const int32_t width = w->vectors * VL;
  clear_vector(w->mean, width);
  clear_vector(w->error, width);
  for (int32_t c = 0; c < count; c++) add_vector(w->mean, row_of(s->input, s->stride, contexts[c]), width);
  const float part = 1.0f / (float)count;
  for (int32_t q = 0; q < width; q += VL) vf_store(w->mean + q, vf_load(w->mean + q) * part);
  if (s->flags & WORD2VEC_EXACT) {
    train_in_turn(w, w->mean, centre, negatives, w->error);
  } else {
    w->contexts = 1;
    w->context[0] = w->mean;
    w->context_times[0] = 1;
    window_gradients(w);
    update_window(w, &w->error);
  }
  for (int32_t c = 0; c < count; c++) add_vector(row_of(s->input, s->stride, contexts[c]), w->error, width);
}

/* ---- Sentences and pieces ---- */

struct sentence {
  int32_t length;
  int32_t id[WORD2VEC_SENTENCE], at[WORD2VEC_SENTENCE];
};

static void train_sentence(struct window_work* w, const struct sentence* x) {
  const struct word2vec* s = w->s;
  const int32_t pairwise = (s->flags & WORD2VEC_EXACT) && !(s->flags & WORD2VEC_CBOW);
  const int32_t draws = pairwise ? 1 : 1 + s->negatives;
  uint32_t drawn[MAX_DRAWS][VL];
  int32_t negatives[VL][WORD2VEC_MAX_NEGATIVES], radius[VL];
  for (int32_t i = 0; i < x->length; i++) {
    const int32_t lane = i % VL;
    if (lane == 0) {
      const int32_t group = x->length - i < VL ? x->length - i : VL;
      draw_for_positions(s, x->at + i, group, draws, drawn);
      for (int32_t l = 0; l < group; l++) {
        radius[l] = radius_of(s, drawn[0][l]);
        for (int32_t k = 0; k + 1 < draws; k++) negatives[l][k] = negative_from(s, drawn[1 + k][l]);
      }
    }
    /* What the next window needs is fetched while this one is computed. */
    if (i + 1 < x->length && !pairwise) {
      prefetch_row(row_of(s->output, s->stride, x->id[i + 1]), s->columns);
      if (lane + 1 < VL) {
        for (int32_t k = 0; k < s->negatives; k++) prefetch_row(row_of(s->output, s->stride, negatives[lane + 1][k]), s->columns);
      }
      if (i + 1 + s->window < x->length) prefetch_row(row_of(s->input, s->stride, x->id[i + 1 + s->window]), s->columns);
    }
    int32_t contexts[MAX_CONTEXTS], count = 0;
    for (int32_t j = i - radius[lane]; j <= i + radius[lane]; j++) {
      if (j != i && j >= 0 && j < x->length) contexts[count++] = x->id[j];
    }
    w->tally->words++;
    if (count == 0) continue;
    const float rate = s->lr - s->lr_step * (float)x->at[i];
    w->rate = rate > s->lr_least ? rate : s->lr_least;
    w->measures = (s->position + (uint32_t)x->at[i]) % LOSS_EVERY == 0;
    w->tally->pairs += s->flags & WORD2VEC_CBOW ? 1 : count;
    if (pairwise) {
      train_pairs(w, x->at[i], x->id[i], contexts, count);
      continue;
    }
    set_targets(w, x->id[i], negatives[lane]);
    if (s->flags & WORD2VEC_CBOW) train_bag(w, x->id[i], contexts, count, negatives[lane]);
    else train_window(w, contexts, count);
  }
}

/* Where piece `index` begins: after the first end of a sentence from its place on, if one is near. */
static int32_t piece_start(const struct word2vec* s, int32_t index) {
  if (index == 0 || index == s->pieces) return index == 0 ? 0 : s->count;
  const int32_t place = (int32_t)((int64_t)s->count * index / s->pieces);
  for (int32_t at = place; at < s->count && at < place + WORD2VEC_PIECE / 2; at++) {
    if (s->tokens[at] < 0) return at + 1;
  }
  return place;
}

static void word2vec_piece(int32_t index, void* context) {
  const struct word2vec* s = context;
  const int32_t vectors = (s->columns + VL - 1) / VL, width = vectors * VL;
  float* scratch = thread_scratch(index);
  struct window_work w;
  struct sentence x;
  struct keep_draws draws;
  w.s = s;
  w.tally = s->tallies + index;
  w.vectors = vectors;
  w.mean = scratch;
  w.error = scratch + width;
  w.changes = scratch + 2 * width;
  for (int32_t i = 0; i < MAX_CONTEXTS * MAX_TARGETS + VL; i++) w.partial[i] = (vf){0};
  draws.drawn = 0;
  const int32_t end = piece_start(s, index + 1);
  for (int32_t at = piece_start(s, index); at < end;) {
    for (x.length = 0; at < end && x.length < WORD2VEC_SENTENCE; at++) {
      const int32_t id = s->tokens[at];
      if (id < 0 && x.length > 0) break;
      if (id < 0 || id >= s->words) continue;
      if (s->keep && (int32_t)(keep_draw(s, &draws, s->position + (uint32_t)at) >> 8) >= s->keep[id]) continue;
      x.id[x.length] = id;
      x.at[x.length++] = at;
    }
    train_sentence(&w, &x);
  }
}

KERNEL(void) word2vec_train(float* input, float* output, int32_t stride, int32_t columns, const int32_t* tokens, int32_t count,
                            const int32_t* keep, const int32_t* alias, int32_t words, int32_t window, int32_t negatives,
                            int32_t flags, float lr, float lr_step, float lr_least, uint32_t seed_low, uint32_t seed_high,
                            uint32_t position_low, uint32_t position_high, float* statistics) {
  struct tally tallies[MAX_THREADS];
  const int32_t threads = thread_count(), pieces = count / WORD2VEC_PIECE < threads ? count / WORD2VEC_PIECE : threads;
  struct word2vec s = {.input = input, .output = output, .tokens = tokens, .keep = keep, .alias = alias, .stride = stride,
                       .columns = columns, .count = count, .words = words, .window = window, .negatives = negatives,
                       .flags = flags, .pieces = pieces > 1 ? pieces : 1, .lr = lr, .lr_step = lr_step, .lr_least = lr_least,
                       .key0 = seed_low, .key1 = seed_high, .position = (uint64_t)position_high << 32 | position_low,
                       .tallies = tallies};
  for (int32_t i = 0; i < s.pieces; i++) tallies[i] = (struct tally){0, 0, 0, 0};
  parallel(s.pieces, word2vec_piece, &s);
  for (int32_t i = 0; i < s.pieces; i++) {
    statistics[0] += tallies[i].loss;
    statistics[1] += tallies[i].measured;
    statistics[2] += tallies[i].pairs;
    statistics[3] += tallies[i].words;
  }
}
