#include "doubles.h"

// Batch normalisation of images in blocks of 16 channels. Statistics are in double precision; a channel's scalars are
// added up in their order, image by image, as a plain loop does.

#define WIDEN(floats) __builtin_convertvector(*(const eight *)(floats), octets)

// The two halves of a block of channels, which are read together: a line of the cache is a whole block.
#define EACH_HALF UNROLLED for (long half = 0, low = 0; half < 2; half++, low += octet)

// Calls the body for every position of every image of a block; `place` counts floats.
#define EACH_PLACE(s, block) \
  for (long example = 0; example < (s)->count; example++) \
    for (long place = (example * (s)->blocks + (block)) * (s)->area * lanes, end = place + (s)->area * lanes; \
         place < end; place += lanes)

WIDE void advlab_channel_sums(const advlab_planes *s, const float *from, double *sums) {
  for (long block = 0; block < s->blocks; block++) {
    octets sum[2] = {{0}};
    EACH_PLACE(s, block) EACH_HALF sum[half] += WIDEN(from + place + low);
    EACH_HALF OCTET(sums + block * lanes + low) = sum[half];
  }
}

WIDE void advlab_channel_squares(const advlab_planes *s, const float *from, const double *centres, double *squares) {
  for (long block = 0; block < s->blocks; block++) {
    octets centre[2], sum[2] = {{0}};
    EACH_HALF centre[half] = CONST_OCTET(centres + block * lanes + low);
    EACH_PLACE(s, block) EACH_HALF {
      const octets deviation = WIDEN(from + place + low) - centre[half], square = deviation * deviation;
      sum[half] += square;
    }
    EACH_HALF OCTET(squares + block * lanes + low) = sum[half];
  }
}

WIDE void advlab_normalise(
    const advlab_planes *s, const float *from, const advlab_moments *m, const float *scales, const float *shifts,
    int rectifies, unsigned char *signs, float *to) {
  const int streams = is_streamed(to, s->count * s->blocks * s->area * lanes);
  for (long block = 0; block < s->blocks; block++) {
    octets centre[2], inverse[2];
    EACH_HALF {
      centre[half] = CONST_OCTET(m->centres + block * lanes + low);
      inverse[half] = CONST_OCTET(m->inverses + block * lanes + low);
    }
    const vector scale = CONST_VECTOR(scales + block * lanes), shift = CONST_VECTOR(shifts + block * lanes);
    EACH_PLACE(s, block) {
      vector value;
      EACH_HALF {
        const octets normalised = (WIDEN(from + place + low) - centre[half]) * inverse[half];
        ((eight *)&value)[half] = __builtin_convertvector(normalised, eight);
      }
      value = value * scale + shift;
      store_result(&value, to, place, rectifies, signs, streams);
    }
  }
  if (streams) end_of_streams();
}

WIDE void advlab_normalise_sums(
    const advlab_planes *s, const float *gradient, const float *from, const advlab_moments *m, double *sums,
    double *products) {
  for (long block = 0; block < s->blocks; block++) {
    octets centre[2], inverse[2], sum[2] = {{0}}, product[2] = {{0}};
    EACH_HALF {
      centre[half] = CONST_OCTET(m->centres + block * lanes + low);
      inverse[half] = CONST_OCTET(m->inverses + block * lanes + low);
    }
    EACH_PLACE(s, block) EACH_HALF {
      const octets value = (WIDEN(from + place + low) - centre[half]) * inverse[half];
      const octets incoming = WIDEN(gradient + place + low);
      const eight normalised = __builtin_convertvector(value, eight);
      sum[half] += incoming;
      product[half] += incoming * WIDEN(&normalised);
    }
    EACH_HALF {
      OCTET(sums + block * lanes + low) = sum[half];
      OCTET(products + block * lanes + low) = product[half];
    }
  }
}

WIDE void advlab_normalise_back(
    const advlab_planes *s, const float *gradient, const float *from, const advlab_moments *m, const double *means,
    const double *products, const double *factors, float *to) {
  const int streams = is_streamed(to, s->count * s->blocks * s->area * lanes);
  for (long block = 0; block < s->blocks; block++) {
    octets centre[2], inverse[2], mean[2], product[2], factor[2];
    EACH_HALF {
      centre[half] = CONST_OCTET(m->centres + block * lanes + low);
      inverse[half] = CONST_OCTET(m->inverses + block * lanes + low);
      mean[half] = CONST_OCTET(means + block * lanes + low);
      product[half] = CONST_OCTET(products + block * lanes + low);
      factor[half] = CONST_OCTET(factors + block * lanes + low);
    }
    EACH_PLACE(s, block) {
      vector result;
      EACH_HALF {
        const octets value = (WIDEN(from + place + low) - centre[half]) * inverse[half];
        const eight normalised = __builtin_convertvector(value, eight);
        const octets incoming = WIDEN(gradient + place + low);
        ((eight *)&result)[half] =
            __builtin_convertvector((incoming - mean[half] - WIDEN(&normalised) * product[half]) * factor[half], eight);
      }
      store_vector(&result, to + place, streams);
    }
  }
  if (streams) end_of_streams();
}

WIDE void advlab_affine(
    const advlab_planes *s, const float *from, const float *scales, const float *shifts, int rectifies,
    unsigned char *signs, float *to) {
  const int streams = is_streamed(to, s->count * s->blocks * s->area * lanes);
  for (long plane = 0; plane < s->count * s->blocks; plane++) {
    const long channel = plane % s->blocks * lanes;
    const vector scale = CONST_VECTOR(scales + channel);
    const vector shift = shifts ? CONST_VECTOR(shifts + channel) : (vector){0};
    for (long place = plane * s->area * lanes; place < (plane + 1) * s->area * lanes; place += lanes) {
      const vector value = CONST_VECTOR(from + place) * scale + shift;
      store_result(&value, to, place, rectifies, signs, streams);
    }
  }
  if (streams) end_of_streams();
}
