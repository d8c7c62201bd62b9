#ifndef ADVLAB_DOUBLES_H
#define ADVLAB_DOUBLES_H

#include "vectors.h"

// Shared by the kernels in double precision: vectors of 8 doubles.

enum { octet = 8 };

typedef double octets __attribute__((vector_size(octet * sizeof(double)), aligned(8)));
typedef long octet_mask __attribute__((vector_size(octet * sizeof(long)), aligned(8)));

#define OCTET(doubles) (*(octets *)(doubles))
#define CONST_OCTET(doubles) (*(const octets *)(doubles))
#define SELECT_OCTET(condition, yes, no) \
  ((octets)(((condition) & (octet_mask)(yes)) | (~(condition) & (octet_mask)(no))))

#endif
