#ifndef ADVLAB_CHANNEL_PLANES_H
#define ADVLAB_CHANNEL_PLANES_H

#include <string.h>

#include "vectors.h"

// From blocks of channels, as oneDNN leaves them, to a plane for each channel.

typedef float half_vector __attribute__((vector_size(lanes / 2 * sizeof(float)), aligned(4)));

#define LOW_SINGLES(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH_SINGLES(a, b) \
  __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define EVEN_FOURS(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_FOURS(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)

// A matrix of 16 × 16, transposed; its rows are stored `distance` floats apart.
INLINE void store_transposed(const vector *rows, float *to, long distance) {
  vector fours[lanes];
  UNROLLED for (long i = 0; i < lanes; i += 4) {
    const vector low = LOW_SINGLES(rows[i], rows[i + 1]), high = HIGH_SINGLES(rows[i], rows[i + 1]);
    const vector low2 = LOW_SINGLES(rows[i + 2], rows[i + 3]), high2 = HIGH_SINGLES(rows[i + 2], rows[i + 3]);
    fours[i] = LOW_PAIRS(low, low2);
    fours[i + 1] = HIGH_PAIRS(low, low2);
    fours[i + 2] = LOW_PAIRS(high, high2);
    fours[i + 3] = HIGH_PAIRS(high, high2);
  }
  UNROLLED for (long column = 0; column < 4; column++) {
    const vector *four = fours + column;
    const vector low = LOW_HALVES(four[0], four[4]), low2 = LOW_HALVES(four[8], four[12]);
    const vector high = HIGH_HALVES(four[0], four[4]), high2 = HIGH_HALVES(four[8], four[12]);
    VECTOR(to + column * distance) = EVEN_FOURS(low, low2);
    VECTOR(to + (column + 4) * distance) = ODD_FOURS(low, low2);
    VECTOR(to + (column + 8) * distance) = EVEN_FOURS(high, high2);
    VECTOR(to + (column + 12) * distance) = ODD_FOURS(high, high2);
  }
}

// Which channels of a vector there are: all in a block of 16, or one or two blocks of 8.
enum { whole_block, low_half, both_halves };

// 16 channels at one position. The second of two blocks of 8 is `distance` floats behind the first; one that is not
// there is zero.
INLINE void load_channels(const float *from, long distance, const int parts, vector *to) {
  if (parts == whole_block) {
    *to = CONST_VECTOR(from);
    return;
  }
  const half_vector low = *(const half_vector *)from;
  const half_vector high = parts == both_halves ? *(const half_vector *)(from + distance) : (half_vector){0};
  *to = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// `count` positions of 16 channels, to as many places of 16 planes and zeros up to a whole vector.
INLINE void spread_row(
    const float *values, const float *gates, long count, long distance, const int parts, float *to, long plane) {
  const long width = parts == whole_block ? lanes : lanes / 2;
  for (long first = 0; first < count; first += lanes) {
    vector rows[lanes];
    UNROLLED for (long i = 0; i < lanes; i++) {
      rows[i] = (vector){0};
      if (first + i >= count) continue;
      load_channels(values + (first + i) * width, distance, parts, &rows[i]);
      if (gates == NULL) continue;
      vector gate;
      load_channels(gates + (first + i) * width, distance, parts, &gate);
      rows[i] = SELECT(gate > 0, rows[i], (vector){0});
    }
    store_transposed(rows, to + first, plane);
  }
}

#endif
