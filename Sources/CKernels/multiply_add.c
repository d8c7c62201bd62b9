#include "vectors.h"

// Enough independent chains to hide the latency of a multiply-add (4 cycles, two of them a cycle), few enough for the
// registers.
INLINE double multiply_add(long rounds, float *sink, const long chains) {
  vector sums[chains];
  UNROLLED for (long chain = 0; chain < chains; chain++) sums[chain] = (vector){0} + (float)chain;
  const vector factor = (vector){0} + sink[0], term = (vector){0} + sink[1];
  for (long round = 0; round < rounds; round++)
    UNROLLED for (long chain = 0; chain < chains; chain++) sums[chain] = sums[chain] * factor + term;
  vector total = {0};
  UNROLLED for (long chain = 0; chain < chains; chain++) total += sums[chain];
  sink[0] = total[0];
  return 2.0 * lanes * (double)chains * (double)rounds;
}

WIDE double advlab_multiply_add(long rounds, float *sink) {
  return has_32_registers() ? multiply_add(rounds, sink, 16) : multiply_add(rounds, sink, 4);
}
