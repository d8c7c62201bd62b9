#include <string.h>

#include "vectors.h"

// Max-pooling in oneDNN's blocked layouts, of 16 or 8 channels.

static long floor_of(long a, long b) { return a < b ? a : b; }

static long ceiling_of(long a, long b) { return a > b ? a : b; }

// The taps of a window along one axis that lie inside the image.
typedef struct {
  long place, first, end;
} span;

INLINE span span_of(const advlab_axis *axis, long output) {
  const long place = output * axis->stride - axis->padding;
  return (span){place, ceiling_of(0, -place), floor_of(axis->kernel, axis->input - place)};
}

typedef unsigned char bytes __attribute__((vector_size(lanes), aligned(1)));
typedef unsigned char eight_bytes __attribute__((vector_size(lanes / 2), aligned(1)));

#define PART vector
#define PART_MASK mask
#define PART_BYTES bytes
#define NAMED(name) name##_16
#include "pooling_blocks.h"
#undef PART
#undef PART_MASK
#undef PART_BYTES
#undef NAMED
#define PART eight
#define PART_MASK eight_mask
#define PART_BYTES eight_bytes
#define NAMED(name) name##_8
#include "pooling_blocks.h"

WIDE void advlab_pool(const advlab_windows *w, const float *in, float *out, unsigned char *maxima, long blocks) {
  const long image = w->rows.input * w->columns.input * w->width, plane = w->rows.output * w->columns.output * w->width;
  for (long block = 0; block < blocks; block++) {
    unsigned char *found = maxima ? maxima + block * plane : 0;
    if (w->width == 8)
      pool_8(w, in + block * image, out + block * plane, found);
    else
      pool_16(w, in + block * image, out + block * plane, found);
  }
}

WIDE void advlab_unpool(
    const advlab_windows *w, const float *gradient, const unsigned char *maxima, const float *gates, float *in_gradient,
    long blocks) {
  const long image = w->rows.input * w->columns.input * w->width, plane = w->rows.output * w->columns.output * w->width;
  for (long block = 0; block < blocks; block++) {
    const float *open = gates ? gates + block * plane : 0;
    if (w->width == 8)
      unpool_8(w, gradient + block * plane, maxima + block * plane, open, in_gradient + block * image);
    else
      unpool_16(w, gradient + block * plane, maxima + block * plane, open, in_gradient + block * image);
  }
}
