/* All kernels as one translation unit: every ISA variant is this file compiled with that ISA's flags. */
#include "kernels.h"

#include "threads.c"

#include "gemm.c"
#include "library.c"
#include "sequence.c"
#if __has_include("copy.c")
#include "copy.c"
#endif
#if __has_include("pointwise.c")
#include "pointwise.c"
#endif
#if __has_include("reduce.c")
#include "reduce.c"
#endif
#if __has_include("rows.c")
#include "rows.c"
#endif
#if __has_include("embedding.c")
#include "embedding.c"
#endif
#if __has_include("random.c")
#include "random.c"
#endif
#if __has_include("optim.c")
#include "optim.c"
#endif
#if __has_include("missing.c")
#include "missing.c"
#endif
