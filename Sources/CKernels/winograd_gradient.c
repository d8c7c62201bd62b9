#include "transposition.h"
#include "winograd_blocks.h"

// The gradient of the weights of a convolution. The algorithm is linear in the weights: with the transforms B of the
// input, A of the output and G of the weights, that gradient is Gᵀ (Σ over tiles (B x) ⊙ (Aᵀ dy)) G, where the tiles'
// products are those of matrices, channels of the input by those of the output, for every interpolation point.

// Tiles of one piece: enough products for every sum that is read and written again, and few enough for the cache.
enum { least_tiles = 96, cached_floats = 1 << 19 };

INLINE long tiles_of(const advlab_winograd *c, const long form, long total) {
  const long fitting = cached_floats / (points_of(form) * (terms_of(c) + c->output_blocks) * lanes);
  const long tiles = fitting < least_tiles ? least_tiles : fitting;
  return tiles < total ? tiles : total;
}

// The sums that are held at once: all, where more pieces are added to them; or those of a pair of blocks of outputs and
// some blocks of inputs, which stay in the second-level cache until they are transformed.
INLINE portion sums_of(const advlab_winograd *c, long tiles, long total) {
  if (tiles < total) return (portion){0, c->output_blocks, c->input_blocks};
  return (portion){0, least(c->output_blocks, 2), least(c->input_blocks, 6)};
}

long advlab_winograd_gradient_scratch(const advlab_winograd *c, long count) {
  const long form = form_of(c), total = total_of(c, form, count), tiles = tiles_of(c, form, total);
  const portion sums = sums_of(c, tiles, total);
  return points_of(form) * (point_stride(terms_of(c), tiles) + point_stride(c->output_blocks, tiles)) +
         filters_size(&sums, form);
}

// The sums over tiles of the products of `rows` channels of the input with one or two blocks of channels of the output,
// of which the second is `distance` floats behind the first, as its sums are `sum_distance`; `continues` says that sums
// of other tiles are there already.
INLINE void accumulate(
    const float *values, const float *gradients, long distance, float *sums, long sum_distance, long tiles,
    int continues, const long rows, const long blocks) {
  vector total[8][2];
  UNROLLED for (long i = 0; i < rows; i++)
    UNROLLED for (long j = 0; j < blocks; j++)
      total[i][j] = continues ? CONST_VECTOR(sums + j * sum_distance + i * lanes) : (vector){0};
  for (long t = 0; t < tiles; t++, values += lanes, gradients += lanes) {
    const vector low = CONST_VECTOR(gradients), high = blocks == 2 ? CONST_VECTOR(gradients + distance) : low;
    UNROLLED for (long i = 0; i < rows; i++) {
      const float value = values[i];
      total[i][0] += value * low;
      if (blocks == 2) total[i][1] += value * high;
    }
  }
  UNROLLED for (long i = 0; i < rows; i++)
    UNROLLED for (long j = 0; j < blocks; j++) VECTOR(sums + j * sum_distance + i * lanes) = total[i][j];
}

// Whether no point before this one has its factor.
INLINE int is_first_of_factor(const long form, long point) {
  const long y = point / side_of(form), x = point % side_of(form);
  return !is_three_strided(form) || ((y == 0 || y >= 4) && (x == 0 || x >= 4));
}

// Adds the products of the tiles of one piece at all points to a portion of the sums, of `outputs` blocks and `terms` of
// inputs; values and gradients are those of its first blocks.
INLINE void accumulate_all(
    const advlab_winograd *c, const portion *p, const long form, const float *values, const float *gradients,
    float *sums, long outputs, long terms, long here, long tiles, int is_first_piece, const int is_wide) {
  const long room = p->inputs * parts_of(form);
  for (long point = 0; point < points_of(form); point++) {
    const int continues = !is_first_piece || !is_first_of_factor(form, point);
    const long distance = tiles * lanes, sum_distance = room * lanes * lanes;
    for (long output = 0; output < outputs; output++) {
      const int is_pair = is_wide && output + 1 < outputs;
      for (long term = 0; term < terms; term++) {
        const float *value = values + point * point_stride(terms_of(c), tiles) + term * tiles * lanes;
        const float *gradient = gradients + point * point_stride(c->output_blocks, tiles) + output * tiles * lanes;
        float *sum = sums + factor_at(form, point) * filters_distance(p, form) + (output * room + term) * lanes * lanes;
        if (is_pair) {
          accumulate(value, gradient, distance, sum, sum_distance, here, continues, 8, 2);
          accumulate(value + 8, gradient, distance, sum + 8 * lanes, sum_distance, here, continues, 8, 2);
        } else if (is_wide) {
          accumulate(value, gradient, distance, sum, sum_distance, here, continues, 8, 1);
          accumulate(value + 8, gradient, distance, sum + 8 * lanes, sum_distance, here, continues, 8, 1);
        } else {
          // A sum fills two of 16 registers.
          accumulate(value, gradient, distance, sum, sum_distance, here, continues, 6, 1);
          accumulate(value + 6, gradient, distance, sum + 6 * lanes, sum_distance, here, continues, 5, 1);
          accumulate(value + 11, gradient, distance, sum + 11 * lanes, sum_distance, here, continues, 5, 1);
        }
      }
      if (is_pair) output++;
    }
  }
}

// The transpose of `transform_weights_2`.
INLINE void transform_sums_2(const vector *u, vector *g) {
  const vector half = u[1] * (1.0f / 2), third = u[2] * (1.0f / 6), fourth = u[3] * (1.0f / 6);
  g[0] = u[0] + half + third + fourth;
  g[2] = half - third + 2 * fourth + u[4];
}

// The transpose of the transform of the weights.
INLINE void transform_sums(const long form, const vector *u, vector *g) {
  if (form == five) {
    const vector even = (u[1] + u[2]) * (-2.0f / 9), odd = (u[1] - u[2]) * (-2.0f / 9);
    const vector even2 = (u[3] + u[4]) * (1.0f / 90), odd2 = (u[3] - u[4]) * (1.0f / 90);
    const vector even_half = (u[5] + u[6]) * (2.0f / 45), odd_half = (u[5] - u[6]) * (2.0f / 45);
    g[0] = u[0] + even + even2 + 16 * even_half;
    g[1] = odd + 2 * odd2 + 8 * odd_half;
    g[2] = even + 4 * even2 + 4 * even_half;
    g[3] = odd + 8 * odd2 + 2 * odd_half;
    g[4] = even + 16 * even2 + even_half + u[7];
  } else if (form == three) {
    const vector difference = (u[2] - u[1]) * (1.0f / 3), sum = (u[1] + u[2]) * (1.0f / 3);
    const vector third = u[3] * (1.0f / 15), fourth = u[4] * (1.0f / 15);
    g[0] = u[0] + difference + third - 16 * fourth;
    g[1] = 2 * third + 8 * fourth - sum;
    g[2] = difference + 4 * third - 4 * fourth + u[5];
  } else if (form == strided_four) {
    transform_sums_2(u, g);
    transform_sums_2(u + 5, g + 1);
  } else {
    g[1] = u[0];
    transform_sums_2(u + 1, g);
  }
}

// The sums of one channel of the input and a block of those of the output, transformed back: a vector for each tap.
INLINE void transform_back(const long form, const float *sums, long distance, float (*filters)[lanes]) {
  const long factors = filter_values_of(form), kernel = kernel_of(form);
  vector rows[largest_side][largest_kernel], line[largest_side], taps[largest_kernel];
  for (long y = 0; y < factors; y++) {
    for (long x = 0; x < factors; x++)
      line[x] = CONST_VECTOR(sums + place_of(form, y, x, factors, distance, lanes * lanes));
    transform_sums(form, line, rows[y]);
  }
  for (long x = 0; x < kernel; x++) {
    for (long y = 0; y < factors; y++) line[y] = rows[y][x];
    transform_sums(form, line, taps);
    for (long y = 0; y < kernel; y++) VECTOR(filters[y * kernel + x]) = taps[y];
  }
}

// A portion of the sums, into the weights [O, I, K, K] from a block of outputs and one of inputs on.
INLINE void store_weights(
    const advlab_winograd *c, const portion *p, const long form, const float *sums, long first_output, long outputs,
    long first_input, long inputs, float *weights) {
  const long taps = kernel_of(form) * kernel_of(form), row = c->input_blocks * lanes * taps;
  float filters[lanes * largest_kernel * largest_kernel][lanes];
  for (long output = 0; output < outputs; output++)
    for (long input = 0; input < inputs; input++) {
      const float *from = sums + (output * p->inputs + input) * parts_of(form) * lanes * lanes;
      for (long i = 0; i < lanes; i++)
        transform_back(form, from + i * lanes, filters_distance(p, form), filters + i * taps);
      float *to = weights + (first_output + output) * lanes * row + (first_input + input) * lanes * taps;
      for (long first = 0; first < lanes * taps; first += lanes)
        store_transposed((const vector *)filters[first], to + first, row, lanes);
    }
}

INLINE void gradient_of_weights(
    const advlab_winograd *c, const long form, const float *in, const float *gradient, float *scratch, float *weights,
    long count, const int is_wide) {
  const long across = tiles_along(form, c->output_width), down = tiles_along(form, c->output_height);
  const long total = total_of(c, form, count), tiles = tiles_of(c, form, total), parts = parts_of(form);
  const long distance = point_stride(terms_of(c), tiles), gradient_distance = point_stride(c->output_blocks, tiles);
  const portion p = sums_of(c, tiles, total);
  float *values = scratch, *gradients = values + points_of(form) * distance;
  float *sums = gradients + points_of(form) * gradient_distance;
  const int is_far = is_large(count * c->input_blocks * c->height * c->width * lanes);
  for (long first = 0; first < total; first += tiles) {
    const long here = least(total - first, tiles);
    // One strip of all tiles of the piece.
    load_tiles(c, form, in, count, first, here, tiles, values, distance, is_wide);
    for (long block = 0; block < c->output_blocks; block++)
      for (long i = 0; i < here; i++) {
        if (is_far && first + i + tiles_ahead < total)
          prefetch_gradient_block(c, form, gradient, tile_at(first + i + tiles_ahead, down, across), block);
        load_gradient_block(
            c, form, gradient, tile_at(first + i, down, across), block, gradients + (block * tiles + i) * lanes,
            gradient_distance, is_wide);
      }
    for (long output = 0; output < c->output_blocks; output += p.outputs)
      for (long input = 0; input < c->input_blocks; input += p.inputs) {
        const long outputs = least(c->output_blocks - output, p.outputs);
        const long inputs = least(c->input_blocks - input, p.inputs);
        accumulate_all(
            c, &p, form, values + input * parts * tiles * lanes, gradients + output * tiles * lanes, sums, outputs,
            inputs * parts, here, tiles, first == 0, is_wide);
        if (first + here == total) store_weights(c, &p, form, sums, output, outputs, input, inputs, weights);
      }
  }
}

INLINE void gradient_of_any(
    const advlab_winograd *c, const long form, const float *in, const float *gradient, float *scratch, float *weights,
    long count) {
  if (has_32_registers())
    gradient_of_weights(c, form, in, gradient, scratch, weights, count, 1);
  else
    gradient_of_weights(c, form, in, gradient, scratch, weights, count, 0);
}

WIDE void advlab_winograd_gradient(
    const advlab_winograd *c, const float *in, const float *gradient, float *scratch, float *weights, long count) {
  switch (form_of(c)) {
    case five: gradient_of_any(c, five, in, gradient, scratch, weights, count); break;
    case three: gradient_of_any(c, three, in, gradient, scratch, weights, count); break;
    case strided_four: gradient_of_any(c, strided_four, in, gradient, scratch, weights, count); break;
    default: gradient_of_any(c, strided, in, gradient, scratch, weights, count);
  }
}
