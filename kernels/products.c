/* The inner loops of matrix products as a translation unit of their own, for WebAssembly: see microkernel.h. */
#define PRODUCTS_APART
#include "microkernel.h"
