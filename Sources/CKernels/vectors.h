#ifndef ADVLAB_VECTORS_H
#define ADVLAB_VECTORS_H

#include "CKernels.h"

// What the kernels here share: vectors of 16 floats, in code for three widths of which the program takes the widest that the
// processor has.

enum { lanes = ADVLAB_LANES };

typedef float vector __attribute__((vector_size(lanes * sizeof(float)), aligned(4)));
typedef int mask __attribute__((vector_size(lanes * sizeof(int)), aligned(4)));

#define WIDE __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#define INLINE static inline __attribute__((always_inline))

// Macros, for a function that takes or returns a vector would have to be compiled for one width.
#define VECTOR(floats) (*(vector *)(floats))
#define CONST_VECTOR(floats) (*(const vector *)(floats))
#define SELECT(condition, yes, no) ((vector)(((condition) & (mask)(yes)) | (~(condition) & (mask)(no))))
#define UNROLLED _Pragma("clang loop unroll(full)")

#endif
