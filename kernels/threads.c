/* The thread pool behind `parallel`.
 *
 * Every worker has a bell of its own: a counter that the caller raises to hand over work, so that only the workers that take
 * part in a job are woken. Waiting is bounded spinning (work usually comes back to back), then yielding, then sleeping until
 * the bell rings, so an idle process uses no processor time.
 *
 * Natively workers are pthreads, made by set_threads and shared by all JavaScript threads that load the addon: one job runs
 * at a time, a second caller waits for the first. In threaded WebAssembly workers are Web Workers (or Node's) that have
 * called worker_loop, and memory has one caller. */
#include "threads.h"

#include "kernels.h"

#if defined(__wasm__) && !defined(__wasm_atomics__)

static float scratch[SCRATCH_FLOATS] __attribute__((aligned(64)));

int32_t thread_count(void) { return 1; }
float* thread_scratch(int32_t index) { return index == 0 ? scratch : 0; }
KERNEL(int32_t) set_threads(int32_t count) {
  (void)count;
  return 1;
}

void parallel(int32_t count, void (*job)(int32_t index, void* context), void* context) {
  for (int32_t i = 0; i < count; i++) job(i, context);
}
void meet(struct meeting* meeting, int32_t count) {
  (void)meeting;
  (void)count;
}

#else

/* The handshake of `ring` and `await_ring` needs a total order between the bell and its count of sleepers. */
#define ORDERED __ATOMIC_SEQ_CST

/* ---- What differs between the targets: pausing, sleeping, flushing denormals ---- */

#if defined(__wasm__)

/* There is one caller, so an ordinary variable does. */
#define LOCAL_TO_THREAD
#define SPINS 20000
#define YIELDS 0

struct bed {
  char nothing;
};
static void pause_briefly(void) {}
static void yield(void) {}
/* In a function of its own, with nothing after the wait: the baseline compiler of Node 20's V8 spills the 64-bit address of a
 * wait to a 32-bit slot of the frame, which clears the local variable beside it. */
__attribute__((noinline)) static void wait_once(int32_t* word, int32_t value) {
  __builtin_wasm_memory_atomic_wait32(word, value, -1);
}
static void sleep_while(struct bed* bed, int32_t* word, int32_t value) {
  (void)bed;
  while (__atomic_load_n(word, ORDERED) == value) wait_once(word, value);
}
static void wake_sleepers(struct bed* bed, int32_t* word) {
  (void)bed;
  __builtin_wasm_memory_atomic_notify(word, MAX_THREADS);
}

#else

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#define LOCAL_TO_THREAD _Thread_local
/* About 30 us of pauses, then some 200 of giving way to others: as long as JavaScript may take between two kernels. */
#define SPINS 2000
#define YIELDS 500

struct bed {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};
static void pause_briefly(void) {
#if defined(__SSE2__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}
static void yield(void) { sched_yield(); }
static void sleep_while(struct bed* bed, int32_t* word, int32_t value) {
  pthread_mutex_lock(&bed->mutex);
  while (__atomic_load_n(word, ORDERED) == value) pthread_cond_wait(&bed->condition, &bed->mutex);
  pthread_mutex_unlock(&bed->mutex);
}
static void wake_sleepers(struct bed* bed, int32_t* word) {
  (void)word;
  pthread_mutex_lock(&bed->mutex);
  pthread_cond_broadcast(&bed->condition);
  pthread_mutex_unlock(&bed->mutex);
}

/* Denormals are flushed to zero inside `parallel`: on some processors they cost a hundred times a normal number. The mode
 * belongs to the thread, and JavaScript needs its own back. */
#if defined(__SSE2__)
typedef uint32_t float_mode;
static float_mode flush_denormals(void) {
  const float_mode mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040);
  return mode;
}
static void restore_denormals(float_mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
typedef uint64_t float_mode;
static void restore_denormals(float_mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
static float_mode flush_denormals(void) {
  float_mode mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  restore_denormals(mode | (1u << 24));
  return mode;
}
#else
typedef int32_t float_mode;
static float_mode flush_denormals(void) { return 0; }
static void restore_denormals(float_mode mode) { (void)mode; }
#endif

#endif

/* ---- Bells ---- */

/* Padded to two cache lines: neighbours are fetched in pairs. */
struct bell {
  int32_t rings, sleepers;
  struct bed bed;
} __attribute__((aligned(128)));

static void ring(struct bell* bell) {
  __atomic_add_fetch(&bell->rings, 1, ORDERED);
  if (__atomic_load_n(&bell->sleepers, ORDERED) > 0) wake_sleepers(&bell->bed, &bell->rings);
}

/* Waits a little, awake: whether the bell has rung since `rings` was read. */
static int32_t spin_for_ring(struct bell* bell, int32_t rings) {
  for (int32_t i = 0; i < SPINS + YIELDS; i++) {
    if (__atomic_load_n(&bell->rings, __ATOMIC_ACQUIRE) != rings) return 1;
    if (i < SPINS) {
      pause_briefly();
    } else {
      yield();
    }
  }
  return 0;
}

/* Sleeps until the bell has rung since `rings` was read. */
static void sleep_for_ring(struct bell* bell, int32_t rings) {
  __atomic_add_fetch(&bell->sleepers, 1, ORDERED);
  sleep_while(&bell->bed, &bell->rings, rings);
  __atomic_sub_fetch(&bell->sleepers, 1, ORDERED);
}

static void await_ring(struct bell* bell, int32_t rings, int32_t may_sleep) {
  while (!spin_for_ring(bell, rings)) {
    if (may_sleep) sleep_for_ring(bell, rings);
  }
}

/* ---- Meetings ---- */

/* Whether a thread that others would wait for will never come. */
static int32_t one_is_lost(void);

void meet(struct meeting* meeting, int32_t count) {
  const int32_t round = __atomic_load_n(&meeting->round, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&meeting->arrived, 1, __ATOMIC_ACQ_REL) == count) {
    __atomic_store_n(&meeting->arrived, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&meeting->round, round + 1, __ATOMIC_RELEASE);
    return;
  }
  for (int32_t i = 0; __atomic_load_n(&meeting->round, __ATOMIC_ACQUIRE) == round && !one_is_lost(); i++) {
    if (i < SPINS) {
      pause_briefly();
    } else {
      if (i == SPINS) __atomic_add_fetch(&meeting->late, 1, __ATOMIC_RELAXED);
      yield();
    }
  }
}

/* ---- The pool ---- */

static struct {
  int32_t workers; /* running: threads 1..workers; the caller is thread 0 */
  int32_t caller_cannot_sleep;
  /* The job, written while no index is on offer and none is at work. */
  int32_t count;
  void (*job)(int32_t index, void* context);
  void* context;
  /* The job's number in the upper half, how many of its indices nobody has taken yet in the lower: in one word, since a worker that wakes late
   * may find another job than the one it was called for. */
  uint64_t offer;
  /* Indices that have been seen to. */
  int32_t done;
  struct bell start[MAX_THREADS], finished;
} pool;

/* Threads in force for kernels called by this thread. */
static LOCAL_TO_THREAD int32_t threads = 1;

int32_t thread_count(void) { return threads; }

/* The next index of the job, -1 where all are taken. From then until it is finished the job stays as it is. */
static int32_t take_index(void) {
  uint64_t offer = __atomic_load_n(&pool.offer, ORDERED);
  while ((uint32_t)offer > 0)
    if (__atomic_compare_exchange_n(&pool.offer, &offer, offer - 1, 0, ORDERED, ORDERED)) return pool.count - (int32_t)(uint32_t)offer;
  return -1;
}

static void finish_index(void) {
  const int32_t count = pool.count;
  if (__atomic_add_fetch(&pool.done, 1, ORDERED) == count) ring(&pool.finished);
}

static void take_part(void) {
  for (int32_t index; (index = take_index()) >= 0; finish_index()) pool.job(index, pool.context);
}

/* The life of worker `thread`, which has heard `rings` rings. */
static void serve(int32_t thread, int32_t rings) {
  for (;;) {
    await_ring(&pool.start[thread], rings, 1);
    rings = __atomic_load_n(&pool.start[thread].rings, ORDERED);
    take_part();
  }
}

static void run_job(int32_t participants, int32_t count, void (*job)(int32_t index, void* context), void* context) {
  pool.count = count;
  pool.job = job;
  pool.context = context;
  __atomic_store_n(&pool.done, 0, ORDERED);
  __atomic_store_n(&pool.offer, ((pool.offer >> 32) + 1) << 32 | (uint32_t)count, ORDERED);
  for (int32_t thread = 1; thread < participants; thread++) ring(&pool.start[thread]);
  take_part();
  for (;;) {
    const int32_t rings = __atomic_load_n(&pool.finished.rings, ORDERED);
    if (__atomic_load_n(&pool.done, ORDERED) == count) return;
    await_ring(&pool.finished, rings, !pool.caller_cannot_sleep);
  }
}

#if defined(__wasm__)

static float scratch[MAX_THREADS][SCRATCH_FLOATS] __attribute__((aligned(64)));

float* thread_scratch(int32_t index) { return scratch[index]; }

/* A worker whose index of the job has trapped, if any; and what makes that an error of the caller: it throws. */
static int32_t trapped;
static int32_t one_is_lost(void) { return __atomic_load_n(&trapped, ORDERED) != 0; }
__attribute__((import_module("env"), import_name("worker_trapped"))) void worker_trapped(int32_t thread);

/* A job runs whose caller has not come back; left so where the caller's own index has trapped. */
static int32_t unfinished;

/* Ends such a job: waits for the indices that workers have taken. */
static void abandon_job(void) {
  const int32_t left = (int32_t)(uint32_t)__atomic_exchange_n(&pool.offer, pool.offer >> 32 << 32, ORDERED);
  while (__atomic_load_n(&pool.done, ORDERED) < pool.count - left - 1) pause_briefly();
}

void parallel(int32_t count, void (*job)(int32_t index, void* context), void* context) {
  const int32_t participants = count < threads ? count : threads;
  if (participants > 1) {
    if (unfinished) abandon_job();
    __atomic_store_n(&trapped, 0, ORDERED);
    unfinished = 1;
    run_job(participants, count, job, context);
    unfinished = 0;
    const int32_t thread = __atomic_load_n(&trapped, ORDERED);
    if (thread > 0) worker_trapped(thread);
  } else {
    for (int32_t i = 0; i < count; i++) job(i, context);
  }
}

KERNEL(int32_t) set_threads(int32_t count) {
  const int32_t most = 1 + __atomic_load_n(&pool.workers, ORDERED);
  return threads = count < 1 ? 1 : count < most ? count : most;
}

/* The main thread of a page must not sleep: there the caller spins. */
void caller_cannot_sleep(void) { pool.caller_cannot_sleep = 1; }
/* Called by a new worker, which reports to its maker and then enters worker_loop with the number it got. */
int32_t add_worker(void) { return __atomic_add_fetch(&pool.workers, 1, ORDERED); }
void worker_loop(int32_t thread) { serve(thread, 0); }
/* Called by a worker whose index has trapped, in place of worker_loop. It has heard every ring of its bell: the next one comes after its
 * index is finished. */
void resume_worker_loop(int32_t thread) {
  const int32_t rings = __atomic_load_n(&pool.start[thread].rings, ORDERED);
  __atomic_store_n(&trapped, thread, ORDERED);
  finish_index();
  serve(thread, rings);
}

#else

static int32_t one_is_lost(void) { return 0; }

/* Whose turn it is, between JavaScript threads. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
/* Every thread has scratch memory of its own, made when first asked for and freed when the thread ends. */
static LOCAL_TO_THREAD float* scratch;
static pthread_key_t scratch_key;

static void make_bell(struct bell* bell) {
  pthread_mutex_init(&bell->bed.mutex, 0);
  pthread_cond_init(&bell->bed.condition, 0);
  bell->rings = bell->sleepers = 0;
}

static void destroy_bell(struct bell* bell) {
  pthread_cond_destroy(&bell->bed.condition);
  pthread_mutex_destroy(&bell->bed.mutex);
}

static void initialise(void) {
  pthread_key_create(&scratch_key, free);
  for (int32_t i = 0; i < MAX_THREADS; i++) make_bell(&pool.start[i]);
  make_bell(&pool.finished);
}

float* thread_scratch(int32_t index) {
  (void)index;
  if (!scratch) {
    void* memory;
    pthread_once(&once, initialise);
    if (posix_memalign(&memory, 64, SCRATCH_FLOATS * sizeof(float)) != 0) abort();
    scratch = memory;
    pthread_setspecific(scratch_key, memory);
  }
  return scratch;
}

static void* worker_main(void* thread) {
  flush_denormals();
  serve((int32_t)(intptr_t)thread, 0);
  return 0;
}

/* Starts a thread; false where the system refuses. */
static int32_t start_thread(pthread_t* handle, void* (*body)(void*), void* argument) {
  pthread_attr_t attributes;
  sigset_t all, before;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  /* Signals are for JavaScript's threads. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int32_t made = pthread_create(handle, &attributes, body, argument) == 0;
  pthread_sigmask(SIG_SETMASK, &before, 0);
  pthread_attr_destroy(&attributes);
  return made;
}

static int32_t add_worker(int32_t thread) {
  pthread_t handle;
  if (!start_thread(&handle, worker_main, (void*)(intptr_t)thread)) return 0;
  pthread_detach(handle);
  return 1;
}

int32_t exchange_thread_count(int32_t count) {
  const int32_t before = threads;
  threads = count;
  return before;
}

KERNEL(int32_t) set_threads(int32_t count) {
  const int32_t wanted = count < 1 ? 1 : count < MAX_THREADS ? count : MAX_THREADS;
  pthread_once(&once, initialise);
  pthread_mutex_lock(&turn);
  while (pool.workers < wanted - 1 && add_worker(pool.workers + 1)) pool.workers++;
  threads = wanted <= pool.workers ? wanted : pool.workers + 1;
  pthread_mutex_unlock(&turn);
  return threads;
}

void parallel(int32_t count, void (*job)(int32_t index, void* context), void* context) {
  const int32_t participants = count < threads ? count : threads;
  const float_mode mode = flush_denormals();
  if (participants > 1) {
    pthread_mutex_lock(&turn);
    run_job(participants, count, job, context);
    pthread_mutex_unlock(&turn);
  } else {
    for (int32_t i = 0; i < count; i++) job(i, context);
  }
  restore_denormals(mode);
}

#endif
#endif
