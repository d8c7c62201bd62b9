#include "winograd_blocks.h"
#include "winograd_filters.h"

// A strip of tiles is multiplied at once with one or two blocks of outputs, so that the sums and their factors fill the
// registers: 8 × 2 vectors where there are 32 registers, which is as fast as 14 × 2 and leaves no strip unfilled, because
// plans are of multiples of 8 images, or 16 × 1 for one block; 6 × 1 (12 registers) where there are 16 of half the
// width.
enum { tallest_strip = 16, wide_strip = 8, wide_single_strip = 16, narrow_strip = 6 };

INLINE long rows_of(const advlab_winograd *c) {
  return !has_32_registers() ? narrow_strip : c->output_blocks == 1 ? wide_single_strip : wide_strip;
}

// In floats. Filters of up to 4 MB are transformed once, and meet few strips at a time, which stay in the second-level
// cache. Of larger ones a pair of blocks of outputs is, for some blocks of inputs at a time, and meets up to 5 MB of
// strips.
enum { most_filters = 1 << 20, most_values = 5 << 18, most_strips = 32, input_blocks_at_once = 6 };

INLINE long few_strips(const long rows) {
  switch (rows) {
    case wide_single_strip: return 1;
    case wide_strip: return 2;
    default: return 4;
  }
}

INLINE portion portion_of(const advlab_winograd *c, const long form, const long rows) {
  const portion all = {few_strips(rows), output_blocks_of(c), c->input_blocks};
  if (filters_size(&all, form) <= most_filters) return all;
  const long strips = most_values / (points_of(form) * point_stride(terms_of(c), rows));
  return (portion){
      strips < 1 ? 1 : least(strips, most_strips), 2, least(c->input_blocks, input_blocks_at_once)};
}

// The distances of points in the values of a portion's tiles, and in their products.
INLINE long values_distance(const advlab_winograd *c, const portion *p, const long rows) {
  return point_stride(p->strips * terms_of(c), rows);
}

INLINE long products_distance(const portion *p, const long rows) { return point_stride(p->strips * p->outputs, rows); }

long advlab_winograd_scratch(const advlab_winograd *c) {
  const long rows = rows_of(c), form = form_of(c);
  const portion p = portion_of(c, form, rows);
  return filters_size(&p, form) + points_of(form) * (values_distance(c, &p, rows) + products_distance(&p, rows));
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

// Blocks of inputs that are added before the next strip: their filters, 16 KB, stay in the first-level cache.
enum { term_blocks = 8 };

// Adds the products of `strips` with a portion of the filters, of `terms` blocks from the term `first_term` on.
INLINE void multiply_all(
    const advlab_winograd *c, const portion *p, const long form, const float *values, const float *filters,
    float *products, long strips, long first_term, long terms, const long rows, const long blocks) {
  const long points = points_of(form), room = p->inputs * parts_of(form);
  // The second block of a pair that is not there is left out where blocks are multiplied one by one.
  const long outputs = least(p->outputs, c->output_blocks + c->output_blocks % blocks);
  for (long point = 0; point < points; point++)
    for (long output = 0; output < outputs; output += blocks)
      for (long term = 0; term < terms; term += term_blocks)
        for (long strip = 0; strip < strips; strip++)
          multiply(
              values + point * values_distance(c, p, rows) +
                  (strip * terms_of(c) + first_term + term) * rows * lanes,
              filters + factor_at(form, point) * filters_distance(p, form) + (output * room + term) * lanes * lanes,
              least(terms - term, term_blocks), room * lanes * lanes,
              products + point * products_distance(p, rows) + (strip * p->outputs + output) * rows * lanes,
              first_term + term > 0, rows, blocks);
}

INLINE void convolve(
    const advlab_winograd *c, const advlab_epilogue *e, const long form, const long rows, const long blocks,
    const float *in, const float *weights, const double *factors, float *scratch, float *out, long count) {
  const long across = tiles_along(form, c->output_width), down = tiles_along(form, c->output_height);
  const long total = total_of(c, form, count), is_wide = rows != narrow_strip;
  const portion p = portion_of(c, form, rows);
  const int is_whole = p.outputs == output_blocks_of(c) && p.inputs == c->input_blocks;
  const long values_step = values_distance(c, &p, rows), products_step = products_distance(&p, rows);
  float *filters = scratch, *values = filters + filters_size(&p, form);
  float *products = values + points_of(form) * values_step;
  const int streams = is_streamed(out, count * c->output_blocks * c->output_height * c->output_width * lanes);
  // Passes over the filters, each with the same number of strips.
  const long passes = (total + p.strips * rows - 1) / (p.strips * rows);
  const long tiles = (total + passes * rows - 1) / (passes * rows) * rows;
  for (long first = 0; first < total; first += tiles) {
    const long here = least(total - first, tiles);
    load_tiles(c, form, in, count, first, here, rows, values, values_step, is_wide);
    for (long output = 0; output < c->output_blocks; output += p.outputs) {
      for (long input = 0; input < c->input_blocks; input += p.inputs) {
        const long inputs = least(c->input_blocks - input, p.inputs);
        if (first == 0 || !is_whole)
          transform_filters(c, &p, form, weights, factors, output, input, inputs, filters);
        // A last strip that is not full keeps values of an earlier one, whose products are not used.
        multiply_all(
            c, &p, form, values, filters, products, (here + rows - 1) / rows, input * parts_of(form),
            inputs * parts_of(form), rows, blocks);
      }
      for (long block = output; block < least(output + p.outputs, c->output_blocks); block++)
        for (long i = 0; i < here; i++)
          store_block(
              c, e, form, products + ((i / rows * p.outputs + block - output) * rows + i % rows) * lanes,
              products_step, tile_at(first + i, down, across), block, out, streams, is_wide);
    }
  }
  if (streams) end_of_streams();
}

INLINE void convolve_any(
    const advlab_winograd *c, const advlab_epilogue *e, const long form, const float *in, const float *weights,
    const double *factors, float *scratch, float *out, long count) {
  switch (rows_of(c)) {
    case wide_strip: convolve(c, e, form, wide_strip, 2, in, weights, factors, scratch, out, count); break;
    case wide_single_strip: convolve(c, e, form, wide_single_strip, 1, in, weights, factors, scratch, out, count); break;
    default: convolve(c, e, form, narrow_strip, 1, in, weights, factors, scratch, out, count);
  }
}

WIDE void advlab_winograd_convolve(
    const advlab_winograd *c, const advlab_epilogue *e, const float *in, const float *weights, const double *factors,
    float *scratch, float *out, long count) {
  switch (form_of(c)) {
    case five: convolve_any(c, e, five, in, weights, factors, scratch, out, count); break;
    case three: convolve_any(c, e, three, in, weights, factors, scratch, out, count); break;
    case strided: convolve_any(c, e, strided, in, weights, factors, scratch, out, count); break;
    case strided_four: convolve_any(c, e, strided_four, in, weights, factors, scratch, out, count); break;
    case strided_four_back: convolve_any(c, e, strided_four_back, in, weights, factors, scratch, out, count); break;
    default: convolve_any(c, e, strided_back, in, weights, factors, scratch, out, count);
  }
}
