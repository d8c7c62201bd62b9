#include <string.h>

#include "doubles.h"

// What moves scalars between planes, one after the other as they are stored, and positions, whose channels lie side by
// side as products need them.

// Rows i and i + s exchange the blocks of s columns that are not on the diagonal.
#define EXCHANGE(s, low, high) \
  UNROLLED for (long i = 0; i < octet; i++) \
    if (!(i & s)) { \
      const octets a = rows[i], b = rows[i + s]; \
      rows[i] = __builtin_shufflevector(a, b, low); \
      rows[i + s] = __builtin_shufflevector(a, b, high); \
    }
#define LIST(...) __VA_ARGS__

static long smaller(long a, long b) { return a < b ? a : b; }

INLINE void transpose_block(const double *from, long from_stride, double *to, long to_stride) {
  octets rows[octet];
  UNROLLED for (long i = 0; i < octet; i++) rows[i] = CONST_OCTET(from + i * from_stride);
  EXCHANGE(1, LIST(0, 8, 2, 10, 4, 12, 6, 14), LIST(1, 9, 3, 11, 5, 13, 7, 15))
  EXCHANGE(2, LIST(0, 1, 8, 9, 4, 5, 12, 13), LIST(2, 3, 10, 11, 6, 7, 14, 15))
  EXCHANGE(4, LIST(0, 1, 2, 3, 8, 9, 10, 11), LIST(4, 5, 6, 7, 12, 13, 14, 15))
  UNROLLED for (long i = 0; i < octet; i++) OCTET(to + i * to_stride) = rows[i];
}

// The last block of a row or a column overlaps the one before it: both write the same.
INLINE void transpose(
    const double *from, long from_stride, double *to, long to_stride, long rows, long columns) {
  if (rows >= octet && columns >= octet) {
    for (long i = 0; i < rows; i += octet) {
      const long row = smaller(i, rows - octet);
      for (long j = 0; j < columns; j += octet) {
        const long column = smaller(j, columns - octet);
        transpose_block(from + row * from_stride + column, from_stride, to + column * to_stride + row, to_stride);
      }
    }
  } else if (rows == 1 && to_stride == 1) {
    memcpy(to, from, columns * sizeof(double));
  } else if (columns == 1 && from_stride == 1) {
    memcpy(to, from, rows * sizeof(double));
  } else {
    for (long row = 0; row < rows; row++)
      for (long column = 0; column < columns; column++)
        to[column * to_stride + row] = from[row * from_stride + column];
  }
}

WIDE void advlab_transpose(
    const double *from, long from_stride, double *to, long to_stride, long rows, long columns) {
  transpose(from, from_stride, to, to_stride, rows, columns);
}

// The bits of all channels of a position together: they are all zero, but for the sign, where the channels are. Planes
// are read one after the other, as they lie in memory.
WIDE long advlab_nonzero_positions(const double *values, long channels, long positions, long *found) {
  for (long place = 0; place < positions; place++) found[place] = 0;
  const long *bits = (const long *)values;
  long channel = 0;
  for (; channel + 4 <= channels; channel += 4, bits += 4 * positions)
    for (long place = 0; place < positions; place++)
      found[place] |=
          bits[place] | bits[place + positions] | bits[place + 2 * positions] | bits[place + 3 * positions];
  for (; channel < channels; channel++, bits += positions)
    for (long place = 0; place < positions; place++) found[place] |= bits[place];
  // No position is written before it is read.
  long count = 0;
  for (long place = 0; place < positions; place++) {
    const long is_present = (unsigned long)found[place] << 1 != 0;
    found[count] = place;
    count += is_present;
  }
  return count;
}

WIDE void advlab_gather_positions(
    const double *values, long channels, long positions, const long *places, long count, double *gathered) {
  for (long first = 0, next; first < count; first = next) {
    for (next = first + 1; next < count && places[next] == places[next - 1] + 1;) next++;
    transpose(values + places[first], positions, gathered + first * channels, channels, channels, next - first);
  }
}

// A run must be loaded in the parts in which it was stored a moment before, or the processor waits for the store; so
// they are as large as divides the channels.
typedef double quartet __attribute__((vector_size(4 * sizeof(double)), aligned(8)));
// Volatile, or the compiler would make vectors of them.
typedef volatile double lone_double;

#define ADD_RUNS(type, length) \
  for (long place = 0; place < count; place++, products += runs * (length)) { \
    double *const window = image + bases[place]; \
    for (long run = 0; run < runs; run++) { \
      type *const to = (type *)(window + starts[run]); \
      const type *const from = (const type *)(products + run * (length)); \
      for (long i = 0; i < (length) * (long)sizeof(double) / (long)sizeof(type); i++) to[i] += from[i]; \
    } \
  }

WIDE void advlab_add_windows(
    const double *products, const long *bases, long count, const long *starts, long runs, long length, long channels,
    double *image) {
  if (channels % octet == 0) {
    ADD_RUNS(octets, length)
  } else if (channels % 4 == 0) {
    ADD_RUNS(quartet, length)
  } else {
    // Those of first layers: 3, 4 or 5 pixels of one or three channels.
    switch (length) {
      case 3: ADD_RUNS(lone_double, 3) break;
      case 4: ADD_RUNS(lone_double, 4) break;
      case 5: ADD_RUNS(lone_double, 5) break;
      case 9: ADD_RUNS(lone_double, 9) break;
      case 12: ADD_RUNS(lone_double, 12) break;
      case 15: ADD_RUNS(lone_double, 15) break;
      default: ADD_RUNS(lone_double, length)
    }
  }
}
