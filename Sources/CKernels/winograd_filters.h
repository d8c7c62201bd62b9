#ifndef ADVLAB_WINOGRAD_FILTERS_H
#define ADVLAB_WINOGRAD_FILTERS_H

#include "doubles.h"
#include "transposition.h"
#include "winograd.h"

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
INLINE void transform_block(const long form, const vector *filters, float *to, long distance) {
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

// The filters of a block of inputs for a block of outputs, as vectors of 16 outputs: one for each tap of each input.
INLINE void gather_filters(
    const advlab_winograd *c, const long taps, const float *weights, long output, long input, float (*filters)[lanes]) {
  const long inputs = c->input_blocks * lanes;
  const float *from = weights + (output * inputs + input) * lanes * taps;
  vector rows[lanes];
  for (long first = 0; first < lanes * taps; first += lanes) {
    UNROLLED for (long lane = 0; lane < lanes; lane++) rows[lane] = CONST_VECTOR(from + lane * inputs * taps + first);
    store_transposed(rows, filters[first], lanes, lanes);
  }
}

// The same for an input gradient, whose inputs are the outputs of the convolution: mirrored filters.
INLINE void gather_filters_back(
    const advlab_winograd *c, const long taps, const float *weights, long output, long input, float (*filters)[lanes]) {
  vector rows[lanes];
  for (long i = 0; i < lanes; i++, filters += taps) {
    const float *from = weights + ((input * lanes + i) * c->output_blocks + output) * lanes * taps;
    for (long first = 0; first < taps; first += lanes) {
      const long here = least(taps - first, lanes);
      // Beyond the taps there are those of the next filter, and beyond the last filter perhaps nothing.
      UNROLLED for (long lane = 0; lane < lanes - 1; lane++) rows[lane] = CONST_VECTOR(from + lane * taps + first);
      float last[lanes] = {0};
      memcpy(last, from + (lanes - 1) * taps + first, here * sizeof(float));
      rows[lanes - 1] = VECTOR(last);
      store_transposed(rows, filters[taps - 1 - first], -lanes, here);
    }
  }
}

// Multiplies `count` vectors by 16 factors and rounds them.
INLINE void scale(float (*filters)[lanes], long count, const octets *factors) {
  for (long i = 0; i < count; i++)
    UNROLLED for (long half = 0; half < 2; half++) {
      eight *part = (eight *)filters[i] + half;
      *part = __builtin_convertvector(__builtin_convertvector(*part, octets) * factors[half], eight);
    }
}

// Multiplies gathered filters by the factors of the convolution's outputs, of which 16 are the lanes of the vectors, or
// for an input gradient 16 are the inputs.
INLINE void scale_filters(
    const advlab_winograd *c, const long taps, const double *factors, long output, long input, float (*filters)[lanes]) {
  if (!c->is_backward) return scale(filters, lanes * taps, &CONST_OCTET(factors + output * lanes));
  for (long i = 0; i < lanes; i++) {
    const octets factor = (octets){0} + factors[input * lanes + i];
    scale(filters + i * taps, taps, (const octets[2]){factor, factor});
  }
}

// Transforms the filters of a portion, from a block of outputs and one of inputs on, of which there are `inputs`.
INLINE void transform_filters(
    const advlab_winograd *c, const portion *p, const long form, const float *weights, const double *factors,
    long first_output, long first_input, long inputs, float *to) {
  const long taps = kernel_of(form) * kernel_of(form);
  float filters[lanes * largest_kernel * largest_kernel][lanes];
  for (long output = 0; output < p->outputs; output++)
    for (long input = 0; input < inputs; input++) {
      if (first_output + output == c->output_blocks)
        memset(filters, 0, sizeof(filters));
      else if (c->is_backward)
        gather_filters_back(c, taps, weights, first_output + output, first_input + input, filters);
      else
        gather_filters(c, taps, weights, first_output + output, first_input + input, filters);
      if (factors && first_output + output < c->output_blocks)
        scale_filters(c, taps, factors, first_output + output, first_input + input, filters);
      float *place = to + (output * p->inputs + input) * parts_of(form) * lanes * lanes;
      for (long i = 0; i < lanes; i++)
        transform_block(form, (const vector *)filters[i * taps], place + i * lanes, filters_distance(p, form));
    }
}

#endif
