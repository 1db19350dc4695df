/* All kernels as one translation unit: every ISA variant is this file compiled with that ISA's flags. */
#include "kernels.h"

#include "threads.c"

#include "copy.c"
#include "embedding.c"
#include "gemm.c"
#include "library.c"
#include "optim.c"
#include "pointwise.c"
#include "random.c"
#include "reduce.c"
#include "rows.c"
#include "sequence.c"
