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

INLINE void transpose_block(const double *from, long from_stride, double *to, long to_stride) {
  octets rows[octet];
  UNROLLED for (long i = 0; i < octet; i++) rows[i] = CONST_OCTET(from + i * from_stride);
  EXCHANGE(1, LIST(0, 8, 2, 10, 4, 12, 6, 14), LIST(1, 9, 3, 11, 5, 13, 7, 15))
  EXCHANGE(2, LIST(0, 1, 8, 9, 4, 5, 12, 13), LIST(2, 3, 10, 11, 6, 7, 14, 15))
  EXCHANGE(4, LIST(0, 1, 2, 3, 8, 9, 10, 11), LIST(4, 5, 6, 7, 12, 13, 14, 15))
  UNROLLED for (long i = 0; i < octet; i++) OCTET(to + i * to_stride) = rows[i];
}

INLINE void transpose(
    const double *from, long from_stride, double *to, long to_stride, long rows, long columns) {
  const long whole_rows = rows / octet * octet, whole_columns = columns / octet * octet;
  for (long row = 0; row < whole_rows; row += octet) {
    for (long column = 0; column < whole_columns; column += octet)
      transpose_block(from + row * from_stride + column, from_stride, to + column * to_stride + row, to_stride);
    for (long column = whole_columns; column < columns; column++)
      UNROLLED for (long i = 0; i < octet; i++) to[column * to_stride + row + i] = from[(row + i) * from_stride + column];
  }
  for (long row = whole_rows; row < rows; row++)
    for (long column = 0; column < columns; column++) to[column * to_stride + row] = from[row * from_stride + column];
}

WIDE void advlab_transpose(
    const double *from, long from_stride, double *to, long to_stride, long rows, long columns) {
  transpose(from, from_stride, to, to_stride, rows, columns);
}

WIDE long advlab_nonzero_positions(const double *values, long channels, long positions, long *found) {
  long count = 0, first = 0;
  for (; first + octet <= positions; first += octet) {
    octet_mask present = {0};
    for (long c = 0; c < channels; c++) present |= CONST_OCTET(values + c * positions + first) != 0;
    for (long i = 0; i < octet; i++) {
      found[count] = first + i;
      count -= present[i];
    }
  }
  for (; first < positions; first++) {
    int is_present = 0;
    for (long c = 0; c < channels; c++) is_present |= values[c * positions + first] != 0;
    found[count] = first;
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

// A run must be loaded in the parts in which it was stored a moment before, or the processor waits for the store.
#define ADD_RUNS(part, type) \
  for (long place = 0; place < count; place++, products += runs * length) { \
    double *const window = image + bases[place]; \
    const double *from = products; \
    for (long run = 0; run < runs; run++, from += length) { \
      double *const to = window + starts[run]; \
      _Pragma("clang loop vectorize(disable) unroll(disable)") for (long i = 0; i < length; i += part) \
        *(type *)(to + i) += *(const type *)(from + i); \
    } \
  }

typedef double quartet __attribute__((vector_size(4 * sizeof(double)), aligned(8)));

WIDE void advlab_add_windows(
    const double *products, const long *bases, long count, const long *starts, long runs, long length, long channels,
    double *image) {
  if (channels % octet == 0) {
    ADD_RUNS(octet, octets)
  } else if (channels % 4 == 0) {
    ADD_RUNS(4, quartet)
  } else {
    ADD_RUNS(1, double)
  }
}
