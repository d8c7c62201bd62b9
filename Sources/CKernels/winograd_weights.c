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
  const long side = is_four(form) ? 10 : factors_of(form), kernel = kernel_of(form);
  vector rows[largest_kernel][largest_side], column[largest_kernel], transformed[largest_side];
  for (long y = 0; y < kernel; y++) transform_weights(form, filters + y * kernel, rows[y]);
  for (long x = 0; x < side; x++) {
    for (long y = 0; y < kernel; y++) column[y] = rows[y][x];
    transform_weights(form, column, transformed);
    for (long y = 0; y < side; y++)
      VECTOR(to + place_of(form, y, x, side, distance, lanes * lanes)) = transformed[y];
  }
}

INLINE void pack(const advlab_winograd *c, const long form, const float *weights, float *packed) {
  const long inputs = c->input_blocks * lanes, outputs = c->output_blocks * lanes, taps = c->kernel * c->kernel;
  for (long block = 0; block < output_blocks_of(c); block++)
    for (long input = 0; input < inputs; input++) {
      // Not vectors, of which one lane after the other would be set by a blend.
      float filters[largest_kernel * largest_kernel][lanes] = {{0}};
      for (long lane = 0; lane < lanes && block < c->output_blocks; lane++) {
        const long output = block * lanes + lane;
        const float *from = weights + (c->is_backward ? input * outputs + output : output * inputs + input) * taps;
        for (long tap = 0; tap < taps; tap++) filters[tap][lane] = from[c->is_backward ? taps - 1 - tap : tap];
      }
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
