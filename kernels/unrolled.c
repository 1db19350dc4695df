/* All kernels as one translation unit: every ISA variant is this file compiled with that ISA's flags. On WebAssembly threads.c is
 * compiled by itself, once with and once without threads. */
#include "kernels.h"

#if !defined(__wasm__)
#include "threads.c"
#endif

#include "copy.c"
#include "ctc.c"
#include "embedding.c"
#include "gemm.c"
#include "glove.c"
#include "library.c"
#include "mixture-density.c"
#include "optim.c"
#include "pointwise.c"
#include "quantized.c"
#include "random.c"
#include "reduce.c"
#include "rows.c"
#include "sequence.c"
#include "word2vec.c"
