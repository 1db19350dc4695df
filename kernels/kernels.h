/* The one list of Unrolled's kernels.
 *
 * Every prototype that starts with KERNEL is exported from the WebAssembly module and from the native addon; the glue
 * and the TypeScript interface `Kernels` are generated from this file (scripts/glue.mjs), the definition of each stands in
 * src/backend/reference/ (float64 TypeScript), and the conformance suite runs each on every backend.
 *
 * Rules the generator relies on: one prototype ends at ';'; the result is void or int32_t (layout queries only, never
 * data: a kernel must be able to run on a device that the host does not read from); arguments are int32_t, uint32_t,
 * float, or pointers to float, int32_t or address_t; each pointer is followed by its shape in a comment.
 * Enumerators below become TypeScript constants of the same name.
 *
 * Shapes are row-major. Unless a comment says otherwise an output may not overlap an input, except exactly (y == a) for
 * pointwise kernels. Zero-sized dimensions are legal everywhere: nothing is read, and a sum of nothing is 0.
 */
#ifndef UNROLLED_KERNELS_H
#define UNROLLED_KERNELS_H

#include <stdint.h>

#ifndef KERNEL
#define KERNEL(result) result
#endif

/* An address stored in memory (tables of operands): 64 bits on every target. */
typedef uint64_t address_t;

/* ---- Library ------------------------------------------------------------------------------------------------------ */

/* Sets how many threads kernels may use (1..64); returns the number now in force (1 where there are no threads). */
KERNEL(int32_t) set_threads(int32_t count);
/* Width of the vectors this build uses, in floats: 4, 8 or 16. */
KERNEL(int32_t) vector_width(void);
/* Runs `rounds` rounds of independent multiply-adds on every thread, multiply_adds_per_round() of them per thread and round,
 * to measure the machine's peak. */
KERNEL(void) multiply_add_peak(float* sink /* [64] */, int32_t rounds);
/* Multiply-adds (two operations each) that one thread does per round of multiply_add_peak. */
KERNEL(int32_t) multiply_adds_per_round(void);
/* Reads all of a `rounds` times, each thread a share of its own, to measure the pace of the cache that holds it; sink gets the
 * threads' sums. */
KERNEL(void) read_pace(float* sink /* [64] */, const float* a /* [n] */, int32_t n, int32_t rounds);

/* ---- Pointwise ---------------------------------------------------------------------------------------------------- */

/* y = op(a), one argument. MAP_CLIP clamps to [-p, p]; MAP_LEAKY is a > 0 ? a : p a; MAP_SCALE is p a; MAP_OFFSET is a + p;
 * MAP_POW is |a|^p (a >= 0 expected). Others ignore p. */
enum map_op {
  MAP_COPY, MAP_NEG, MAP_ABS, MAP_SQUARE, MAP_SQRT, MAP_RECIPROCAL, MAP_EXP, MAP_LOG, MAP_TANH, MAP_SIGMOID, MAP_RELU,
  MAP_SOFTPLUS, MAP_CLIP, MAP_LEAKY, MAP_SCALE, MAP_OFFSET, MAP_POW, MAP_SIN, MAP_COS, MAP_STEP /* a > 0 ? 1 : 0 */
};
KERNEL(void) map(int32_t op, float* y /* [n] */, const float* a /* [n] */, int32_t n, float p);
/* da += dy * op'(a), where y = op(a). MAP_RELU, MAP_LEAKY have slope 0, p at 0; MAP_CLIP has slope 1 inside [-p, p]. */
KERNEL(void) map_backward(int32_t op, float* da /* [n] */, const float* a /* [n] */, const float* y /* [n] */,
                          const float* dy /* [n] */, int32_t n, float p);

/* y[i] = op(a[i], b[i]) over `shape`, y contiguous; a and b walked with strides in elements (0 broadcasts). rank <= 8. */
enum zip_op { ZIP_ADD, ZIP_SUB, ZIP_MUL, ZIP_DIV, ZIP_MIN, ZIP_MAX, ZIP_GREATER, ZIP_EQUAL };
KERNEL(void) zip(int32_t op, float* y /* [shape] */, const float* a, const int32_t* a_strides /* [rank] */, const float* b,
                 const int32_t* b_strides /* [rank] */, const int32_t* shape /* [rank] */, int32_t rank);

KERNEL(void) fill(float* y /* [n] */, float value, int32_t n);
KERNEL(void) fill_int(int32_t* y /* [n] */, int32_t value, int32_t n);
/* y += alpha x */
KERNEL(void) axpy(float* y /* [n] */, float alpha, const float* x /* [n] */, int32_t n);
/* y *= scale[0], the factor read from memory so that no host read is needed. */
KERNEL(void) scale_by(float* y /* [n] */, const float* scale /* [1] */, int32_t n);
/* y (contiguous, `shape`) = a walked with strides: transposes, slices and broadcasts made real. rank <= 8. */
KERNEL(void) copy_strided(float* y /* [shape] */, const float* a, const int32_t* a_strides /* [rank] */,
                          const int32_t* shape /* [rank] */, int32_t rank);

/* ---- Reductions --------------------------------------------------------------------------------------------------- */

/* y[walked with y_strides] += a (contiguous, `shape`): a stride of 0 sums that axis away; other strides scatter a slice
 * back. Sums of one output are accumulated in float64 or by a compensated or pairwise scheme. rank <= 8. */
KERNEL(void) reduce_add(float* y, const int32_t* y_strides /* [rank] */, const float* a /* [shape] */,
                        const int32_t* shape /* [rank] */, int32_t rank);
/* y[r] = sum of row r; y[c] += sum of column c. */
KERNEL(void) row_sum(float* y /* [rows] */, const float* a /* [rows, columns] */, int32_t rows, int32_t columns);
KERNEL(void) row_max(float* y /* [rows] */, int32_t* index /* [rows] */, const float* a /* [rows, columns] */, int32_t rows,
                     int32_t columns);
KERNEL(void) column_sum_add(float* y /* [columns] */, const float* a /* [rows, columns] */, int32_t rows, int32_t columns);
/* total[0] += sum of x^2, accumulated in float64 inside the call. */
KERNEL(void) sum_squares_add(float* total /* [1] */, const float* x /* [n] */, int32_t n);
/* scale[0] = min(1, limit / sqrt(total[0])): the factor of clipping by global norm (Pascanu et al. 2013). 1 if total is 0. */
KERNEL(void) clip_scale(float* scale /* [1] */, const float* total /* [1] */, float limit);
/* count[0] += how many of x are NaN or infinite. */
KERNEL(void) count_nonfinite_add(int32_t* count /* [1] */, const float* x /* [n] */, int32_t n);

/* ---- Rows: softmax, cross-entropy, layer normalisation -------------------------------------------------------------- */

KERNEL(void) softmax(float* y /* [rows, columns] */, const float* a /* [rows, columns] */, int32_t rows, int32_t columns);
/* da += y (dy - sum(y dy)) */
KERNEL(void) softmax_backward(float* da /* [rows, columns] */, const float* y /* [rows, columns] */,
                              const float* dy /* [rows, columns] */, int32_t rows, int32_t columns);
KERNEL(void) log_softmax(float* y /* [rows, columns] */, const float* a /* [rows, columns] */, int32_t rows, int32_t columns);
/* da += dy - exp(y) sum(dy) */
KERNEL(void) log_softmax_backward(float* da /* [rows, columns] */, const float* y /* [rows, columns] */,
                                  const float* dy /* [rows, columns] */, int32_t rows, int32_t columns);
/* Fused softmax cross-entropy with label smoothing s: loss = (1-s) * -log p[target] + s * mean_c(-log p[c]), in nats.
 * Rows whose target is `ignore` (or outside 0..columns-1) have loss 0 and gradient 0. gradient (may be null) is set to
 * d loss / d logits of each row, unscaled. gradient == logits is allowed. */
KERNEL(void) cross_entropy(float* loss /* [rows] */, float* gradient /* [rows, columns] or null */,
                           const float* logits /* [rows, columns] */, const int32_t* target /* [rows] */, int32_t rows,
                           int32_t columns, int32_t ignore, float smoothing);
/* y = (a - mean) / sqrt(var + epsilon) * gain + bias, per row; mean and inverse_sd are kept for the backward pass. */
KERNEL(void) layer_norm(float* y /* [rows, columns] */, float* mean /* [rows] */, float* inverse_sd /* [rows] */,
                        const float* a /* [rows, columns] */, const float* gain /* [columns] */,
                        const float* bias /* [columns] */, int32_t rows, int32_t columns, float epsilon);
/* da, dgain, dbias are added to. */
KERNEL(void) layer_norm_backward(float* da /* [rows, columns] */, float* dgain /* [columns] */, float* dbias /* [columns] */,
                                 const float* a /* [rows, columns] */, const float* gain /* [columns] */,
                                 const float* mean /* [rows] */, const float* inverse_sd /* [rows] */,
                                 const float* dy /* [rows, columns] */, int32_t rows, int32_t columns);

/* ---- Mixture densities ------------------------------------------------------------------------------------------------- */

enum mixture_limits { MIXTURE_MOST_COMPONENTS = 256 };
/* The cost in nats of each row's target (x, y, lift) under a mixture of Gaussians in two dimensions and the probability that the pen
 * is lifted: Graves 2013, equations 18 to 26. A row of raw numbers is e, then M = components (1 to MIXTURE_MOST_COMPONENTS) each
 * of pi, mu_x, mu_y, sigma_x, sigma_y, rho, all with a hat: the probability of lift is sigmoid(-e), weights are softmax(pi), deviations
 * exp(sigma) with sigma clamped to [-10, 10], correlations tanh(rho) with rho clamped to [-6, 6]. A row whose lift is below 0 is left out:
 * loss 0, gradient 0. gradient (may be null) is set to d loss / d raw of each row, equations 27 to 37, clamped to [-clip, clip];
 * beyond the clamps of sigma and rho it is what it is at them, so that they can come back. gradient == raw is allowed. */
KERNEL(void) mixture_density(float* loss /* [rows] */, float* gradient /* [rows, 6 components + 1] or null */,
                             const float* raw /* [rows, 6 components + 1] */, const float* target /* [rows, 3] */, int32_t rows,
                             int32_t components, float clip);

/* ---- Connectionist temporal classification ------------------------------------------------------------------------------ */

enum ctc_limits { CTC_MOST_LABELS = 8192 };
/* Columns of a row of ctc's work memory, for labellings of at most so many labels. */
KERNEL(int32_t) ctc_work_columns(int32_t most);
/* loss[b] = -log p(targets of row b), in nats, summed over all paths of lengths[b] steps that give them: repeated classes and then
 * blanks are taken out of a path (Graves et al. 2006). log_probabilities are those of a softmax; gradient (may be null) is set to
 * d loss / d logits, zeros past a row's length, and may be log_probabilities. No path gives a labelling that is longer than the
 * row with a step between equal neighbours, nor one with the blank or with labels outside 0..classes-1 in it, nor one of more than
 * CTC_MOST_LABELS: its loss is infinite and its gradient 0. */
KERNEL(void) ctc(float* loss /* [batch] */, float* gradient /* [time, batch, classes] or null */,
                 float* work /* [batch, time, ctc_work_columns(most)], null without gradient */,
                 const float* log_probabilities /* [time, batch, classes] */, const int32_t* lengths /* [batch] */,
                 const int32_t* targets /* [batch, most] */, const int32_t* target_lengths /* [batch] */, int32_t time, int32_t batch,
                 int32_t classes, int32_t most, int32_t blank);

/* ---- Tables of rows (embeddings) ------------------------------------------------------------------------------------ */

/* y[r] = table[index[r]]; an index outside 0..table_rows-1 gives a row of zeros. */
KERNEL(void) gather_rows(float* y /* [rows, columns] */, const float* table /* [table_rows, columns] */,
                         const int32_t* index /* [rows] */, int32_t rows, int32_t columns, int32_t table_rows);
/* table[index[r]] += x[r], repeated indices summed in order of r; indices outside the table are skipped. */
KERNEL(void) scatter_add_rows(float* table /* [table_rows, columns] */, const float* x /* [rows, columns] */,
                              const int32_t* index /* [rows] */, int32_t rows, int32_t columns, int32_t table_rows);

/* Products with one-hot rows, told by where their 1 is: what gemm_rows and gemm_tokens_add would give. For each r of rows (0..count-1 where
 * rows is null) y[r, i] = (bias[i] or 0) + scale[r] matrix[i, index[r]]. In place of the 1 stands scale, where it is not null; an index
 * outside 0..columns-1 is a row of zeros. */
KERNEL(void) gather_columns(float* y /* [.., n] */, int32_t ldy, const float* matrix /* [n, ldm], of which columns */, int32_t ldm,
                            const float* bias /* [n] or null */, const int32_t* index /* [..] */, const float* scale /* [..] or null */,
                            const int32_t* rows /* [count] or null */, int32_t count, int32_t n, int32_t columns);
/* matrix[i, index[r]] += scale[r] x[r, i], repeated indices summed in order of rows: the gradient of the matrix above. */
KERNEL(void) scatter_add_columns(float* matrix /* [n, ldm], of which columns */, int32_t ldm, const float* x /* [.., n] */, int32_t ldx,
                                 const int32_t* index /* [..] */, const float* scale /* [..] or null */,
                                 const int32_t* rows /* [count] or null */, int32_t count, int32_t n, int32_t columns);

/* ---- Matrix product ------------------------------------------------------------------------------------------------- */

/* C = alpha op(A) op(B) + beta C with op(A) [m, k], op(B) [k, n]; transpose flags 0 or 1; leading dimensions in elements.
 * beta == 0 overwrites C whatever it holds (NaN included). */
KERNEL(void) gemm(int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k, float alpha,
                  const float* a /* [m, k] or [k, m] */, int32_t lda, const float* b /* [k, n] or [n, k] */, int32_t ldb,
                  float beta, float* c /* [m, n] */, int32_t ldc);
/* `count` products whose operands lie stride_* elements apart (0 repeats one). */
KERNEL(void) gemm_batched(int32_t count, int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k,
                          float alpha, const float* a, int32_t lda, int32_t stride_a, const float* b, int32_t ldb,
                          int32_t stride_b, float beta, float* c, int32_t ldc, int32_t stride_c);

/* ---- Random numbers --------------------------------------------------------------------------------------------------- */

/* Philox4x32-10 (Salmon et al. 2011). Element i of a stream is lane (i % 4) of the block with counter
 * (counter_low, counter_high, 0, 0) + i / 4 (64-bit addition) and key (seed_low, seed_high). Uniform numbers are
 * (bits >> 8) * 2^-24, in [0, 1): the same bits on every backend. */
KERNEL(void) random_uniform(float* y /* [n] */, int32_t n, uint32_t seed_low, uint32_t seed_high, uint32_t counter_low,
                            uint32_t counter_high, float low, float high);
/* Box-Muller on pairs of lanes: u1 = (bits0 >> 8) * 2^-24 + 2^-25, u2 = (bits1 >> 8) * 2^-24;
 * r = sqrt(-2 ln u1); values r cos(2 pi u2), r sin(2 pi u2). */
KERNEL(void) random_normal(float* y /* [n] */, int32_t n, uint32_t seed_low, uint32_t seed_high, uint32_t counter_low,
                           uint32_t counter_high, float mean, float deviation);
/* y = uniform < probability ? value : 0: the masks of dropout. */
KERNEL(void) random_mask(float* y /* [n] */, int32_t n, uint32_t seed_low, uint32_t seed_high, uint32_t counter_low,
                         uint32_t counter_high, float probability, float value);

/* ---- Optimisers (w and the state arrays are updated in place; g is read) ------------------------------------------------ */

/* v = momentum v + (g + decay w); w -= lr * (nesterov ? g + decay w + momentum v : v). */
KERNEL(void) sgd_step(float* w /* [n] */, float* velocity /* [n] or null when momentum is 0 */, const float* g /* [n] */,
                      int32_t n, float lr, float momentum, int32_t nesterov, float decay);
/* s = rho s + (1-rho) g^2; a = centered ? rho a + (1-rho) g : 0; d = momentum d + g / (sqrt(s - a^2) + epsilon); w -= lr d.
 * (Tieleman & Hinton 2012; the form of torch.optim.RMSprop.) mean may be null when centered is 0. */
KERNEL(void) rmsprop_step(float* w /* [n] */, float* square /* [n] */, float* mean /* [n] or null */,
                          float* velocity /* [n] */, const float* g /* [n] */, int32_t n, float lr, float rho, float momentum,
                          float epsilon, int32_t centered);
/* Graves 2013, equations 38-45: s = rho s + (1-rho) g^2; a = rho a + (1-rho) g; d = momentum d - lr g / sqrt(s - a^2 + epsilon);
 * w += d. */
KERNEL(void) graves_rmsprop_step(float* w /* [n] */, float* square /* [n] */, float* mean /* [n] */,
                                 float* velocity /* [n] */, const float* g /* [n] */, int32_t n, float lr, float rho,
                                 float momentum, float epsilon);
/* s += g^2; w -= lr g / (sqrt(s) + epsilon). */
KERNEL(void) adagrad_step(float* w /* [n] */, float* square /* [n] */, const float* g /* [n] */, int32_t n, float lr,
                          float epsilon);
/* Adam (Kingma & Ba 2015). correction1 = 1 - beta1^t, correction2 = 1 - beta2^t. decay is added to g; decoupled_decay
 * (AdamW) multiplies w by 1 - lr decoupled_decay first. */
KERNEL(void) adam_step(float* w /* [n] */, float* mean /* [n] */, float* square /* [n] */, const float* g /* [n] */, int32_t n,
                       float lr, float beta1, float beta2, float epsilon, float correction1, float correction2, float decay,
                       float decoupled_decay);
/* average = decay average + (1 - decay) w */
KERNEL(void) ema_step(float* average /* [n] */, const float* w /* [n] */, int32_t n, float decay);

/* ---- Packed matrices and products over lists of rows ---------------------------------------------------------------------
 * A right operand that is used many times is packed once, in the layout the product wants (the backend's own business).
 * Products over lists of rows are what ragged sequences need: only real tokens cost anything. */

/* What the operands of a product are rounded to; sums are float32 always. bfloat16: to the nearest, ties to even. */
enum product_form { FORM_FLOAT32, FORM_BFLOAT16 };
/* Floats that pack_matrix writes for a [k, n] matrix. */
KERNEL(int32_t) packed_floats(int32_t k, int32_t n, int32_t form);
/* Floats of a row of k elements rounded to bfloat16. */
KERNEL(int32_t) rounded_row_floats(int32_t k);
/* packed = op(b) with op(b) [k, n], for products of the same form. */
KERNEL(void) pack_matrix(float* packed /* [packed_floats(k, n)] */, const float* b /* [k, n] or [n, k] */, int32_t transpose,
                         int32_t k, int32_t n, int32_t ldb, int32_t form);
/* C[r] = (accumulate ? C[r] : bias or 0) + A[r] B for each r of rows (0..count-1 where rows is null). */
KERNEL(void) gemm_rows(int32_t count, const int32_t* rows /* [count] or null */, int32_t n, int32_t k, const float* a /* [.., k] */,
                       int32_t lda, const float* packed /* packed [k, n] */, const float* bias /* [n] or null */,
                       int32_t accumulate, float* c /* [.., n] */, int32_t ldc, int32_t form);
/* C += sum over i of A[a_rows[i]] (as a column) B[b_rows[i]] (as a row): gradients of weights over tokens. Null lists: i. */
KERNEL(void) gemm_tokens_add(int32_t count, int32_t m, int32_t n, const float* a /* [.., m] */,
                             const int32_t* a_rows /* [count] or null */, int32_t lda, const float* b /* [.., n] */,
                             const int32_t* b_rows /* [count] or null */, int32_t ldb, float* c /* [m, n] */, int32_t ldc,
                             int32_t form);

/* ---- Quantised products --------------------------------------------------------------------------------------------------
 * Whole numbers from -127 to 127 and a scale: x is about scale times q, with scale = largest magnitude / 127 and
 * q = x / scale rounded to the nearest, halves away from 0, computed in float32 as trunc(x * (254 / largest)), halved. Products add up
 * whole numbers, exactly, and multiply by the two scales at the end. A value that is not finite makes its scale NaN. */

/* Floats of a quantised row of k elements. */
KERNEL(int32_t) quantized_row_floats(int32_t k);
/* Floats that pack_quantized writes for [n, k]. */
KERNEL(int32_t) quantized_floats(int32_t k, int32_t n);
/* packed = b transposed, quantised with a scale for each row of b: weights of a product from k to n. */
KERNEL(void) pack_quantized(float* packed /* [quantized_floats(k, n)] */, const float* b /* [n, k] */, int32_t k, int32_t n,
                            int32_t ldb);

/* ---- Word vectors ------------------------------------------------------------------------------------------------------
 * Rows are `stride` floats apart, a multiple of 16 and at least `columns`; what lies beyond `columns` is 0 and stays so. */

enum word2vec_flags {
  WORD2VEC_CBOW = 1,  /* the mean of the contexts predicts the centre; else each context does */
  WORD2VEC_EXACT = 2, /* negatives for each pair, rows changed one after another, as in the public program */
  WORD2VEC_TABLE = 4, /* the public program's table of the sigmoid */
};
enum word2vec_limits {
  WORD2VEC_MAX_WINDOW = 32, WORD2VEC_MAX_NEGATIVES = 32, WORD2VEC_MAX_DIMENSIONS = 1024,
  WORD2VEC_SENTENCE = 1000 /* kept words after which a sentence is cut */
};
/* Negative sampling (Mikolov et al. 2013) over `count` entries of a corpus: words, sentences ended by a negative number. An entry
 * at position p = position + i of the stream of all entries is kept if word p % 4 of Philox block (p / 4, 0, 0) >> 8 is below keep[word]
 * (all are where keep is null); windows run over kept words. Draw k of p is word k % 4 of block (p, 1 + k / 4, 0): draw 0 times window
 * >> 32, plus 1, is the radius; each later draw is a negative: n = draw times words, column n >> 32, which is itself where the lower
 * half of n is below the unsigned alias[column][0], else alias[column][1]. A negative equal to the centre is left out.
 * Gradients are (label - sigmoid(input . output)) times the rate max(lr - lr_step i, lr_least). By default all contexts of a window
 * share the draws 1.. and the window is one batch: all gradients come from the rows as they were. WORD2VEC_EXACT: the c-th context has
 * the draws from 1 + c negatives on; an output row is changed at once, the input row after its last target. CBOW adds the
 * error of the mean, undivided, to every context. Threads take parts of the entries and write without locks: with several
 * threads and more than 2047 entries results differ from run to run.
 * statistics += loss (before the update, in nats) and examples, both over the windows at every 16th position; examples; kept words. */
KERNEL(void) word2vec_train(float* input /* [words, stride] */, float* output /* [words, stride] */, int32_t stride,
                            int32_t columns, const int32_t* tokens /* [count] */, int32_t count,
                            const int32_t* keep /* [words] or null */, const int32_t* alias /* [words, 2] */, int32_t words,
                            int32_t window, int32_t negatives, int32_t flags, float lr, float lr_step, float lr_least,
                            uint32_t seed_low, uint32_t seed_high, uint32_t position_low, uint32_t position_high,
                            float* statistics /* [4] */);

enum glove_flags { GLOVE_UNSCALED_BIAS = 1 /* biases move without the learning rate, as in the public program of today */ };
/* GloVe (Pennington et al. 2014) by AdaGrad, record by record. A row is `width` parameters (a multiple of 16, above `dimensions`): the
 * vector, the bias at [dimensions], zeros; and as many sums of squares. With e = w . c + b_w + b_c - log x and slope = f(x) e,
 * f(x) = x < x_max ? (x / x_max)^power : 1: step = lr clamp(slope c, -100, 100); w -= step / sqrt(sum); sum += step^2; likewise for c
 * from the old w, and for the biases without the clamp. statistics[0] += f e^2 (before the update) summed over the records.
 * Threads as in word2vec_train. */
KERNEL(void) glove_train(float* words /* [.., 2, width] */, float* contexts /* [.., 2, width] */, int32_t width,
                         int32_t dimensions, const int32_t* rows /* [count] */, const int32_t* columns /* [count] */,
                         const float* values /* [count] */, int32_t count, float lr, float x_max, float power, int32_t flags,
                         float* statistics /* [1] */);

/* ---- Sequences: compiled cell programs over time --------------------------------------------------------------------------
 * See kernels/sequence.c for the machine and src/cell/schedule.ts for how programs are made. */

/* Words of an instruction: opcode, destination, first and second argument, a number n. */
enum sequence_layout { SEQUENCE_INSTRUCTION_WORDS = 5, SEQUENCE_BUFFER_WORDS = 5 };
/* Registers below this hold a tile; as many from there on hold a number per row. Pointwise instructions work on either, all of one kind. */
enum sequence_registers { SEQUENCE_ROW_REGISTERS = 64 };
/* Arguments: r a register, b a buffer, constant the element n of the program's constants. "now" is the token that is processed, "previous" the one before it in the
 * direction of processing: of the same row, or the buffer's initial row at the row's first token. */
enum sequence_op {
  SEQ_STAGE,         /* starts a stage of width dst with a instructions */
  SEQ_LOAD,          /* dst = b[a] now (zeros where the buffer's pointer is null) */
  SEQ_LOAD_PREVIOUS, /* dst = b[a] previous */
  SEQ_STORE,         /* b[dst] now = r a */
  SEQ_VECTOR,        /* dst = b[a], one row for all tokens */
  SEQ_LOAD_ROW,      /* dst, numbers per row, = b[a] now, a buffer of width 1 */
  SEQ_STORE_ROW,     /* b[dst] now = r a, numbers per row, width 1 */
  SEQ_ROW_SUM,       /* row total dst = sum over the stage's columns of r a; usable from the next stage on */
  SEQ_ROW_MAX,       /* row total dst = their maximum */
  SEQ_ROW,           /* dst, numbers per row, = row total a */
  SEQ_SPREAD,        /* dst = r a, numbers per row, the same in every column */
  SEQ_COLUMN_SUM,    /* column total dst += sum over rows of r a; dst is an offset in the totals */
  SEQ_PRODUCT,       /* dst += b[a] now, n wide, times packed matrix b[b] */
  SEQ_PRODUCT_PREVIOUS, /* the same with b[a] previous */
  SEQ_CONST,         /* dst = constant */
  SEQ_COPY, SEQ_NEG, SEQ_ABS, SEQ_SQUARE, SEQ_SQRT, SEQ_RECIPROCAL, SEQ_EXP, SEQ_LOG, SEQ_TANH, SEQ_SIGMOID, SEQ_RELU,
  SEQ_SOFTPLUS, SEQ_STEP, /* dst = op(r a); SEQ_STEP: a > 0 ? 1 : 0 */
  SEQ_CLIP, SEQ_SCALE, SEQ_OFFSET, /* dst = r a clamped to [-constant, constant], times, plus the constant */
  SEQ_ADD, SEQ_SUB, SEQ_MUL, SEQ_DIV, SEQ_MIN, SEQ_MAX, SEQ_GREATER, /* dst = r a op r b */
  SEQ_TANH_SLOPE, SEQ_SIGMOID_SLOPE, /* dst = r a times the slope of tanh, sigmoid where it is r b */
  SEQ_MUL_ADD,       /* dst += r a * r b */
  SEQ_QUANTIZE,      /* b[dst] now = b[a], n wide, as a quantised row; b is a sum of quantize_flags */
  SEQ_PRODUCT_QUANTIZED, /* dst += b[a] now, a quantised row of n, times weights b[b] of pack_quantized */
  SEQ_ROUND,         /* b[dst] now = b[a], n wide, rounded to bfloat16; b is 0 or QUANTIZE_PREVIOUS */
  SEQ_PRODUCT_ROUNDED, /* dst += b[a] now, a rounded row of n, times matrix b[b] packed as FORM_BFLOAT16 */
  /* Reads of a memory, in stages of their own, one column wide. They take whole rows "now" from buffers and leave a whole row in b[dst]:
   * one number for each position u = 0, 1, ... that the row has, and 0 for the others, or n columns. The instruction SEQ_MORE, which
   * follows each, holds further operands: M = b[a] the memory (or keys made of it), L = b[b] how many positions each row has, b[dst]
   * a third row, and a number. */
  SEQ_DOT_SCORES,      /* dst(u) = M(u) . b[a], n wide */
  SEQ_ADDITIVE_SCORES, /* dst(u) = sum over n columns of b[b] tanh(M(u) + b[a]) */
  SEQ_WINDOW,          /* dst(u) = sum over n columns of b[a] exp(-b[b] (third - (u + 1))^2) */
  SEQ_READ,            /* dst = sum over u of b[a](u) M(u), n wide */
  SEQ_POSITION_SOFTMAX, /* dst = softmax of b[a] */
  SEQ_POSITION_ADD,    /* dst = b[a] + b[b] */
  SEQ_POSITION_SOFTMAX_GRADIENT, /* dst = p (g - p . g) with p = b[a], the softmax, and g = b[b], what reached it */
  SEQ_ADDITIVE_SLOPE,  /* dst = sum over u of g(u) (1 - t(u)^2), n wide, where t(u) = tanh(M(u) + b[a]) and g = b[b]; with v = the third
                        * row, M's gradient at u += v g(u) (1 - t(u)^2), and the n column totals from the number on += g(u) t(u) */
  SEQ_WINDOW_MOMENT,   /* dst = sum over u of g(u) exp(-b[a] (b[b] - (u + 1))^2) (b[b] - (u + 1))^number, n wide, g = third row */
  SEQ_MORE,
};
/* QUANTIZE_PREVIOUS: b[a] previous. QUANTIZE_BOUNDED: the scale is 1 / 127, values outside [-1, 1] are clamped. */
enum quantize_flags { QUANTIZE_PREVIOUS = 1, QUANTIZE_BOUNDED = 2 };
/* Runs a program over the tokens of `rows` sequences: one call for the whole sequence. Row i (of the sorted order) is batch
 * row row_index[i] with row_length[i] tokens, lengths descending. Token s of a row lies at time s, or at length - 1 - s where
 * `reversed`; `backward` visits the tokens of a row last to first. Threads take rows, never parts of a row.
 * buffers: SEQUENCE_BUFFER_WORDS 64-bit words each: pointer, time stride, row stride, pointer of the initial row or null, its row
 * stride (strides in floats; the row of batch row r at time t starts at pointer + t time_stride + r row_stride). Of a memory the
 * time stride is that of positions, and the initial pointer that of its gradient, laid out alike; of what says how many positions rows
 * have (int32), the time stride is how many they may have at most: as many numbers has a row with one for each.
 * totals: column totals, added to; partial: scratch for one copy per thread. */
KERNEL(void) sequence_run(const int32_t* program /* [words] */, int32_t words, const float* constants,
                          const address_t* buffers /* [buffers, 5] */, int32_t rows, const int32_t* row_index /* [rows] */,
                          const int32_t* row_length /* [rows] */, int32_t reversed, int32_t backward,
                          float* totals /* [totals_size] */, float* partial /* [threads, totals_size] */, int32_t totals_size);

#endif
