/* An executor as JavaScript sees it: an object with functions that call kernels later, promises for when they have run, and a way to
 * write to memory in order. The object also holds the memory that the calls work on, and is itself held while there are any: what is
 * collected with it can be in nobody's use. */

/* Who holds the object: nobody but JavaScript, calls that wait, or these and a message that the executor rests, on its way. */
enum hold { HOLD_NOTHING, HOLD_CALLS, HOLD_MESSAGE };

struct queue {
  struct executor* executor;
  napi_env env;
  napi_ref object;
  /* Takes messages from the executor to JavaScript: a promise to resolve, or null for "I rest". */
  napi_threadsafe_function messages;
  enum hold hold;
  /* Promises that wait; they keep the process alive. */
  int32_t promises;
  int32_t stopped;
};

/* ---- Messages from the executor's thread ---- */

static void send_message(void* queue, void* promise) {
  const napi_status status = napi_call_threadsafe_function(((struct queue*)queue)->messages, promise, napi_tsfn_nonblocking);
  if (status != napi_ok && status != napi_closing) abort();
}

static void send_rest(void* queue, void* none) {
  enum hold calls = HOLD_CALLS;
  if (__atomic_compare_exchange_n(&((struct queue*)queue)->hold, &calls, HOLD_MESSAGE, 0, ORDERED, ORDERED)) send_message(queue, none);
}

/* On JavaScript's thread. A message arrives also, without `env`, when that thread ends; the queue may be gone by then. */
static void receive_message(napi_env env, napi_value none, void* context, void* promise) {
  struct queue* queue = context;
  napi_value undefined;
  (void)none;
  if (env == NULL) return;
  if (promise == NULL) {
    __atomic_store_n(&queue->hold, HOLD_CALLS, ORDERED);
  } else {
    if (napi_get_undefined(env, &undefined) != napi_ok || napi_resolve_deferred(env, promise, undefined) != napi_ok) abort();
    if (--queue->promises == 0) napi_unref_threadsafe_function(env, queue->messages);
  }
  /* After the last message that is on its way; where the executor is still at work, it will send one when it rests. */
  enum hold calls = HOLD_CALLS;
  if (queue->promises == 0 && executor_is_idle(queue->executor) &&
      __atomic_compare_exchange_n(&queue->hold, &calls, HOLD_NOTHING, 0, ORDERED, ORDERED)) {
    napi_reference_unref(env, queue->object, NULL);
  }
}

/* ---- What the generated functions do with a queue, or null to call at once ---- */

static void hold_queue(struct queue* queue) {
  if (__atomic_load_n(&queue->hold, ORDERED) != HOLD_NOTHING) return;
  if (napi_reference_ref(queue->env, queue->object, NULL) != napi_ok) abort();
  __atomic_store_n(&queue->hold, HOLD_CALLS, ORDERED);
}

static void call_kernel(struct queue* queue, void (*run)(const void*), const void* arguments, size_t bytes) {
  if (queue == NULL) {
    run(arguments);
  } else {
    hold_queue(queue);
    call_later(queue->executor, run, arguments, bytes);
  }
}

/* Queries know nothing of memory and are answered at once, for the number of threads that the queue's calls have. */
static int32_t begin_query(const struct queue* queue) {
  return queue == NULL ? 0 : exchange_thread_count(queue->executor->threads);
}

static void end_query(struct queue* queue, int32_t before) {
  if (queue != NULL) queue->executor->threads = exchange_thread_count(before);
}

/* ---- The other functions of the object ---- */

static struct queue* queue_of(napi_env env, napi_callback_info info, size_t* count, napi_value* values) {
  void* queue;
  return napi_get_cb_info(env, info, count, values, NULL, &queue) == napi_ok ? queue : NULL;
}

/* finish(): a promise, resolved in a later turn of the event loop, when every call so far has run. */
static napi_value finish(napi_env env, napi_callback_info info) {
  size_t count = 0;
  struct queue* queue = queue_of(env, info, &count, NULL);
  napi_deferred deferred;
  napi_value promise;
  if (queue == NULL || napi_create_promise(env, &deferred, &promise) != napi_ok) return NULL;
  hold_queue(queue);
  if (queue->promises++ == 0) napi_ref_threadsafe_function(env, queue->messages);
  announce_later(queue->executor, send_message, deferred);
  return promise;
}

/* wait(): returns when every call so far has run. */
static napi_value wait_for_calls(napi_env env, napi_callback_info info) {
  size_t count = 0;
  struct queue* queue = queue_of(env, info, &count, NULL);
  if (queue != NULL) await_executor(queue->executor);
  return NULL;
}

/* isIdle(): whether every call so far has run. */
static napi_value is_idle(napi_env env, napi_callback_info info) {
  size_t count = 0;
  const struct queue* queue = queue_of(env, info, &count, NULL);
  napi_value result;
  return queue != NULL && napi_get_boolean(env, executor_is_idle(queue->executor), &result) == napi_ok ? result : NULL;
}

/* write(to: number, values: TypedArray): copies the values now, and to that address when every call so far has run. */
static napi_value write_later(napi_env env, napi_callback_info info) {
  size_t count = 2, length;
  napi_value values[2];
  struct queue* queue = queue_of(env, info, &count, values);
  napi_typedarray_type type;
  double to;
  void* from;
  if (queue == NULL) return NULL;
  if (count != 2 || napi_get_value_double(env, values[0], &to) != napi_ok ||
      napi_get_typedarray_info(env, values[1], &type, &length, &from, NULL, NULL) != napi_ok ||
      (type != napi_float32_array && type != napi_int32_array && type != napi_biguint64_array)) {
    napi_throw_type_error(env, NULL, "write: expected an address and a Float32Array, Int32Array or BigUint64Array");
    return NULL;
  }
  if (length == 0) return NULL;
  hold_queue(queue);
  copy_later(queue->executor, (void*)(uintptr_t)to, from, length * (type == napi_biguint64_array ? 8 : 4));
  return NULL;
}

/* ---- Its life ---- */

/* When JavaScript's thread ends, before its memory does. */
static void stop_queue(void* data) {
  struct queue* queue = data;
  stop_executor(queue->executor);
  queue->stopped = 1;
}

static void free_queue(napi_env env, void* data, void* hint) {
  struct queue* queue = data;
  (void)hint;
  if (!queue->stopped) {
    napi_remove_env_cleanup_hook(env, stop_queue, queue);
    stop_executor(queue->executor);
    napi_release_threadsafe_function(queue->messages, napi_tsfn_abort);
  }
  free_executor(queue->executor);
  napi_delete_reference(env, queue->object);
  free(queue);
}

/* Adds a function that works on a queue and keeps its object, or on none. */
static napi_status export_function(napi_env env, napi_value target, const char* name, napi_callback call, struct queue* queue) {
  napi_value function;
  napi_status status = napi_create_function(env, name, NAPI_AUTO_LENGTH, call, queue, &function);
  if (status == napi_ok && queue != NULL) {
    napi_property_descriptor keep = {.utf8name = "queue", .attributes = napi_default};
    status = napi_get_reference_value(env, queue->object, &keep.value);
    if (status == napi_ok) status = napi_define_properties(env, function, 1, &keep);
  }
  return status == napi_ok ? napi_set_named_property(env, target, name, function) : status;
}

/* Makes a queue and its object, with all functions but the kernels; null, with an exception, where no thread can be had. */
static struct queue* make_queue(napi_env env, napi_value* object) {
  napi_value name;
  struct queue* queue = calloc(1, sizeof *queue);
  if (queue == NULL || (queue->executor = start_executor(queue, send_rest)) == NULL) {
    free(queue);
    napi_throw_error(env, NULL, "no thread could be started for kernels that run later");
    return NULL;
  }
  queue->env = env;
  if (napi_create_string_utf8(env, "unrolled", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, NULL, NULL, queue, receive_message, &queue->messages) != napi_ok) {
    return NULL;
  }
  /* Only promises keep the process alive. */
  napi_unref_threadsafe_function(env, queue->messages);
  /* Hooks run in reverse order: this one before that of the messages. */
  napi_add_env_cleanup_hook(env, stop_queue, queue);
  if (napi_create_object(env, object) != napi_ok || napi_wrap(env, *object, queue, free_queue, NULL, &queue->object) != napi_ok) {
    return NULL;
  }
  if (export_function(env, *object, "finish", finish, queue) != napi_ok) return NULL;
  if (export_function(env, *object, "wait", wait_for_calls, queue) != napi_ok) return NULL;
  if (export_function(env, *object, "isIdle", is_idle, queue) != napi_ok) return NULL;
  return export_function(env, *object, "write", write_later, queue) == napi_ok ? queue : NULL;
}
