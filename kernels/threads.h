/* Work split over the threads of the kernels: job(index, context) for index 0..count-1, each index once; returns when all are
 * done. Indices are handed out statically (index i to thread i mod threads), so results do not depend on timing. A job must not
 * call `parallel` itself. Where there are no threads (single-threaded WebAssembly) it is a plain loop. */
#ifndef UNROLLED_THREADS_H
#define UNROLLED_THREADS_H

#include <stdint.h>

#define MAX_THREADS 64

void parallel(int32_t count, void (*job)(int32_t index, void* context), void* context);
/* Threads in force: split work into this many pieces, fewer where a piece would be under about 50,000 operations. */
int32_t thread_count(void);

#endif
