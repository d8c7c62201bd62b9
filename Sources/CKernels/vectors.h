#ifndef ADVLAB_VECTORS_H
#define ADVLAB_VECTORS_H

#include <stdint.h>
#include <string.h>

#include "CKernels.h"

// Shared by the kernels: vectors of 16 floats. Each kernel is compiled for three vector widths; the program uses the
// widest one that the processor supports.

enum { lanes = ADVLAB_LANES };

typedef float vector __attribute__((vector_size(lanes * sizeof(float)), aligned(4)));
typedef int mask __attribute__((vector_size(lanes * sizeof(int)), aligned(4)));

// Halves of them: blocks of 8 channels, and what fits into one of 16 registers.
typedef float eight __attribute__((vector_size(lanes / 2 * sizeof(float)), aligned(4)));
typedef int eight_mask __attribute__((vector_size(lanes / 2 * sizeof(int)), aligned(4)));

// The signs of 16 or 8 floats: a bit for each, whether it is above 0, the first one's the lowest.
typedef _Bool bits __attribute__((ext_vector_type(lanes)));
typedef _Bool eight_bits __attribute__((ext_vector_type(lanes / 2)));

// At addresses that are multiples of their size, as stores past the caches need them.
typedef float aligned_vector __attribute__((vector_size(lanes * sizeof(float))));
typedef float aligned_eight __attribute__((vector_size(lanes / 2 * sizeof(float))));

#define WIDE __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#define INLINE static inline __attribute__((always_inline))

// Macros, because a function that takes or returns a vector would be compiled for one width only.
#define VECTOR(floats) (*(vector *)(floats))
#define CONST_VECTOR(floats) (*(const vector *)(floats))
#define SELECT(condition, yes, no) ((vector)(((condition) & (mask)(yes)) | (~(condition) & (mask)(no))))
#define SIGNS(value, type) __builtin_convertvector((value) > 0, type)
#define GATED(value, signs, type) ((__typeof__(value))((type)(value) & -__builtin_convertvector(signs, type)))
#define UNROLLED _Pragma("clang loop unroll(full)")

// Whether so many floats, 8 MB, come from memory and go there, because the caches are filled before they are used again.
INLINE int is_large(long count) { return count >= 1 << 21; }

// Whether `count` floats from `to` on are better stored past the caches, which would read them before they are written.
// `end_of_streams` follows such stores.
INLINE int is_streamed(const float *to, long count) { return is_large(count) && (uintptr_t)to % sizeof(vector) == 0; }

// Stores a vector, past the caches where that is `streams`.
INLINE void store_vector(const vector *value, float *to, int streams) {
  if (streams)
    __builtin_nontemporal_store(*value, (aligned_vector *)to);
  else
    VECTOR(to) = *value;
}

// The signs of the floats at a place are bits at an eighth of it.
INLINE void store_signs(const vector *value, unsigned char *signs, long place) {
  const bits positive = SIGNS(*value, bits);
  memcpy(signs + place / 8, &positive, sizeof positive);
}

// Stores a result, with `rectifies` after a ReLU, and its signs where `signs` is not NULL.
INLINE void store_result(
    const vector *result, float *to, long place, int rectifies, unsigned char *signs, int streams) {
  // A NaN is not below zero and stays.
  const vector value = rectifies ? SELECT(*result <= 0, (vector){0}, *result) : *result;
  if (signs) store_signs(&value, signs, place);
  store_vector(&value, to + place, streams);
}

// Makes what was stored past the caches visible to other threads.
INLINE void end_of_streams(void) { __builtin_ia32_sfence(); }

// Otherwise there are 16 registers, and a vector fills two of them.
INLINE int has_32_registers(void) { return __builtin_cpu_supports("avx512f"); }

#endif
