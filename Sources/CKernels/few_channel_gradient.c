#include <string.h>

#include "vectors.h"

// A vector holds 16 channels of the output at one position, as in oneDNN's blocked layout. The products of a pixel are
// summed channel by channel, and the 16 sums are added up at the end, for `group` pixels at once.
enum { group = 8, maximum_kernel = ADVLAB_MAXIMUM_KERNEL };

static long floor_quotient(long a, long b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

static long smaller(long a, long b) { return a < b ? a : b; }

static long larger(long a, long b) { return a > b ? a : b; }

// Positions before the first and after the last one of the output that pixels read; there are zeros.
static long halo_before(const advlab_axis *axis) {
  return larger(0, -floor_quotient(axis->padding - (axis->kernel - 1) * axis->dilation, axis->stride));
}

static long halo_behind(const advlab_axis *axis, long overrun) {
  return larger(0, floor_quotient(axis->input - 1 + axis->padding, axis->stride) - axis->output + 1) + overrun;
}

static long padded_rows(const advlab_convolution *c) {
  return halo_before(&c->rows) + c->rows.output + halo_behind(&c->rows, 0);
}

static long padded_columns(const advlab_convolution *c) {
  return halo_before(&c->columns) + c->columns.output + halo_behind(&c->columns, group - 1);
}

long advlab_few_channel_scratch(const advlab_convolution *c) {
  return c->blocks * padded_rows(c) * padded_columns(c) * lanes;
}

// One block of channels of a row, to every 16th float.
INLINE void copy_block(float *to, const float *values, const float *gates, const long width, long count) {
  if (gates == NULL) {
    for (long place = 0; place < count; place++)
      for (long lane = 0; lane < width; lane++) to[place * lanes + lane] = values[place * width + lane];
    return;
  }
  for (long place = 0; place < count; place++)
    for (long lane = 0; lane < width; lane++)
      to[place * lanes + lane] = gates[place * width + lane] > 0 ? values[place * width + lane] : 0;
}

// A row of 16 channels, which may lie in two blocks; a block that is not there is zero.
INLINE void copy_row(
    const advlab_blocked_gradient *g, long example, long block, long row, const advlab_convolution *c, float *to,
    const long width) {
  const long count = c->columns.output;
  for (long part = 0; part < lanes / width; part++) {
    const long from = block * (lanes / width) + part;
    if (from >= g->blocks) {
      for (long place = 0; place < count; place++) memset(to + place * lanes + part * width, 0, width * sizeof(float));
      continue;
    }
    const long start = ((example * g->blocks + from) * c->rows.output + row) * count * width;
    copy_block(to + part * width, g->values + start, g->gates == NULL ? NULL : g->gates + start, width, count);
  }
}

// Pads the gradient with zeros, so that no pixel has to check its windows against the edges.
INLINE void pad(const advlab_convolution *c, const advlab_blocked_gradient *g, long example, float *padded) {
  const long rows = padded_rows(c), columns = padded_columns(c), top = halo_before(&c->rows);
  const long before = halo_before(&c->columns) * lanes, width = c->columns.output * lanes;
  const long behind = columns * lanes - before - width;
  for (long block = 0; block < c->blocks; block++) {
    for (long row = 0; row < rows; row++, padded += columns * lanes) {
      const long y = row - top;
      if (y < 0 || y >= c->rows.output) {
        memset(padded, 0, columns * lanes * sizeof(float));
        continue;
      }
      memset(padded, 0, before * sizeof(float));
      if (g->width == lanes)
        copy_row(g, example, block, y, c, padded + before, lanes);
      else
        copy_row(g, example, block, y, c, padded + before, lanes / 2);
      memset(padded + before + width, 0, behind * sizeof(float));
    }
  }
}

// Half of each sum of two vectors, side by side: 16 lanes become 8 of `a` and 8 of `b`, and so on down to single sums.
#define FOLD_8(a, b) \
  (__builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) + \
   __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#define FOLD_4(a, b) \
  (__builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) + \
   __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
#define FOLD_2(a, b) \
  (__builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) + \
   __builtin_shufflevector(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31))

INLINE void store_sums(
    const vector sums[group], float *pixels, long count, long step) {
  const vector low = FOLD_4(FOLD_8(sums[0], sums[1]), FOLD_8(sums[2], sums[3]));
  const vector high = FOLD_4(FOLD_8(sums[4], sums[5]), FOLD_8(sums[6], sums[7]));
  const vector pairs = FOLD_2(low, high);
  for (long pixel = 0; pixel < count; pixel++) pixels[pixel * step] = pairs[2 * pixel] + pairs[2 * pixel + 1];
}

// The kernel taps that reach the pixels `phase`, `phase + stride`, … of one axis. Each has its index in the kernel, and
// the position in the padded gradient that belongs to the first of these pixels; the next pixel has the next position.
typedef struct {
  long count;
  struct { long tap, place; } met[maximum_kernel];
} taps;

static taps taps_of(const advlab_axis *axis, long phase) {
  taps found = {0};
  for (long tap = 0; tap < axis->kernel; tap++) {
    const long place = phase + axis->padding - tap * axis->dilation, quotient = floor_quotient(place, axis->stride);
    if (quotient * axis->stride != place) continue;
    found.met[found.count].tap = tap;
    found.met[found.count++].place = quotient + halo_before(axis);
  }
  return found;
}

// The gradient at all pixels of one phase of one channel, `group` pixels of a row at a time; so many `together` that
// their sums stay in registers.
INLINE void gradient_of_phase(
    const advlab_convolution *c, const float *padded, const float *weights, long row, long column, float *pixels,
    const long together) {
  const taps down = taps_of(&c->rows, row), across = taps_of(&c->columns, column);
  const long step = c->columns.stride, width = padded_columns(c), plane = padded_rows(c) * width * lanes;
  const long tap_size = c->inputs * lanes, block_size = c->rows.kernel * c->columns.kernel * tap_size;
  const long count = (c->columns.input - column + step - 1) / step;
  for (long y = row, line = 0; y < c->rows.input; y += c->rows.stride, line++) {
    for (long first = 0; first < count; first += group) {
      vector all[group];
      for (long part = 0; part < group; part += together) {
        vector sums[group] = {0};
        for (long i = 0; i < down.count; i++) {
          const float *from_row = padded + ((down.met[i].place + line) * width + first + part) * lanes;
          const float *weights_row = weights + down.met[i].tap * c->columns.kernel * tap_size;
          for (long j = 0; j < across.count; j++) {
            const float *from = from_row + across.met[j].place * lanes;
            const float *tap = weights_row + across.met[j].tap * tap_size;
            for (long block = 0; block < c->blocks; block++, from += plane, tap += block_size) {
              const vector weight = CONST_VECTOR(tap);
              UNROLLED for (long pixel = 0; pixel < together; pixel++)
                sums[pixel] += CONST_VECTOR(from + pixel * lanes) * weight;
            }
          }
        }
        UNROLLED for (long pixel = 0; pixel < together; pixel++) all[part + pixel] = sums[pixel];
      }
      store_sums(all, pixels + y * c->columns.input + column + first * step, smaller(group, count - first), step);
    }
  }
}

INLINE void gradients(
    const advlab_convolution *c, const advlab_blocked_gradient *gradient, const float *weights, float *scratch,
    float *images, long count, const long together) {
  const long image = c->rows.input * c->columns.input;
  for (long example = 0; example < count; example++) {
    pad(c, gradient, example, scratch);
    for (long channel = 0; channel < c->inputs; channel++)
      for (long row = 0; row < smaller(c->rows.stride, c->rows.input); row++)
        for (long column = 0; column < smaller(c->columns.stride, c->columns.input); column++)
          gradient_of_phase(
              c, scratch, weights + channel * lanes, row, column, images + (example * c->inputs + channel) * image,
              together);
  }
}

WIDE void advlab_few_channel_gradient(
    const advlab_convolution *c, const advlab_blocked_gradient *gradient, const float *weights, float *scratch,
    float *images, long count) {
  if (has_32_registers())
    gradients(c, gradient, weights, scratch, images, count, group);
  else
    gradients(c, gradient, weights, scratch, images, count, group / 2);
}
