#include "doubles.h"

// Products of rows with a packed matrix. A tile of the output stays in registers while the terms are added one after the
// other, each by one multiply-add where the processor has it, whatever the tile's size: the bits of a row do not depend
// on the rows beside it.

// Terms that are added before the next tile, so that a panel of the matrix (24 columns) stays near, and rows that are
// done before the next terms, so that their pages of the output do.
enum { term_block = 256, row_block = 64 };

// Rows and vectors of a tile: 8 × 3 sums, 3 vectors of the matrix and a factor fit into 32 registers. Half as many and half
// as wide ones hold 4 × 1.
enum { tallest_tile = 8, widest_tile = 3 };

static long smaller(long a, long b) { return a < b ? a : b; }

// The width of the next panel where so many columns are left. Four vectors are better divided into two and two than into
// three and one, which loads more than it multiplies.
static long panel_width(long columns) {
  const long vectors = (columns + octet - 1) / octet;
  return !has_32_registers() ? smaller(vectors, 1) : vectors == 4 ? 2 : smaller(vectors, widest_tile);
}

long advlab_packed_count(long terms, long columns) { return terms * ((columns + octet - 1) / octet) * octet; }

void advlab_pack(const double *matrix, long terms, long columns, double *packed) {
  for (long first = 0, width; first < columns; first += width) {
    width = panel_width(columns - first) * octet;
    const long count = smaller(width, columns - first);
    for (long term = 0; term < terms; term++)
      for (long column = 0; column < width; column++)
        *packed++ = column < count ? matrix[term * columns + first + column] : 0;
  }
}

// The terms that are not 0 in every row: those of a neuron that a region switches off are, and add nothing to a sum unless they
// meet a factor that is no number.
static long nonzero_terms(
    const double *const *rows, long count, const long *places, long terms, int is_finite, long *kept) {
  long number = 0;
  for (long term = 0; term < terms; term++) {
    long row = 0;
    while (is_finite && row < count && rows[row][places[term]] == 0) row++;
    if (row < count) kept[number++] = term;
  }
  return number;
}

// The terms `kept` of one tile, `height` rows by `width` vectors, of which the last may lie beyond the last column.
INLINE void multiply_tile(
    const long height, const long width, const double *const *rows, const long *places, const double *packed,
    const long *kept, long terms, int continues, double *out, long stride, long columns) {
  const double *from[tallest_tile];
  octets sums[tallest_tile][widest_tile];
  double edge[octet];
  const long whole = columns / octet, rest = columns % octet;
  UNROLLED for (long r = 0; r < height; r++) {
    from[r] = rows[r];
    UNROLLED for (long v = 0; v < width; v++) {
      sums[r][v] = (octets){0};
      if (!continues) continue;
      if (v < whole) {
        sums[r][v] = CONST_OCTET(out + r * stride + v * octet);
      } else {
        for (long i = 0; i < octet; i++) edge[i] = i < rest ? out[r * stride + v * octet + i] : 0;
        sums[r][v] = CONST_OCTET(edge);
      }
    }
  }
  for (long index = 0; index < terms; index++) {
    const long term = kept[index], place = places[term];
    octets factors[widest_tile];
    UNROLLED for (long v = 0; v < width; v++) factors[v] = CONST_OCTET(packed + (term * width + v) * octet);
    UNROLLED for (long r = 0; r < height; r++) {
      const double value = from[r][place];
      UNROLLED for (long v = 0; v < width; v++) sums[r][v] += factors[v] * value;
    }
  }
  UNROLLED for (long r = 0; r < height; r++)
    UNROLLED for (long v = 0; v < width; v++) {
      if (v < whole) {
        OCTET(out + r * stride + v * octet) = sums[r][v];
      } else {
        OCTET(edge) = sums[r][v];
        for (long i = 0; i < rest; i++) out[r * stride + v * octet + i] = edge[i];
      }
    }
}

// All rows with one panel.
INLINE void multiply_panel(
    const long width, const double *const *rows, long count, const long *places, const double *packed,
    const long *kept, long terms, int continues, double *out, long stride, long columns, long tallest) {
  long row = 0;
#define TILES(height) \
  for (; row + height <= count; row += height) \
    multiply_tile(height, width, rows + row, places, packed, kept, terms, continues, out + row * stride, stride, columns);
  if (tallest == tallest_tile) TILES(tallest_tile)
  TILES(4)
  TILES(2)
  TILES(1)
#undef TILES
}

WIDE void advlab_multiply(
    const double *const *rows, long count, const long *places, const double *packed, long terms, long columns,
    int is_finite, double *out, long stride) {
  const long tallest = has_32_registers() ? tallest_tile : tallest_tile / 2;
  if (terms == 0)
    for (long row = 0; row < count; row++)
      for (long column = 0; column < columns; column++) out[row * stride + column] = 0;
  for (long row = 0; row < count; row += row_block) {
    const long height = smaller(row_block, count - row);
    for (long term = 0; term < terms; term += term_block) {
      const long depth = smaller(term_block, terms - term);
      long kept[term_block];
      const long number = nonzero_terms(rows + row, height, places + term, depth, is_finite, kept);
      for (long first = 0, width; first < columns; first += width * octet) {
        width = panel_width(columns - first);
        const long some = smaller(width * octet, columns - first);
        const double *panel = packed + first * terms + term * width * octet;
        double *tile = out + row * stride + first;
#define PANEL(width) \
  multiply_panel(width, rows + row, height, places + term, panel, kept, number, term > 0, tile, stride, some, tallest)
        switch (width) {
          case 1: PANEL(1); break;
          case 2: PANEL(2); break;
          default: PANEL(3); break;
        }
#undef PANEL
      }
    }
  }
}
