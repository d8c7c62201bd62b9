#include "doubles.h"

// Batch normalisation of images in blocks of 16 channels. Statistics are in double precision; a channel's scalars are
// added up in their order, image by image, as a plain loop does.

#define WIDEN(floats) __builtin_convertvector(*(const eight *)(floats), octets)
#define NARROW(doubles) __builtin_convertvector(doubles, eight)

typedef float eight __attribute__((vector_size(octet * sizeof(float)), aligned(4)));

// Calls the body for every position of every image of one half of a block; `place` counts floats.
#define EACH_PLACE(s, block, half) \
  for (long example = 0; example < (s)->count; example++) \
    for (long place = (example * (s)->blocks + (block)) * (s)->area * lanes + (half) * octet, \
              end = place + (s)->area * lanes; \
         place < end; place += lanes)

#define EACH_HALF(s) \
  for (long block = 0; block < (s)->blocks; block++) \
    for (long half = 0, channel = block * lanes; half < 2; half++, channel += octet)

WIDE void advlab_channel_sums(const advlab_planes *s, const float *from, double *sums) {
  EACH_HALF(s) {
    octets sum = {0};
    EACH_PLACE(s, block, half) sum += WIDEN(from + place);
    OCTET(sums + channel) = sum;
  }
}

WIDE void advlab_channel_squares(const advlab_planes *s, const float *from, const double *centres, double *squares) {
  EACH_HALF(s) {
    const octets centre = CONST_OCTET(centres + channel);
    octets sum = {0};
    EACH_PLACE(s, block, half) {
      const octets deviation = WIDEN(from + place) - centre, square = deviation * deviation;
      sum += square;
    }
    OCTET(squares + channel) = sum;
  }
}

WIDE void advlab_normalise(
    const advlab_planes *s, const float *from, const advlab_moments *m, const float *scales, const float *shifts,
    int rectifies, float *to) {
  EACH_HALF(s) {
    const octets centre = CONST_OCTET(m->centres + channel), inverse = CONST_OCTET(m->inverses + channel);
    const eight scale = *(const eight *)(scales + channel), shift = *(const eight *)(shifts + channel);
    EACH_PLACE(s, block, half) {
      const octets value = (WIDEN(from + place) - centre) * inverse;
      eight result = NARROW(value) * scale + shift;
      if (rectifies)
        for (long lane = 0; lane < octet; lane++) result[lane] = result[lane] <= 0 ? 0 : result[lane];
      *(eight *)(to + place) = result;
    }
  }
}

WIDE void advlab_normalise_sums(
    const advlab_planes *s, const float *gradient, const float *from, const advlab_moments *m, double *sums,
    double *products) {
  EACH_HALF(s) {
    const octets centre = CONST_OCTET(m->centres + channel), inverse = CONST_OCTET(m->inverses + channel);
    octets sum = {0}, product = {0};
    EACH_PLACE(s, block, half) {
      const octets value = (WIDEN(from + place) - centre) * inverse, incoming = WIDEN(gradient + place);
      const eight normalised = NARROW(value);
      sum += incoming;
      product += incoming * WIDEN(&normalised);
    }
    OCTET(sums + channel) = sum;
    OCTET(products + channel) = product;
  }
}

WIDE void advlab_normalise_back(
    const advlab_planes *s, const float *gradient, const float *from, const advlab_moments *m, const double *means,
    const double *products, const double *factors, float *to) {
  EACH_HALF(s) {
    const octets centre = CONST_OCTET(m->centres + channel), inverse = CONST_OCTET(m->inverses + channel);
    const octets mean = CONST_OCTET(means + channel), product = CONST_OCTET(products + channel);
    const octets factor = CONST_OCTET(factors + channel);
    EACH_PLACE(s, block, half) {
      const octets value = (WIDEN(from + place) - centre) * inverse;
      const eight normalised = NARROW(value);
      const octets result = (WIDEN(gradient + place) - mean - WIDEN(&normalised) * product) * factor;
      *(eight *)(to + place) = NARROW(result);
    }
  }
}

WIDE void advlab_affine(
    const advlab_planes *s, const float *from, const float *scales, const float *shifts, int rectifies, float *to) {
  for (long plane = 0; plane < s->count * s->blocks; plane++) {
    const long channel = plane % s->blocks * lanes;
    const vector scale = CONST_VECTOR(scales + channel);
    const vector shift = shifts ? CONST_VECTOR(shifts + channel) : (vector){0};
    for (long place = plane * s->area * lanes; place < (plane + 1) * s->area * lanes; place += lanes) {
      const vector value = CONST_VECTOR(from + place) * scale + shift;
      VECTOR(to + place) = rectifies ? SELECT(value <= 0, (vector){0}, value) : value;
    }
  }
}
