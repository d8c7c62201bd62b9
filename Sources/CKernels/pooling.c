#include <string.h>

#include "vectors.h"

// Max-pooling in oneDNN's blocked layouts. The loops over the channels of a block have a length that is known when they
// are compiled, 8 or 16, and become vectors.

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

INLINE void pool_block(
    const advlab_windows *w, const long width, const float *in, float *out, unsigned char *maxima) {
  for (long y = 0; y < w->rows.output; y++) {
    const span down = span_of(&w->rows, y);
    for (long x = 0; x < w->columns.output; x++, out += width) {
      const span across = span_of(&w->columns, x);
      float largest[width];
      int found[width];
      int is_first = 1;
      for (long i = down.first; i < down.end; i++)
        for (long j = across.first; j < across.end; j++, is_first = 0) {
          const float *from = in + ((down.place + i) * w->columns.input + across.place + j) * width;
          const int tap = (int)(i * w->columns.kernel + j);
          if (is_first) {
            for (long lane = 0; lane < width; lane++) largest[lane] = from[lane], found[lane] = tap;
            continue;
          }
          for (long lane = 0; lane < width; lane++) {
            // A NaN is larger than everything.
            const int is_larger = (from[lane] > largest[lane]) | (from[lane] != from[lane]);
            largest[lane] = is_larger ? from[lane] : largest[lane];
            found[lane] = is_larger ? tap : found[lane];
          }
        }
      for (long lane = 0; lane < width; lane++) out[lane] = largest[lane];
      if (!maxima) continue;
      for (long lane = 0; lane < width; lane++) maxima[lane] = (unsigned char)found[lane];
      maxima += width;
    }
  }
}

INLINE void unpool_block(
    const advlab_windows *w, const long width, const float *gradient, const unsigned char *maxima, const float *gates,
    float *in_gradient) {
  memset(in_gradient, 0, w->rows.input * w->columns.input * width * sizeof(float));
  for (long y = 0; y < w->rows.output; y++) {
    const span down = span_of(&w->rows, y);
    for (long x = 0; x < w->columns.output; x++, gradient += width, maxima += width) {
      const span across = span_of(&w->columns, x);
      float passed[width];
      int found[width];
      for (long lane = 0; lane < width; lane++) passed[lane] = gradient[lane], found[lane] = maxima[lane];
      if (gates) {
        for (long lane = 0; lane < width; lane++) passed[lane] = gates[lane] > 0 ? passed[lane] : 0;
        gates += width;
      }
      for (long i = down.first; i < down.end; i++)
        for (long j = across.first; j < across.end; j++) {
          float *to = in_gradient + ((down.place + i) * w->columns.input + across.place + j) * width;
          const int tap = (int)(i * w->columns.kernel + j);
          for (long lane = 0; lane < width; lane++) to[lane] += found[lane] == tap ? passed[lane] : 0;
        }
    }
  }
}

WIDE void advlab_pool(const advlab_windows *w, const float *in, float *out, unsigned char *maxima, long blocks) {
  const long image = w->rows.input * w->columns.input * w->width, plane = w->rows.output * w->columns.output * w->width;
  for (long block = 0; block < blocks; block++) {
    unsigned char *found = maxima ? maxima + block * plane : 0;
    if (w->width == 8)
      pool_block(w, 8, in + block * image, out + block * plane, found);
    else
      pool_block(w, 16, in + block * image, out + block * plane, found);
  }
}

WIDE void advlab_unpool(
    const advlab_windows *w, const float *gradient, const unsigned char *maxima, const float *gates, float *in_gradient,
    long blocks) {
  const long image = w->rows.input * w->columns.input * w->width, plane = w->rows.output * w->columns.output * w->width;
  for (long block = 0; block < blocks; block++) {
    const float *open = gates ? gates + block * plane : 0;
    if (w->width == 8)
      unpool_block(w, 8, gradient + block * plane, maxima + block * plane, open, in_gradient + block * image);
    else
      unpool_block(w, 16, gradient + block * plane, maxima + block * plane, open, in_gradient + block * image);
  }
}
