/* Connectionist temporal classification (Graves et al. 2006): the log likelihood of a labelling, summed over its alignments by the
 * forward-backward algorithm, and the gradient in the same pass back. All in log space. Every step's values are kept relative to
 * the greatest of them, which costs float32 no digits however long the sequence; what was taken off is added up in float64. Threads
 * share the rows of the batch. */
#include "kernels.h"
#include "ranges.h"
#include "vmath.h"

#define NOTHING (-__builtin_inff())
/* In place of the greatest of several minus infinities, so that no difference of two of them is formed. */
#define LEAST_SHIFT -1e30f

struct ctc {
  int32_t time, batch, classes, most, blank, pieces;
  float *loss, *gradient, *work;
  const float* log_probabilities;
  const int32_t *lengths, *targets, *target_lengths;
};

/* Alpha's row of a step, in whole vectors of any width. */
KERNEL(int32_t) ctc_work_columns(int32_t most) { return (2 * most + 1 + 15) / 16 * 16; }

/* The labelling with blanks around and between its labels, S = 2 U + 1 states in whole vectors; lanes past S never hold anything. */
struct states {
  int32_t count, slots;
  int32_t* classes;
  float* skip; /* 0 where a path may come from two states before, else minus infinity; VL of them behind the last slot */
  float* emission;
  /* Of two steps, with VL minus infinities before the states (alpha) or behind them (beta), where neighbours are looked for. */
  float *now, *next;
  float* shares;
};

/* log(exp a + exp b + exp c) */
ALWAYS_INLINE vf log_add(vf a, vf b, vf c) {
  const vf shift = vf_at_least(vf_max(a, vf_max(b, c)), LEAST_SHIFT);
  return shift + vf_log(vf_exp(a - shift) + vf_exp(b - shift) + vf_exp(c - shift));
}

static void fill_with(float* x, float value, int32_t n) {
  for (int32_t i = 0; i < n; i += VL) vf_store(x + i, vf_splat(value));
}

/* Subtracts the greatest of the states' values from all of them and returns it; 0 where all are minus infinity or NaN. */
static float take_off_greatest(float* x, int32_t slots) {
  vf greatest = vf_splat(NOTHING);
  for (int32_t i = 0; i < slots; i++) greatest = vf_max(vf_load(x + i * VL), greatest);
  float shift = greatest[0];
  for (int32_t i = 1; i < VL; i++) shift = greatest[i] > shift ? greatest[i] : shift;
  if (!(shift > LEAST_SHIFT)) return 0;
  for (int32_t i = 0; i < slots; i++) vf_store(x + i * VL, vf_load(x + i * VL) - shift);
  return shift;
}

/* Lays the states out in scratch memory. Returns 0 where no path can give the labelling: too few steps, or labels that there are not. */
static int32_t lay_out(struct states* states, const struct ctc* s, int32_t b, int32_t length, float* scratch) {
  const int32_t* labels = s->targets + (int64_t)b * s->most;
  const int32_t count = s->target_lengths[b];
  if (count < 0 || count > s->most || count > CTC_MOST_LABELS) return 0;
  int32_t needed = count;
  for (int32_t u = 0; u < count; u++) {
    if (labels[u] < 0 || labels[u] >= s->classes || labels[u] == s->blank) return 0;
    needed += u > 0 && labels[u] == labels[u - 1];
  }
  if (needed > length) return 0;
  states->count = 2 * count + 1;
  states->slots = (states->count + VL - 1) / VL;
  const int32_t width = states->slots * VL;
  states->classes = (int32_t*)scratch;
  states->skip = scratch + width;
  states->emission = states->skip + width + VL;
  states->now = states->emission + width;
  states->next = states->now + width + VL;
  states->shares = states->next + width + VL;
  fill_with(states->skip, NOTHING, width + VL);
  fill_with(states->emission, NOTHING, width);
  for (int32_t i = 0; i < states->count; i++) states->classes[i] = i % 2 ? labels[i / 2] : s->blank;
  for (int32_t i = 3; i < states->count; i += 2) {
    if (states->classes[i] != states->classes[i - 2]) states->skip[i] = 0;
  }
  return 1;
}

ALWAYS_INLINE int64_t step_at(const struct ctc* s, int32_t b, int32_t t) { return ((int64_t)t * s->batch + b) * s->classes; }

static void emit(struct states* states, const float* log_probabilities) {
  for (int32_t i = 0; i < states->count; i++) states->emission[i] = log_probabilities[states->classes[i]];
}

static void exchange(struct states* states) {
  float* other = states->now;
  states->now = states->next;
  states->next = other;
}

/* The logarithm of the labelling's probability; alpha of every step is kept in the work memory, if there is any. */
static double forward(struct states* states, const struct ctc* s, int32_t b, int32_t length, float* work, int64_t stride) {
  const int32_t slots = states->slots;
  fill_with(states->now, NOTHING, slots * VL + VL);
  fill_with(states->next, NOTHING, VL);
  /* Before the first step: as if a step of nothing had led to the first blank. */
  states->now[VL] = 0;
  double taken_off = 0;
  for (int32_t t = 0; t < length; t++) {
    emit(states, s->log_probabilities + step_at(s, b, t));
    for (int32_t i = 0; i < slots; i++) {
      const float* from = states->now + VL + i * VL;
      const vf skipping = vf_load(from - 2) + vf_load(states->skip + i * VL);
      vf_store(states->next + VL + i * VL, log_add(vf_load(from), vf_load(from - 1), skipping) + vf_load(states->emission + i * VL));
    }
    exchange(states);
    taken_off += take_off_greatest(states->now + VL, slots);
    for (int32_t i = 0; work && i < slots; i++) vf_store(work + t * stride + i * VL, vf_load(states->now + VL + i * VL));
  }
  const float* last = states->now + VL + states->count - 1;
  return taken_off + log_add(vf_splat(last[0]), vf_splat(last[-1]), vf_splat(NOTHING))[0];
}

/* What each state has of a step's probability; the shares sum to 1. */
static void share(float* shares, const float* alpha, const float* beta, int32_t slots) {
  for (int32_t i = 0; i < slots; i++) vf_store(shares + i * VL, vf_load(alpha + i * VL) + vf_load(beta + i * VL));
  take_off_greatest(shares, slots);
  vf sum = {0};
  for (int32_t i = 0; i < slots; i++) {
    const vf power = vf_exp(vf_load(shares + i * VL));
    vf_store(shares + i * VL, power);
    sum += power;
  }
  const float whole = 1 / vf_sum(sum);
  for (int32_t i = 0; i < slots; i++) vf_store(shares + i * VL, vf_load(shares + i * VL) * whole);
}

/* gradient = exp(log probabilities) - shares, which may be written over what is read. */
static void write_gradient(float* gradient, const float* log_probabilities, const struct states* states, int32_t classes) {
  int32_t c = 0;
  const vf tail = classes % VL ? vf_exp(load_tail(log_probabilities, classes, 0)) : (vf){0};
  for (; c + VL <= classes; c += VL) vf_store(gradient + c, vf_exp(vf_load(log_probabilities + c)));
  if (c < classes) store_tail(gradient, classes, tail);
  for (int32_t i = 0; i < states->count; i++) gradient[states->classes[i]] -= states->shares[i];
}

static void backward(struct states* states, const struct ctc* s, int32_t b, int32_t length, const float* work, int64_t stride) {
  const int32_t slots = states->slots, width = slots * VL;
  fill_with(states->now, NOTHING, width + VL);
  fill_with(states->next, NOTHING, width + VL);
  states->now[states->count - 1] = 0;
  if (states->count > 1) states->now[states->count - 2] = 0;
  for (int32_t t = length - 1; t >= 0; t--) {
    const float* log_probabilities = s->log_probabilities + step_at(s, b, t);
    emit(states, log_probabilities);
    share(states->shares, work + t * stride, states->now, slots);
    write_gradient(s->gradient + step_at(s, b, t), log_probabilities, states, s->classes);
    /* beta, which leaves the step's own emission out, of the step before. */
    for (int32_t i = 0; i < slots; i++) vf_store(states->now + i * VL, vf_load(states->now + i * VL) + vf_load(states->emission + i * VL));
    for (int32_t i = 0; i < slots; i++) {
      const float* to = states->now + i * VL;
      vf_store(states->next + i * VL, log_add(vf_load(to), vf_load(to + 1), vf_load(to + 2) + vf_load(states->skip + i * VL + 2)));
    }
    exchange(states);
    take_off_greatest(states->now, slots);
  }
}

static void ctc_row(const struct ctc* s, int32_t b, float* scratch) {
  const int32_t given = s->lengths[b], length = given < 0 ? 0 : given > s->time ? s->time : given;
  const int64_t stride = ctc_work_columns(s->most);
  float* work = s->gradient ? s->work + b * s->time * stride : 0;
  struct states states;
  double log_likelihood = NOTHING;
  if (lay_out(&states, s, b, length, scratch)) log_likelihood = forward(&states, s, b, length, work, stride);
  s->loss[b] = (float)-log_likelihood;
  if (!s->gradient) return;
  const int32_t learns = log_likelihood != NOTHING;
  if (learns) backward(&states, s, b, length, work, stride);
  for (int32_t t = learns ? length : 0; t < s->time; t++) {
    float* gradient = s->gradient + step_at(s, b, t);
    for (int32_t c = 0; c < s->classes; c++) gradient[c] = 0;
  }
}

static void ctc_piece(int32_t index, void* context) {
  const struct ctc* s = context;
  float* scratch = thread_scratch(index);
  /* In turn, not in blocks: of rows that are sorted by length every thread gets some long ones. */
  for (int32_t b = index; b < s->batch; b += s->pieces) ctc_row(s, b, scratch);
}

KERNEL(void) ctc(float* loss, float* gradient, float* work, const float* log_probabilities, const int32_t* lengths, const int32_t* targets,
                 const int32_t* target_lengths, int32_t time, int32_t batch, int32_t classes, int32_t most, int32_t blank) {
  struct ctc s = {.time = time, .batch = batch, .classes = classes, .most = most, .blank = blank, .loss = loss, .gradient = gradient,
                  .work = work, .log_probabilities = log_probabilities, .lengths = lengths, .targets = targets,
                  .target_lengths = target_lengths};
  s.pieces = piece_count(batch, (int64_t)time * (16 * (int64_t)most + 4 * (int64_t)classes + 32));
  parallel(s.pieces, ctc_piece, &s);
}
