#ifndef ADVLAB_TRANSPOSITION_H
#define ADVLAB_TRANSPOSITION_H

#include <string.h>

#include "vectors.h"

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
INLINE void store_transposed(const vector *rows, float *to, long distance, const long count) {
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
    if (column < count) VECTOR(to + column * distance) = EVEN_FOURS(low, low2);
    if (column + 4 < count) VECTOR(to + (column + 4) * distance) = ODD_FOURS(low, low2);
    if (column + 8 < count) VECTOR(to + (column + 8) * distance) = EVEN_FOURS(high, high2);
    if (column + 12 < count) VECTOR(to + (column + 12) * distance) = ODD_FOURS(high, high2);
  }
}

#endif
