/* 8-bit weights in the form that the sequence machine multiplies with (quantized.h). */
#include "kernels.h"
#include "quantized.h"

KERNEL(int32_t) quantized_row_floats(int32_t k) {
  return 1 + (group_count(k) * GROUP * (int32_t)sizeof(quantized) + 3) / 4;
}

KERNEL(int32_t) quantized_floats(int32_t k, int32_t n) { return (int32_t)((n + QL - 1) / QL * panel_bytes(k) / 4); }

KERNEL(void) pack_quantized(float* packed, const float* b, int32_t k, int32_t n, int32_t ldb) {
  const int32_t padded = group_count(k) * GROUP;
  for (int32_t i = 0; i < (n + QL - 1) / QL * QL; i++) {
    const float* from = b + (int64_t)i * ldb;
    const float largest = i < n ? largest_magnitude(from, k) : 0;
    const float factor = quantizing_factor(largest);
    int8_t* panel = (int8_t*)packed + i / QL * panel_bytes(k);
    int8_t* to = panel + QL * 4 + i % QL * GROUP;
    float poison = 0;
    for (int32_t j = 0; j < padded; j++) {
      const float value = i < n && j < k ? from[j] : 0;
      poison += value * 0;
      to[j / GROUP * QL * GROUP + j % GROUP] = (int8_t)quantize(vf_splat(value), factor)[0];
    }
    ((float*)panel)[i % QL] = largest / QUANTIZED_LIMIT + poison;
  }
}
