#include "vectors.h"

// Kernels for networks of few channels, with 16 examples to a vector instead of 16 channels. Examples do not mix: a lane's result
// does not depend on the others.

// `place` counts vectors.
#define AT(from, place) VECTOR((from) + (place) * lanes)
#define CONST_AT(from, place) CONST_VECTOR((from) + (place) * lanes)

// One block of filters at several positions. Both numbers are compile-time constants, so that all sums stay in
// registers.
INLINE void sum_block(
    const advlab_lane_sums *s, const long positions, const long filters, long first, long block, const float *in,
    float *out, int rectifies) {
  const float *weights = s->weights + block * s->taps * filters;
  const float *from[positions];
  vector sums[positions][filters];
  UNROLLED for (long p = 0; p < positions; p++) {
    from[p] = in + (long)s->from[first + p] * lanes;
    UNROLLED for (long q = 0; q < filters; q++)
      sums[p][q] = (vector){0} + (s->biases ? s->biases[block * filters + q] : 0);
  }
  for (long t = 0; t < s->taps; t++, weights += filters)
    UNROLLED for (long p = 0; p < positions; p++) {
      const vector value = CONST_AT(from[p], (long)s->tap[t]);
      UNROLLED for (long q = 0; q < filters; q++) sums[p][q] += value * weights[q];
    }
  UNROLLED for (long q = 0; q < filters; q++) {
    if (block * filters + q < s->filters)
      UNROLLED for (long p = 0; p < positions; p++) {
        const vector value = sums[p][q];
        // A NaN stays a NaN.
        AT(out, (long)s->place[first + p] + s->filter[block * filters + q]) =
            rectifies ? SELECT(value <= 0, (vector){0}, value) : value;
      }
  }
}

// All positions, `positions` at a time, and those left over one by one.
INLINE void sum_blocks(
    const advlab_lane_sums *s, const long positions, const long filters, const float *in, float *out, int rectifies) {
  for (long block = 0; block * filters < s->filters; block++) {
    long first = 0;
    for (; first + positions <= s->positions; first += positions)
      sum_block(s, positions, filters, first, block, in, out, rectifies);
    for (; first < s->positions; first++) sum_block(s, 1, filters, first, block, in, out, rectifies);
  }
}

// 24 sums leave room for the factors in 32 registers.
WIDE void advlab_lane_sum(const advlab_lane_sums *s, const float *in, float *out, int rectifies) {
  switch (s->filter_block) {
    case 1: sum_blocks(s, 16, 1, in, out, rectifies); break;
    case 4: sum_blocks(s, 6, 4, in, out, rectifies); break;
    default: sum_blocks(s, 2, 12, in, out, rectifies); break;
  }
}

WIDE void advlab_lane_pool(const advlab_lane_windows *w, const float *in, float *out, int is_mean) {
  for (long channel = 0; channel < w->channels; channel++, in += w->from_channel * lanes, out += w->place_channel * lanes)
    for (long p = 0; p < w->positions; p++) {
      vector value = CONST_AT(in, w->from[p] + w->tap[0]);
      for (long t = 1; t < w->taps; t++) {
        const vector next = CONST_AT(in, w->from[p] + w->tap[t]);
        value = is_mean ? value + next : SELECT((next > value) | (next != next), next, value);
      }
      AT(out, w->place[p]) = is_mean ? value / (float)w->taps : value;
    }
}

WIDE void advlab_lane_unpool(
    const advlab_lane_windows *w, const float *in, const float *out, const float *gradient, float *in_gradient,
    int is_mean) {
  for (long channel = 0; channel < w->channels; channel++) {
    for (long p = 0; p < w->positions; p++) {
      vector left = CONST_AT(gradient, w->place[p]);
      if (is_mean) left /= (float)w->taps;
      const vector largest = CONST_AT(out, w->place[p]);
      for (long t = 0; t < w->taps; t++) {
        const long place = w->from[p] + w->tap[t];
        const mask chosen = CONST_AT(in, place) == largest;
        const vector share = is_mean ? left : SELECT(chosen, left, (vector){0});
        AT(in_gradient, place) += share;
        if (!is_mean) left = SELECT(chosen, (vector){0}, left);
      }
    }
    in += w->from_channel * lanes, in_gradient += w->from_channel * lanes;
    out += w->place_channel * lanes, gradient += w->place_channel * lanes;
  }
}

WIDE void advlab_lane_rectify(const float *values, float *gradient, long count) {
  for (long place = 0; place < count; place++)
    AT(gradient, place) = SELECT(CONST_AT(values, place) > 0, AT(gradient, place), (vector){0});
}

// Rows i and i + s exchange the blocks of s columns that are not on the diagonal.
#define EXCHANGE(s, low, high) \
  for (long i = 0; i < lanes; i++) \
    if (!(i & s)) { \
      const vector a = rows[i], b = rows[i + s]; \
      rows[i] = __builtin_shufflevector(a, b, low); \
      rows[i + s] = __builtin_shufflevector(a, b, high); \
    }
#define LIST(...) __VA_ARGS__

INLINE void transpose(vector rows[lanes]) {
  EXCHANGE(1, LIST(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
           LIST(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
  EXCHANGE(2, LIST(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
           LIST(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
  EXCHANGE(4, LIST(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
           LIST(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
  EXCHANGE(8, LIST(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
           LIST(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
}

WIDE void advlab_lane_load(const float *rows, long count, const int *place, float *vectors) {
  long first = 0;
  for (; first + lanes <= count; first += lanes) {
    vector block[lanes];
    for (long lane = 0; lane < lanes; lane++) block[lane] = *(const vector *)(rows + lane * count + first);
    transpose(block);
    for (long i = 0; i < lanes; i++) AT(vectors, place[first + i]) = block[i];
  }
  for (; first < count; first++)
    for (long lane = 0; lane < lanes; lane++) vectors[(long)place[first] * lanes + lane] = rows[lane * count + first];
}

WIDE void advlab_lane_store(const float *vectors, long count, const int *place, float *rows) {
  long first = 0;
  for (; first + lanes <= count; first += lanes) {
    vector block[lanes];
    for (long i = 0; i < lanes; i++) block[i] = CONST_AT(vectors, place[first + i]);
    transpose(block);
    for (long lane = 0; lane < lanes; lane++) *(vector *)(rows + lane * count + first) = block[lane];
  }
  for (; first < count; first++)
    for (long lane = 0; lane < lanes; lane++) rows[lane * count + first] = vectors[(long)place[first] * lanes + lane];
}
