/* Kernels that run later than they were called. Native only.
 *
 * An executor is a thread that runs, in order, the calls that its one caller (a JavaScript thread) leaves in a buffer, and uses the
 * pool as that caller would. The buffer is filled from its start again whenever the executor has caught up, so steady work stays in a
 * few cached pages; how far the caller may run ahead is bounded by its size, as a caller who finds it full waits until it is empty.
 * Whoever waits spins briefly, then sleeps. */
#include <stdlib.h>
#include <string.h>

/* Address space: only what is written takes memory. */
#define EXECUTOR_BYTES ((size_t)4 << 20)

/* Called by the executor's thread. */
typedef void (*executor_callback)(void* context, void* data);

/* A call in the buffer. Without `run` its arguments are an announcement. */
struct call {
  void (*run)(const void* arguments);
  int32_t bytes; /* with the arguments that follow */
  int32_t threads;
};

/* What is said when everything before it has run: tell(context, data). */
struct announcement {
  executor_callback tell;
  void* data;
};

struct executor {
  char* buffer;
  pthread_t thread;
  /* For announcements and for `rest`, which is called before each sleep. */
  void* context;
  executor_callback rest;
  int32_t closing;
  /* The caller's: the end of the calls in the buffer, and the threads in force for them. */
  size_t end;
  int32_t threads;
  /* Rings once per call in the buffer. */
  struct bell called;
  /* How many calls have run, to be compared with the rings, and where the next one is: the executor's, the caller's while idle. */
  int32_t done __attribute__((aligned(128)));
  size_t next;
  /* Rings for a caller that waits. */
  struct bell caught_up;
};

static size_t call_bytes(size_t bytes) { return sizeof(struct call) + ((bytes + 7) & ~(size_t)7); }

/* Whether every call has run. Asked by the caller. */
static int32_t executor_is_idle(const struct executor* e) {
  return __atomic_load_n(&e->done, ORDERED) == __atomic_load_n(&e->called.rings, __ATOMIC_RELAXED);
}

/* Appends a call that fits and hands it over; the parts of its arguments lie one after another. */
static void append_call(struct executor* e, void (*run)(const void*), const void* first, size_t first_bytes, const void* second,
                        size_t second_bytes) {
  struct call* call = (struct call*)(e->buffer + e->end);
  char* arguments = (char*)(call + 1);
  const size_t bytes = call_bytes(first_bytes + second_bytes);
  call->run = run;
  call->bytes = (int32_t)bytes;
  call->threads = e->threads;
  memcpy(arguments, first, first_bytes);
  if (second_bytes > 0) memcpy(arguments + first_bytes, second, second_bytes);
  e->end += bytes;
  ring(&e->called);
}

static void append_announcement(struct executor* e, executor_callback tell, void* data) {
  const struct announcement announcement = {tell, data};
  append_call(e, 0, &announcement, sizeof announcement, 0, 0);
}

static void tell_caller(void* context, void* executor) {
  (void)context;
  ring(&((struct executor*)executor)->caught_up);
}

/* Waits until every call has run. */
static void await_executor(struct executor* e) {
  if (executor_is_idle(e)) return;
  const int32_t rings = __atomic_load_n(&e->caught_up.rings, ORDERED);
  append_announcement(e, tell_caller, e);
  await_ring(&e->caught_up, rings, 1);
}

/* Makes room for a call with arguments of this size; false where it fits into no buffer. Room for one more announcement remains. */
static int32_t make_room(struct executor* e, size_t bytes) {
  const size_t usable = EXECUTOR_BYTES - call_bytes(sizeof(struct announcement));
  if (call_bytes(bytes) > usable) return 0;
  if (e->end + call_bytes(bytes) > usable) await_executor(e);
  if (executor_is_idle(e)) e->end = e->next = 0;
  return 1;
}

/* Runs a kernel later. */
static void call_later(struct executor* e, void (*run)(const void*), const void* arguments, size_t bytes) {
  make_room(e, bytes);
  append_call(e, run, arguments, bytes, 0, 0);
}

/* Has something said when every call so far has run. */
static void announce_later(struct executor* e, executor_callback tell, void* data) {
  make_room(e, sizeof(struct announcement));
  append_announcement(e, tell, data);
}

struct upload {
  void* to;
  size_t bytes;
};

static void run_upload(const void* arguments) {
  const struct upload* upload = arguments;
  memcpy(upload->to, upload + 1, upload->bytes);
}

/* Copies to memory that calls so far may still use: in its turn, by way of the buffer, or after waiting where it is too much. */
static void copy_later(struct executor* e, void* to, const void* from, size_t bytes) {
  const struct upload upload = {to, bytes};
  if (make_room(e, sizeof upload + bytes)) {
    append_call(e, run_upload, &upload, sizeof upload, from, bytes);
  } else {
    await_executor(e);
    memcpy(to, from, bytes);
  }
}

static void* execute(void* executor) {
  struct executor* e = executor;
  for (;;) {
    const int32_t rings = __atomic_load_n(&e->called.rings, ORDERED);
    if (__atomic_load_n(&e->closing, ORDERED)) return 0;
    if (rings == e->done) {
      if (!spin_for_ring(&e->called, rings)) {
        e->rest(e->context, 0);
        sleep_for_ring(&e->called, rings);
      }
      continue;
    }
    const struct call* call = (const struct call*)(e->buffer + e->next);
    struct announcement announcement = {0, 0};
    if (call->run) {
      exchange_thread_count(call->threads);
      call->run(call + 1);
    } else {
      announcement = *(const struct announcement*)(call + 1);
    }
    e->next += (size_t)call->bytes;
    /* From here on the call may be written over. An announcement comes after it, so that who hears it finds the executor idle. */
    __atomic_store_n(&e->done, (int32_t)((uint32_t)e->done + 1), ORDERED);
    if (announcement.tell) announcement.tell(e->context, announcement.data);
  }
}

/* Null where there is no memory or no thread to be had. */
static struct executor* start_executor(void* context, executor_callback rest) {
  void* memory;
  if (posix_memalign(&memory, 128, sizeof(struct executor)) != 0) return 0;
  struct executor* e = memory;
  memset(e, 0, sizeof *e);
  e->context = context;
  e->rest = rest;
  e->threads = 1;
  make_bell(&e->called);
  make_bell(&e->caught_up);
  if (posix_memalign(&memory, 64, EXECUTOR_BYTES) == 0) {
    e->buffer = memory;
    if (start_thread(&e->thread, execute, e)) return e;
    free(e->buffer);
  }
  free(e);
  return 0;
}

/* Ends the thread after the call that it is at. What has not run by then never does. */
static void stop_executor(struct executor* e) {
  __atomic_store_n(&e->closing, 1, ORDERED);
  ring(&e->called);
  pthread_join(e->thread, 0);
}

static void free_executor(struct executor* e) {
  destroy_bell(&e->called);
  destroy_bell(&e->caught_up);
  free(e->buffer);
  free(e);
}
