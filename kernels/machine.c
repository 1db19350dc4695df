/* An addon of its own, built for any processor of its kind: says which instruction sets this machine has, before an addon that needs one
 * is opened. */
#define NAPI_VERSION 8
#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif
#include <node_api.h>

#if defined(__x86_64__)
static int has_baseline(void) { return 1; }
static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"); }
static int has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}
static int has_avx512_bf16(void) {
  return has_avx512() && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
}
static const struct {
  const char* name;
  int (*has)(void);
} isas[] = {{"avx512-bf16", has_avx512_bf16}, {"avx512", has_avx512}, {"avx2", has_avx2}, {"baseline", has_baseline}};
#else
static int has_neon(void) { return 1; }
#if defined(__linux__)
static int has_neon_dot(void) { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }
#else
/* Every arm64 processor that runs macOS. */
static int has_neon_dot(void) { return 1; }
#endif
static const struct {
  const char* name;
  int (*has)(void);
} isas[] = {{"neon-dot", has_neon_dot}, {"neon", has_neon}};
#endif

/* machineIsas(): the names of the ISAs this machine has, best first. */
static napi_value machine_isas(napi_env env, napi_callback_info info) {
  napi_value list, name;
  uint32_t length = 0;
  (void)info;
  if (napi_create_array(env, &list) != napi_ok) return NULL;
  for (size_t i = 0; i < sizeof isas / sizeof *isas; i++) {
    if (!isas[i].has()) continue;
    if (napi_create_string_utf8(env, isas[i].name, NAPI_AUTO_LENGTH, &name) != napi_ok) return NULL;
    if (napi_set_element(env, list, length++, name) != napi_ok) return NULL;
  }
  return list;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "machineIsas", NAPI_AUTO_LENGTH, machine_isas, NULL, &function) != napi_ok) return NULL;
  return napi_set_named_property(env, exports, "machineIsas", function) == napi_ok ? exports : NULL;
}
