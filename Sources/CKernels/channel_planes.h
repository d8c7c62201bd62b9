#ifndef ADVLAB_CHANNEL_PLANES_H
#define ADVLAB_CHANNEL_PLANES_H

#include "transposition.h"

// From blocks of channels, as oneDNN leaves them, to a plane for each channel.

// Which channels of a vector there are: all in a block of 16, or one or two blocks of 8.
enum { whole_block, low_half, both_halves };

// 16 channels at one position. The second of two blocks of 8 is `distance` floats behind the first; one that is not
// there is zero.
INLINE void load_channels(const float *from, long distance, const int parts, vector *to) {
  if (parts == whole_block) {
    *to = CONST_VECTOR(from);
    return;
  }
  const eight low = *(const eight *)from;
  const eight high = parts == both_halves ? *(const eight *)(from + distance) : (eight){0};
  *to = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// The same of the signs of gates.
INLINE void load_gates(const unsigned char *from, long distance, const int parts, bits *to) {
  unsigned char signs[2] = {from[0], 0};
  if (parts == whole_block) signs[1] = from[1];
  if (parts == both_halves) signs[1] = from[distance / 8];
  memcpy(to, signs, sizeof *to);
}

// `count` positions of 16 channels, to as many places of 16 planes and zeros up to a whole vector.
INLINE void spread_row(
    const float *values, const unsigned char *gates, long count, long distance, const int parts, float *to, long plane) {
  const long width = parts == whole_block ? lanes : lanes / 2;
  for (long first = 0; first < count; first += lanes) {
    vector rows[lanes];
    UNROLLED for (long i = 0; i < lanes; i++) {
      rows[i] = (vector){0};
      if (first + i >= count) continue;
      load_channels(values + (first + i) * width, distance, parts, &rows[i]);
      if (gates == NULL) continue;
      bits gate;
      load_gates(gates + (first + i) * width / 8, distance, parts, &gate);
      rows[i] = GATED(rows[i], gate, mask);
    }
    store_transposed(rows, to + first, plane, lanes);
  }
}

#endif
