#include "few_channel.h"
#include "transposition.h"

// A vector holds 16 pixels of a row. The gradient at the output is first laid out as a plane for each channel, with
// zeros around it; then every channel adds its products to the pixels of some rows, whose sums stay in registers: of up
// to `tall` rows, and of 4 where there are 16 registers of half the width.
enum { tall = 16, most_steps = 5, maximum_kernel = ADVLAB_MAXIMUM_KERNEL };

static long smaller(long a, long b) { return a < b ? a : b; }

static long floor_quotient(long a, long b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// Positions before the first and after the last one of the output that pixels read; there are zeros.
static long halo_before(const advlab_axis *axis) {
  return larger(0, -floor_quotient(axis->padding - (axis->kernel - 1) * axis->dilation, axis->stride));
}

static long halo_behind(const advlab_axis *axis) {
  return larger(0, floor_quotient(axis->input - 1 + axis->padding, axis->stride) - axis->output + 1);
}

static long padded_rows(const advlab_convolution *c) {
  return halo_before(&c->rows) + c->rows.output + halo_behind(&c->rows) + tall - 1;
}

static long padded_columns(const advlab_convolution *c) {
  const long read = c->columns.output + halo_behind(&c->columns) + lanes - 1;
  return halo_before(&c->columns) + larger(read, whole_vectors(c->columns.output));
}

// An odd number of vectors: planes at distances of powers of two would compete for a few sets of the cache.
static long plane_of(const advlab_convolution *c) {
  return (whole_vectors(padded_rows(c) * padded_columns(c)) / lanes | 1) * lanes;
}

static long planes_of(const advlab_convolution *c) { return whole_vectors(c->outputs); }

static long planes_size(const advlab_convolution *c) { return planes_of(c) * plane_of(c); }

long advlab_few_channel_scratch(const advlab_convolution *c) {
  return advlab_makes_patches(c) ? advlab_patch_scratch(c) : planes_size(c);
}

// `count` positions of 16 channels, to as many places of 16 planes and zeros up to a whole vector.
INLINE void spread_row(const channel_row *row, long count, const int parts, float *to, long plane) {
  for (long first = 0; first < count; first += lanes) {
    vector rows[lanes];
    UNROLLED for (long i = 0; i < lanes; i++) {
      rows[i] = (vector){0};
      if (first + i < count) load_gated(row, first + i, parts, &rows[i]);
    }
    store_transposed(rows, to + first, plane, lanes);
  }
}

// The gradient at the output of one image, into the planes.
INLINE void spread(const advlab_convolution *c, const advlab_blocked_gradient *g, long example, float *planes) {
  float *inner = planes + halo_before(&c->rows) * padded_columns(c) + halo_before(&c->columns);
  for (long block = 0; block < planes_of(c) / lanes; block++)
    for (long y = 0; y < c->rows.output; y++) {
      const channel_row row = row_of(c, g, example, block, y);
      float *to = inner + block * lanes * plane_of(c) + y * padded_columns(c);
      switch (row.parts) {
        case whole_block: spread_row(&row, c->columns.output, whole_block, to, plane_of(c)); break;
        case low_half: spread_row(&row, c->columns.output, low_half, to, plane_of(c)); break;
        default: spread_row(&row, c->columns.output, both_halves, to, plane_of(c));
      }
    }
}

// The taps of the kernel that reach the pixels `phase`, `phase + stride`, … of one axis. Each has its index in the kernel,
// and the position in a plane that belongs to the first of these pixels; the next pixel has the next position.
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

// What the sums of one phase of the pixels of one channel read.
typedef struct {
  taps down, across;
  const float *planes, *weights;  // Weights of this channel: [O, KH, KW], those of one O `filter` floats apart.
  long channels, plane, width, filter, kernel_width;
} phase;

// The sums of 16 pixels of `rows` rows, the first of which is row `line` of the phase. Where `steps` is not 0, there are
// so many taps down, each one row above the one before it, and every row is read once for all of them.
INLINE void sum_rows(const phase *p, long line, long first, vector *sums, const long rows, const long steps) {
  vector total[tall];
  UNROLLED for (long row = 0; row < rows; row++) total[row] = (vector){0};
  const long width = p->width, last = p->down.count - 1;
  for (long channel = 0; channel < p->channels; channel++)
    for (long j = 0; j < p->across.count; j++) {
      const float *from = p->planes + channel * p->plane + line * width + p->across.met[j].place + first;
      const float *weights = p->weights + channel * p->filter + p->across.met[j].tap;
      if (steps == 0) {
        for (long i = 0; i <= last; i++)
          UNROLLED for (long row = 0; row < rows; row++)
            total[row] += CONST_VECTOR(from + (p->down.met[i].place + row) * width) *
                         weights[p->down.met[i].tap * p->kernel_width];
        continue;
      }
      from += p->down.met[last].place * width;
      vector factors[most_steps];
      UNROLLED for (long i = 0; i < steps; i++)
        factors[i] = (vector){0} + weights[p->down.met[last - i].tap * p->kernel_width];
      UNROLLED for (long y = 0; y < rows + steps - 1; y++) {
        const vector values = CONST_VECTOR(from);
        from += width;
        // Otherwise all addresses are computed beforehand, and there are not enough registers for them.
        __asm__("" : "+r"(from));
        UNROLLED for (long i = 0; i < steps; i++)
          if (y - i >= 0 && y - i < rows) total[y - i] += values * factors[i];
      }
    }
  UNROLLED for (long row = 0; row < rows; row++) sums[row] = total[row];
}

// Whether every tap down is one row above the one before it.
static int is_stepwise(const taps *down) {
  for (long i = 1; i < down->count; i++)
    if (down->met[i].place != down->met[i - 1].place - 1) return 0;
  return 1;
}

INLINE void sum_phase(const phase *p, long line, long first, vector *sums, const long rows) {
  switch (is_stepwise(&p->down) ? p->down.count : 0) {
    case 1: sum_rows(p, line, first, sums, rows, 1); break;
    case 2: sum_rows(p, line, first, sums, rows, 2); break;
    case 3: sum_rows(p, line, first, sums, rows, 3); break;
    case 4: sum_rows(p, line, first, sums, rows, 4); break;
    case 5: sum_rows(p, line, first, sums, rows, 5); break;
    default: sum_rows(p, line, first, sums, rows, 0);
  }
}

// Up to 16 pixels, `step` apart.
INLINE void store_pixels(const vector *sums, float *pixels, long count, long step) {
  if (step == 1 && count >= lanes) {
    VECTOR(pixels) = *sums;
    return;
  }
  float values[lanes];
  VECTOR(values) = *sums;
  for (long i = 0; i < smaller(count, lanes); i++) pixels[i * step] = values[i];
}

// The pixels of a row of which every other one is in `odd`.
INLINE void store_interleaved(const vector *even, const vector *odd, float *pixels, long count) {
  const vector low = __builtin_shufflevector(*even, *odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const vector high = __builtin_shufflevector(*even, *odd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  store_pixels(&low, pixels, count, 1);
  store_pixels(&high, pixels + lanes, count - lanes, 1);
}

// Of the rows `top`, `top + stride`, …
static long lines_of(const advlab_axis *rows, long top) {
  return (rows->input - top + rows->stride - 1) / rows->stride;
}

// The pixels of one channel in the rows `top`, `top + stride`, …
INLINE void gradient_of_rows(
    const advlab_convolution *c, const float *planes, const float *weights, long top, float *pixels, const long rows) {
  const long step = c->columns.stride, columns = c->columns.input, filter = c->rows.kernel * c->columns.kernel;
  phase p = {
      .down = taps_of(&c->rows, top), .planes = planes, .weights = weights, .channels = c->outputs,
      .plane = plane_of(c), .width = padded_columns(c), .filter = c->inputs * filter, .kernel_width = c->columns.kernel};
  const long lines = lines_of(&c->rows, top);
  for (long line = 0; line < lines; line += rows)
    for (long first = 0; first * step < columns; first += lanes) {
      vector sums[tall], even[tall];
      for (long left = 0; left < smaller(step, columns); left++) {
        p.across = taps_of(&c->columns, left);
        sum_phase(&p, line, first, sums, rows);
        for (long row = 0; row < smaller(rows, lines - line); row++) {
          float *to = pixels + (top + (line + row) * c->rows.stride) * columns + first * step;
          const long count = columns - first * step;
          if (step != 2)
            store_pixels(&sums[row], to + left, (count - left + step - 1) / step, step);
          else if (left == 0)
            even[row] = sums[row];
          else
            store_interleaved(&even[row], &sums[row], to, count);
        }
      }
    }
}

INLINE void gradients(
    const advlab_convolution *c, const advlab_blocked_gradient *gradient, const float *weights, float *scratch,
    float *images, long count, const long rows) {
  const long image = c->rows.input * c->columns.input, filter = c->rows.kernel * c->columns.kernel;
  memset(scratch, 0, planes_size(c) * sizeof(float));
  for (long example = 0; example < count; example++) {
    spread(c, gradient, example, scratch);
    for (long channel = 0; channel < c->inputs; channel++)
      for (long top = 0; top < smaller(c->rows.stride, c->rows.input); top++)
        gradient_of_rows(
            c, scratch, weights + channel * filter, top, images + (example * c->inputs + channel) * image, rows);
  }
}

WIDE void advlab_few_channel_gradient(
    const advlab_convolution *c, const advlab_blocked_gradient *gradient, const float *weights, float *scratch,
    float *images, long count) {
  if (advlab_makes_patches(c))
    advlab_patch_gradient(c, gradient, weights, scratch, images, count);
  else if (!has_32_registers())
    gradients(c, gradient, weights, scratch, images, count, 4);
  else if (fewer_in_fourteens(lines_of(&c->rows, 0)))
    gradients(c, gradient, weights, scratch, images, count, 14);
  else
    gradients(c, gradient, weights, scratch, images, count, tall);
}
