/* The native addon: the kernels as functions of Node-API. One addon is built per ISA; which of them a machine can run is for machine.c to
 * say. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* dladdr */
#endif
#define NAPI_VERSION 8
#if defined(__linux__)
#include <sys/mman.h>
#endif
#include <dlfcn.h>
#include <node_api.h>
#include <stdio.h>

/* A kernel declared and not defined fails the link, which names it: an undefined symbol cannot be hidden. */
#pragma GCC visibility push(hidden)
#include "kernels.h"
#pragma GCC visibility pop
#include "unrolled.c"

#include "executor.c"

struct kernel_entry {
  const char* name;
  napi_callback call;
};

static napi_value throw_count(napi_env env, const char* name, size_t expected, size_t count) {
  char message[160];
  snprintf(message, sizeof message, count > expected ? "%s: expected %zu arguments, got more" : "%s: expected %zu arguments, got %zu",
           name, expected, count);
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

static napi_value throw_argument(napi_env env, const char* name, int position, const char* argument, napi_value value) {
  static const char* const types[] = {"undefined", "null", "a boolean", "a number", "a string", "a symbol", "an object", "a function",
                                      "an external", "a bigint"};
  napi_valuetype type;
  char message[200];
  if (napi_typeof(env, value, &type) != napi_ok) return NULL;
  snprintf(message, sizeof message, "%s: argument %d (%s): expected a number, got %s", name, position, argument,
           (size_t)type < sizeof types / sizeof *types ? types[type] : "something else");
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

#include "queue.c"

#include "napi.c"

/* Large pages for memory that has not been touched: matrices of many megabytes otherwise miss the table of pages. A hint. */
static void prefer_large_pages(void* data, size_t length) {
#if defined(__linux__)
  const uintptr_t page = 2 << 20, from = ((uintptr_t)data + page - 1) / page * page, to = ((uintptr_t)data + length) / page * page;
  if (to > from) madvise((void*)from, to - from, MADV_HUGEPAGE);
#else
  (void)data;
  (void)length;
#endif
}

/* addressOf(buffer: ArrayBuffer): the address of its memory. */
static napi_value address_of(napi_env env, napi_callback_info info) {
  size_t count = 1, length;
  napi_value buffer, result;
  void* data;
  if (napi_get_cb_info(env, info, &count, &buffer, NULL, NULL) != napi_ok) return NULL;
  if (count != 1 || napi_get_arraybuffer_info(env, buffer, &data, &length) != napi_ok) {
    napi_throw_type_error(env, NULL, "addressOf: expected an ArrayBuffer");
    return NULL;
  }
  prefer_large_pages(data, length);
  return napi_create_double(env, (double)(uintptr_t)data, &result) == napi_ok ? result : NULL;
}

static napi_value export_kernels(napi_env env, napi_value target, struct queue* queue) {
  napi_value kernels;
  if (napi_create_object(env, &kernels) != napi_ok) return NULL;
  for (size_t i = 0; i < sizeof kernel_entries / sizeof *kernel_entries; i++) {
    if (export_function(env, kernels, kernel_entries[i].name, kernel_entries[i].call, queue) != napi_ok) return NULL;
  }
  return napi_set_named_property(env, target, "kernels", kernels) == napi_ok ? target : NULL;
}

/* startQueue(memory): kernels that run later, with what belongs to them; they keep `memory`. */
static napi_value start_queue(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value memory, object;
  if (napi_get_cb_info(env, info, &count, &memory, NULL, NULL) != napi_ok) return NULL;
  struct queue* queue = make_queue(env, &object);
  if (queue == NULL || napi_set_named_property(env, object, "memory", memory) != napi_ok) return NULL;
  return export_kernels(env, object, queue);
}

NAPI_MODULE_INIT() {
  /* The pool's threads run this code, so it must stay when a worker thread of JavaScript that loaded it ends. */
  Dl_info self;
  if (dladdr((const void*)start_queue, &self)) dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);

  if (export_kernels(env, exports, NULL) == NULL) return NULL;
  if (export_function(env, exports, "addressOf", address_of, NULL) != napi_ok) return NULL;
  return export_function(env, exports, "startQueue", start_queue, NULL) == napi_ok ? exports : NULL;
}
