#include "transposition.h"
#include "winograd.h"

long advlab_winograd_weights(const advlab_winograd *c) {
  return factors_of(form_of(c)) * factors_of(form_of(c)) * weights_distance_of(c);
}

INLINE void transform_weights_5(const vector *g, vector *u) {
  const vector even = g[0] + g[2] + g[4], odd = g[1] + g[3];
  const vector even2 = g[0] + 4 * g[2] + 16 * g[4], odd2 = 2 * g[1] + 8 * g[3];
  const vector even_half = 16 * g[0] + 4 * g[2] + g[4], odd_half = 8 * g[1] + 2 * g[3];
  u[0] = g[0];
  u[1] = (even + odd) * (-2.0f / 9);
  u[2] = (even - odd) * (-2.0f / 9);
  u[3] = (even2 + odd2) * (1.0f / 90);
  u[4] = (even2 - odd2) * (1.0f / 90);
  u[5] = (even_half + odd_half) * (2.0f / 45);
  u[6] = (even_half - odd_half) * (2.0f / 45);
  u[7] = g[4];
}

INLINE void transform_weights_3(const vector *g, vector *u) {
  u[0] = g[0];
  u[1] = (g[0] + g[1] + g[2]) * (-1.0f / 3);
  u[2] = (g[0] - g[1] + g[2]) * (1.0f / 3);
  u[3] = (g[0] + 2 * g[1] + 4 * g[2]) * (1.0f / 15);
  u[4] = (-16 * g[0] + 8 * g[1] - 4 * g[2]) * (1.0f / 15);
  u[5] = g[2];
}

// F(4, 2), of a tap and the next but one.
INLINE void transform_weights_2(const vector *g, vector *u) {
  u[0] = g[0];
  u[1] = (g[0] + g[2]) * (1.0f / 2);
  u[2] = (g[0] - g[2]) * (1.0f / 6);
  u[3] = (g[0] + 2 * g[2]) * (1.0f / 6);
  u[4] = g[2];
}

INLINE void transform_weights(const long form, const vector *g, vector *u) {
  switch (form) {
    case five: transform_weights_5(g, u); break;
    case three: transform_weights_3(g, u); break;
    case strided_four:
    case strided_four_back: transform_weights_2(g, u), transform_weights_2(g + 1, u + 5); break;
    default: u[0] = g[1], transform_weights_2(g, u + 1);
  }
}

// Transforms the filters of one input and a block of outputs; `distance` is that from one interpolation point to the
// next.
INLINE void pack_filters(const long form, const vector *filters, float *to, long distance) {
  const long side = filter_values_of(form), kernel = kernel_of(form);
  vector rows[largest_kernel][largest_side], column[largest_kernel], transformed[largest_side];
  for (long y = 0; y < kernel; y++) transform_weights(form, filters + y * kernel, rows[y]);
  for (long x = 0; x < side; x++) {
    for (long y = 0; y < kernel; y++) column[y] = rows[y][x];
    transform_weights(form, column, transformed);
    for (long y = 0; y < side; y++)
      VECTOR(to + place_of(form, y, x, side, distance, lanes * lanes)) = transformed[y];
  }
}

// The filters of a block of outputs, of `distance` floats each, into vectors of 16 outputs: one for each tap, mirrored
// for an input gradient. There are `room` floats from the first filter on.
INLINE void gather_filters(
    const float *from, long distance, long room, const long taps, int is_backward, float (*filters)[lanes]) {
  for (long first = 0; first < taps; first += lanes) {
    vector rows[lanes];
    UNROLLED for (long lane = 0; lane < lanes; lane++) {
      const long place = lane * distance + first;
      if (place + lanes <= room) {
        rows[lane] = CONST_VECTOR(from + place);
        continue;
      }
      float last[lanes] = {0};
      memcpy(last, from + place, (room - place) * sizeof(float));
      rows[lane] = VECTOR(last);
    }
    // Beyond the taps there are those of the next filter, which nothing reads.
    if (is_backward)
      store_transposed(rows, filters[taps - 1 - first], -lanes);
    else
      store_transposed(rows, filters[first], lanes);
  }
}

INLINE void pack(const advlab_winograd *c, const long form, const float *weights, float *packed) {
  const long inputs = c->input_blocks * lanes, outputs = c->output_blocks * lanes;
  const long taps = kernel_of(form) * kernel_of(form);
  float places[3 * lanes + largest_kernel * largest_kernel][lanes] = {{0}}, (*filters)[lanes] = places + lanes;
  for (long block = 0; block < output_blocks_of(c); block++)
    for (long input = 0; input < inputs; input++) {
      const long output = block * lanes, distance = (c->is_backward ? 1 : inputs) * taps;
      const long first = (c->is_backward ? input * outputs + output : output * inputs + input) * taps;
      if (block < c->output_blocks)
        gather_filters(weights + first, distance, inputs * outputs * taps - first, taps, c->is_backward, filters);
      else
        memset(places, 0, sizeof(places));
      const long term = block * terms_of(c) + input / lanes * parts_of(form);
      pack_filters(
          form, (const vector *)filters, packed + (term * lanes + input % lanes) * lanes, weights_distance_of(c));
    }
}

WIDE void advlab_winograd_pack(const advlab_winograd *c, const float *weights, float *packed) {
  switch (form_of(c)) {
    case five: pack(c, five, weights, packed); break;
    case three: pack(c, three, weights, packed); break;
    case strided_four: pack(c, strided_four, weights, packed); break;
    case strided_four_back: pack(c, strided_four_back, weights, packed); break;
    default: pack(c, strided, weights, packed);
  }
}
