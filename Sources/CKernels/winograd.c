#include "winograd_blocks.h"

// A strip of tiles is multiplied at once with one or two blocks of outputs, so that the sums and their factors fill the
// registers: 8 × 2 vectors where there are 32 registers, which is as fast as 14 × 2 and leaves no strip unfilled, because
// plans are of multiples of 8 images, or 16 × 1 for one block; 6 × 1 (12 registers) where there are 16 of half the
// width.
enum { tallest_strip = 16, wide_strip = 8, wide_single_strip = 16, narrow_strip = 6 };

INLINE long rows_of(const advlab_winograd *c) {
  return !has_32_registers() ? narrow_strip : c->output_blocks == 1 ? wide_single_strip : wide_strip;
}

// Blocks of inputs that are added before the next strip: their weights, 8 KB, stay in the first-level cache.
enum { term_blocks = 8 };

// Strips between two passes over the weights. Few stay in the second-level cache; but weights that are larger than it
// come from far away, and are worth many.
INLINE long strips_of(const advlab_winograd *c, const long rows) {
  const int is_large = terms_of(c) * c->output_blocks >= 256;
  if (rows == wide_single_strip) return 2;
  return rows == narrow_strip ? (is_large ? 16 : 4) : (is_large ? 8 : 3);
}

long advlab_winograd_scratch(const advlab_winograd *c) {
  const long rows = rows_of(c);
  return strips_of(c, rows) * points_of(form_of(c)) *
         (point_stride(terms_of(c), rows) + point_stride(output_blocks_of(c), rows));
}

// The products of a strip of tiles with one or two blocks of outputs, at one point; `terms` counts blocks of inputs,
// and `continues` says that sums of other inputs are there already.
INLINE void multiply(
    const float *values, const float *weights, long terms, long weights_distance, float *products, int continues,
    const long rows, const long blocks) {
  vector sums[tallest_strip][2];
  UNROLLED for (long i = 0; i < rows; i++)
    UNROLLED for (long j = 0; j < blocks; j++)
      sums[i][j] = continues ? CONST_VECTOR(products + (j * rows + i) * lanes) : (vector){0};
  for (long term = 0; term < terms; term++, values += rows * lanes)
    for (long input = 0; input < lanes; input++, weights += lanes) {
      const vector low = CONST_VECTOR(weights), high = blocks == 2 ? CONST_VECTOR(weights + weights_distance) : low;
      UNROLLED for (long i = 0; i < rows; i++) {
        const float value = values[i * lanes + input];
        sums[i][0] += value * low;
        if (blocks == 2) sums[i][1] += value * high;
      }
    }
  UNROLLED for (long i = 0; i < rows; i++)
    UNROLLED for (long j = 0; j < blocks; j++) VECTOR(products + (j * rows + i) * lanes) = sums[i][j];
}

// The products of some strips with all weights.
INLINE void multiply_all(
    const advlab_winograd *c, const long form, const float *values, const float *weights, float *products, long strips,
    const long rows, const long blocks) {
  const long points = points_of(form), outputs = output_blocks_of(c), inputs = terms_of(c);
  for (long point = 0; point < points; point++)
    for (long output = 0; output < c->output_blocks; output += blocks)
      for (long first = 0; first < inputs; first += term_blocks)
        for (long strip = 0; strip < strips; strip++)
          multiply(
              values + (strip * points + point) * point_stride(inputs, rows) + first * rows * lanes,
              weights + factor_at(form, point) * weights_distance_of(c) + (output * inputs + first) * lanes * lanes,
              inputs - first < term_blocks ? inputs - first : term_blocks, inputs * lanes * lanes,
              products + (strip * points + point) * point_stride(outputs, rows) + output * rows * lanes, first > 0,
              rows, blocks);
}

INLINE void convolve(
    const advlab_winograd *c, const advlab_epilogue *e, const long form, const long rows, const long blocks,
    const float *in, const float *weights, float *scratch, float *out, long count) {
  const long across = tiles_along(form, c->output_width), down = tiles_along(form, c->output_height);
  const long total = total_of(c, form, count), points = points_of(form), strips = strips_of(c, rows);
  const long in_stride = point_stride(terms_of(c), rows), out_stride = point_stride(output_blocks_of(c), rows);
  float *values = scratch, *products = scratch + strips * points * in_stride;
  for (long first = 0; first < total; first += strips * rows) {
    const long here = total - first < strips * rows ? total - first : strips * rows;
    for (long i = 0; i < here; i++)
      for (long block = 0; block < c->input_blocks; block++)
        load_block(
            c, form, in, tile_at(first + i, down, across), block,
            values + i / rows * points * in_stride + (block * parts_of(form) * rows + i % rows) * lanes, in_stride,
            rows * lanes, rows != narrow_strip);
    // A last strip that is not full keeps values of an earlier one, whose products are not used.
    multiply_all(c, form, values, weights, products, (here + rows - 1) / rows, rows, blocks);
    for (long i = 0; i < here; i++)
      for (long block = 0; block < c->output_blocks; block++)
        store_block(
            c, e, form, products + i / rows * points * out_stride + (block * rows + i % rows) * lanes, out_stride,
            tile_at(first + i, down, across), block, out, rows != narrow_strip);
  }
}

INLINE void convolve_any(
    const advlab_winograd *c, const advlab_epilogue *e, const long form, const float *in, const float *weights,
    float *scratch, float *out, long count) {
  switch (rows_of(c)) {
    case wide_strip: convolve(c, e, form, wide_strip, 2, in, weights, scratch, out, count); break;
    case wide_single_strip: convolve(c, e, form, wide_single_strip, 1, in, weights, scratch, out, count); break;
    default: convolve(c, e, form, narrow_strip, 1, in, weights, scratch, out, count);
  }
}

WIDE void advlab_winograd_convolve(
    const advlab_winograd *c, const advlab_epilogue *e, const float *in, const float *weights, float *scratch,
    float *out, long count) {
  switch (form_of(c)) {
    case five: convolve_any(c, e, five, in, weights, scratch, out, count); break;
    case three: convolve_any(c, e, three, in, weights, scratch, out, count); break;
    case strided: convolve_any(c, e, strided, in, weights, scratch, out, count); break;
    case strided_four: convolve_any(c, e, strided_four, in, weights, scratch, out, count); break;
    case strided_four_back: convolve_any(c, e, strided_four_back, in, weights, scratch, out, count); break;
    default: convolve_any(c, e, strided_back, in, weights, scratch, out, count);
  }
}
