/* The loss of a mixture density over the movement of a pen, with its gradient: one pass over the components for their joint
 * densities, one for what each contributes. Threads share the rows. */
#include "kernels.h"
#include "ranges.h"
#include "vmath.h"

#define LOG_2_PI 0x1.d67f1cp+0f
/* Vectors that hold a plane, one number per component. */
#define PLANE_SLOTS (MIXTURE_MOST_COMPONENTS / VL)
#define LARGEST_LOG_SD 10.0f
#define LARGEST_ATANH_CORRELATION 6.0f

struct mixture_density {
  int32_t rows, components, pieces;
  float clip;
  float *loss, *gradient;
  const float *raw, *target;
};

/* Vector `slot` of a plane of n numbers; the last one may be a tail. */
ALWAYS_INLINE vf load_slot(const float* plane, int32_t slot, int32_t n, float other) {
  return (slot + 1) * VL <= n ? vf_load(plane + slot * VL) : load_tail(plane, n, other);
}
ALWAYS_INLINE void store_slot(float* plane, int32_t slot, int32_t n, vf v) {
  if ((slot + 1) * VL <= n) vf_store(plane + slot * VL, v);
  else store_tail(plane, n, v);
}
ALWAYS_INLINE vf within(vf v, float limit) { return vf_at_least(vf_at_most(v, limit), -limit); }

static float greatest_lane(vf v) {
  float greatest = v[0];
  for (int32_t i = 1; i < VL; i++) greatest = v[i] > greatest ? v[i] : greatest;
  return greatest;
}

/* v[slot] becomes exp(v[slot] - largest); returns largest + log of their sum, and the sum's reciprocal. */
static float log_sum_of(vf* v, int32_t slots, vf largest, float* share) {
  const float shift = greatest_lane(largest);
  vf total = {0};
  for (int32_t slot = 0; slot < slots; slot++) total += v[slot] = vf_exp(v[slot] - shift);
  const float sum = vf_sum(total);
  *share = 1 / sum;
  return shift + vf_log(vf_splat(sum))[0];
}

static void mixture_row(const struct mixture_density* s, int32_t r) {
  const int32_t n = s->components, slots = (n + VL - 1) / VL, columns = 6 * n + 1;
  const float *raw = s->raw + (int64_t)r * columns, *target = s->target + (int64_t)r * 3;
  float* gradient = s->gradient ? s->gradient + (int64_t)r * columns : 0;
  const float x = target[0], y = target[1], lift = target[2], end = raw[0];
  if (lift < 0) {
    s->loss[r] = 0;
    for (int32_t c = 0; gradient && c < columns; c++) gradient[c] = 0;
    return;
  }
  const float lowest = -__builtin_inff();
  vf weight[PLANE_SLOTS], joint[PLANE_SLOTS];
  /* The gradients of -log N by the five numbers of a Gaussian, to be multiplied by -gamma. */
  vf mean_x[PLANE_SLOTS], mean_y[PLANE_SLOTS], sd_x[PLANE_SLOTS], sd_y[PLANE_SLOTS], correlation[PLANE_SLOTS];
  vf largest_weight = vf_splat(lowest), largest_joint = vf_splat(lowest);
  for (int32_t slot = 0; slot < slots; slot++) {
    const vf pi = load_slot(raw + 1, slot, n, lowest);
    const vf log_sd_x = within(load_slot(raw + 1 + 3 * n, slot, n, 0), LARGEST_LOG_SD);
    const vf log_sd_y = within(load_slot(raw + 1 + 4 * n, slot, n, 0), LARGEST_LOG_SD);
    const vf turned = within(load_slot(raw + 1 + 5 * n, slot, n, 0), LARGEST_ATANH_CORRELATION);
    const vf scale_x = vf_exp(-log_sd_x), scale_y = vf_exp(-log_sd_y);
    const vf d_x = (x - load_slot(raw + 1 + n, slot, n, 0)) * scale_x;
    const vf d_y = (y - load_slot(raw + 1 + 2 * n, slot, n, 0)) * scale_y;
    /* With v = exp(-|atanh rho|), |rho| is (1 - v^2) / (1 + v^2), and along the diagonals d_x -+ d_y nothing is correlated:
     * there no difference of nearly equal numbers is left, however close rho comes to 1. */
    const vf v = vf_exp(-vf_abs(turned)), u = v * v;
    const vf rho = vf_copy_sign((1.0f - u) / (1.0f + u), turned);
    const vf inverse = 0.5f * (1.0f + u) / v; /* 1 / sqrt(1 - rho^2) */
    const vf signed_d_y = vf_select(turned < 0.0f, -d_y, d_y);
    const vf across = (d_x - signed_d_y) / v, along = d_x + signed_d_y;
    const vf distance = 0.25f * (1.0f + u) * (across * across + along * along); /* Z / (1 - rho^2) */
    /* (d_x - rho d_y) / (1 - rho^2) and (d_y - rho d_x) / (1 - rho^2) */
    const vf pull_x = 0.5f * inverse * (v * along + across);
    const vf pull_signed = 0.5f * inverse * (v * along - across);
    const vf pull_y = vf_select(turned < 0.0f, -pull_signed, pull_signed);
    weight[slot] = pi;
    joint[slot] = pi - (log_sd_x + log_sd_y + LOG_2_PI) + vf_log(inverse) - 0.5f * distance;
    largest_weight = vf_max(pi, largest_weight);
    largest_joint = vf_max(joint[slot], largest_joint);
    mean_x[slot] = pull_x * scale_x;
    mean_y[slot] = pull_y * scale_y;
    sd_x[slot] = d_x * pull_x - 1.0f;
    sd_y[slot] = d_y * pull_y - 1.0f;
    correlation[slot] = d_x * d_y + rho * (1.0f - distance);
  }
  float weight_share, joint_share;
  const float log_weights = log_sum_of(weight, slots, largest_weight, &weight_share);
  const float log_density = log_sum_of(joint, slots, largest_joint, &joint_share) - log_weights;
  /* e = sigmoid(-end): -log e = softplus(end), -log(1 - e) = softplus(end) - end. */
  s->loss[r] = vf_softplus(vf_splat(end))[0] - (1 - lift) * end - log_density;
  if (!gradient) return;
  gradient[0] = within(lift - vf_sigmoid(vf_splat(-end)), s->clip)[0];
  for (int32_t slot = 0; slot < slots; slot++) {
    const vf pi = weight[slot] * weight_share, gamma = joint[slot] * joint_share;
    store_slot(gradient + 1, slot, n, within(pi - gamma, s->clip));
    store_slot(gradient + 1 + n, slot, n, within(-gamma * mean_x[slot], s->clip));
    store_slot(gradient + 1 + 2 * n, slot, n, within(-gamma * mean_y[slot], s->clip));
    store_slot(gradient + 1 + 3 * n, slot, n, within(-gamma * sd_x[slot], s->clip));
    store_slot(gradient + 1 + 4 * n, slot, n, within(-gamma * sd_y[slot], s->clip));
    store_slot(gradient + 1 + 5 * n, slot, n, within(-gamma * correlation[slot], s->clip));
  }
}

static void mixture_density_piece(int32_t index, void* context) {
  const struct mixture_density* s = context;
  const struct range rows = piece_of(s->rows, s->pieces, index, 1);
  for (int32_t r = rows.from; r < rows.to; r++) mixture_row(s, r);
}

KERNEL(void) mixture_density(float* loss, float* gradient, const float* raw, const float* target, int32_t rows, int32_t components,
                             float clip) {
  struct mixture_density s = {.rows = rows, .components = components, .clip = clip, .loss = loss, .gradient = gradient,
                              .raw = raw, .target = target};
  s.pieces = piece_count(rows, (int64_t)components * 40 + 200);
  parallel(s.pieces, mixture_density_piece, &s);
}
