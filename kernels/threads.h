/* Work split over the threads of the kernels: job(index, context) for index 0..count-1, each index once; returns when all are
 * done. Threads take the indices in order as they become free, so that nobody waits for a thread that wakes late; what a job computes
 * must not depend on which thread does it. A job must not call `parallel` itself. Where there are no threads (single-threaded
 * WebAssembly) it is a plain loop. Natively denormals are flushed to zero inside, however many threads there are. */
#ifndef UNROLLED_THREADS_H
#define UNROLLED_THREADS_H

#include <stdint.h>

#if !defined(__wasm__)
#define MAX_THREADS 64
#elif defined(__wasm_atomics__)
#define MAX_THREADS 16
#else
#define MAX_THREADS 1
#endif

void parallel(int32_t count, void (*job)(int32_t index, void* context), void* context);
/* Threads in force for this caller (not to be asked inside a job): split work into this many pieces, fewer where a piece would
 * be under about 50,000 operations. */
int32_t thread_count(void);
/* Natively: puts a count in force for this thread that set_threads gave another one; returns the count before. */
int32_t exchange_thread_count(int32_t count);
/* Where the jobs of one `parallel` meet; zeros to begin with. Every job of a `parallel` whose count is at most thread_count() calls
 * `meet` with that count, and none returns before all have called it. Waiting is spinning, then giving way to others. */
struct meeting {
  int32_t arrived, round;
  int32_t late; /* waits that were long: the threads do not run at the same time */
} __attribute__((aligned(128)));
void meet(struct meeting* meeting, int32_t count);
/* Scratch memory for job `index`, asked for inside that job, of a `parallel` whose count is at most thread_count():
 * SCRATCH_FLOATS floats, 64-byte aligned, contents undefined. */
#define SCRATCH_FLOATS (192 * 1024)
float* thread_scratch(int32_t index);

#endif
