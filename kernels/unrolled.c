/* All kernels as one translation unit: every ISA variant is this file compiled with that ISA's flags. */
#include "kernels.h"
#include "simd.h"
#include "threads.h"

#include "gemm.c"
