#include "few_channel.h"
#include "transposition.h"

// Kernels of 3 or 4 rows and columns. The gradient at one position of the output gives a patch of 4 × 4 pixels, the 16
// lanes of a vector: the sum over the channels of their gradient times their weights. Four patches that touch make 16
// pixels in each of 4 rows. Patches that overlap them make 16 more, some columns to the right.
enum { side = 4, most = 16 };

static int is_patch(const advlab_axis *axis) {
  return axis->kernel >= 3 && axis->kernel <= side && axis->dilation == 1;
}

// Where there are 16 registers, multiplying lanes that do not count was slower than the other kernel (3 × 3, by 9 %).
static int counts_enough(const advlab_convolution *c) {
  return has_32_registers() || c->rows.kernel * c->columns.kernel == lanes;
}

int advlab_makes_patches(const advlab_convolution *c) {
  const long stride = c->columns.stride;
  return is_patch(&c->rows) && is_patch(&c->columns) && (stride == 1 || stride == 2 || stride == 4) &&
         counts_enough(c);
}

// The sizes of what the scratch holds.
typedef struct {
  long blocks;          // of 16 channels of the output
  long positions;       // of a row of the output, and those behind it, where zeros are
  long lines, columns;  // of an image with its padding, as far as patches reach
} sizes;

static long reached(const advlab_axis *axis) {
  return larger((axis->output - 1) * axis->stride + side, axis->padding + axis->input);
}

static sizes sizes_of(const advlab_convolution *c) {
  const long columns = whole_vectors(reached(&c->columns));
  return (sizes){
      .blocks = whole_vectors(c->outputs) / lanes, .lines = reached(&c->rows), .columns = columns,
      .positions = larger(columns / c->columns.stride, c->columns.output + most)};
}

static long weights_size(const advlab_convolution *c) { return c->inputs * c->outputs * lanes; }

static long row_size(const sizes *s) { return s->blocks * s->positions * lanes; }

static long patches_size(const sizes *s) { return s->positions * lanes; }

static long image_size(const sizes *s) { return s->lines * s->columns; }

long advlab_patch_scratch(const advlab_convolution *c) {
  const sizes s = sizes_of(c);
  return weights_size(c) + row_size(&s) + patches_size(&s) + c->inputs * image_size(&s);
}

// From [O, I, KH, KW] to [I, O, 4, 4], with zeros where the kernel ends before.
static void spread_weights(const advlab_convolution *c, const float *weights, float *to) {
  for (long output = 0; output < c->outputs; output++)
    for (long input = 0; input < c->inputs; input++)
      for (long y = 0; y < c->rows.kernel; y++, weights += c->columns.kernel)
        memcpy(to + (input * c->outputs + output) * lanes + y * side, weights, c->columns.kernel * sizeof(float));
}

INLINE void load_positions(const channel_row *row, long count, const int parts, float *to) {
  const long width = parts == whole_block ? lanes : lanes / 2;
  for (long x = 0; x < count; x++) {
    // The row after this one: large gradients come from memory, and one row is too short for the processor to see that.
    __builtin_prefetch(row->values + (count + x) * width);
    load_gated(row, x, parts, (vector *)(to + x * lanes));
  }
}

// The gradient at one row of the output: [blocks, positions, 16].
INLINE void load_row(
    const advlab_convolution *c, const sizes *s, const advlab_blocked_gradient *g, long example, long y, float *to) {
  for (long block = 0; block < s->blocks; block++, to += s->positions * lanes) {
    const channel_row row = row_of(c, g, example, block, y);
    switch (row.parts) {
      case whole_block: load_positions(&row, c->columns.output, whole_block, to); break;
      case low_half: load_positions(&row, c->columns.output, low_half, to); break;
      default: load_positions(&row, c->columns.output, both_halves, to);
    }
  }
}

// A patch for each position of a row, from the weights of one input channel; `together` of them stay in registers.
INLINE void make_patches(
    const advlab_convolution *c, const sizes *s, const float *row, const float *weights, float *patches,
    const long together) {
  for (long first = 0; first < c->columns.output; first += together) {
    vector total[most];
    UNROLLED for (long i = 0; i < together; i++) total[i] = (vector){0};
    for (long channel = 0; channel < c->outputs; channel++) {
      const float *factors = row + (channel / lanes * s->positions + first) * lanes + channel % lanes;
      const vector weight = CONST_VECTOR(weights + channel * lanes);
      UNROLLED for (long i = 0; i < together; i++) total[i] += weight * factors[i * lanes];
    }
    UNROLLED for (long i = 0; i < together; i++) VECTOR(patches + (first + i) * lanes) = total[i];
  }
}

#define MOVED_BY_1(a, b) \
  __builtin_shufflevector(a, b, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
#define MOVED_BY_2(a, b) \
  __builtin_shufflevector(a, b, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29)
#define MOVED_BY_3(a, b) \
  __builtin_shufflevector(a, b, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28)

// Adds to 16 pixels of a row what lies `columns` columns to the right, the last of the 16 before it among that.
INLINE void add_moved(const vector *before, const vector *here, const long columns, vector *sum) {
  switch (columns) {
    case 1: *sum += MOVED_BY_1(*before, *here); break;
    case 2: *sum += MOVED_BY_2(*before, *here); break;
    case 3: *sum += MOVED_BY_3(*before, *here); break;
    default: *sum += *here;
  }
}

// Four patches `step` positions apart, as 16 pixels of 4 rows.
INLINE void join(const float *patches, const long step, vector *rows) {
  const vector a = CONST_VECTOR(patches), b = CONST_VECTOR(patches + step * lanes);
  const vector c = CONST_VECTOR(patches + 2 * step * lanes), d = CONST_VECTOR(patches + 3 * step * lanes);
  const vector low = LOW_HALVES(a, b), low2 = LOW_HALVES(c, d);
  const vector high = HIGH_HALVES(a, b), high2 = HIGH_HALVES(c, d);
  rows[0] = EVEN_FOURS(low, low2);
  rows[1] = ODD_FOURS(low, low2);
  rows[2] = EVEN_FOURS(high, high2);
  rows[3] = ODD_FOURS(high, high2);
}

// Adds the patches of a row of the output to 4 lines of the image.
INLINE void add_patches(const sizes *s, const float *patches, float *lines, const long stride) {
  const long step = side / stride;
  vector before[side][side];
  UNROLLED for (long k = 0; k < step; k++) UNROLLED for (long y = 0; y < side; y++) before[k][y] = (vector){0};
  for (long first = 0; first < s->columns; first += lanes) {
    vector sums[side];
    UNROLLED for (long y = 0; y < side; y++) sums[y] = CONST_VECTOR(lines + y * s->columns + first);
    UNROLLED for (long k = 0; k < step; k++) {
      vector rows[side];
      join(patches + (first / stride + k) * lanes, step, rows);
      UNROLLED for (long y = 0; y < side; y++) {
        add_moved(&before[k][y], &rows[y], k * stride, &sums[y]);
        before[k][y] = rows[y];
      }
    }
    UNROLLED for (long y = 0; y < side; y++) VECTOR(lines + y * s->columns + first) = sums[y];
  }
}

// The image without its padding.
static void copy_image(const advlab_convolution *c, const sizes *s, const float *padded, float *image) {
  const float *from = padded + c->rows.padding * s->columns + c->columns.padding;
  for (long y = 0; y < c->rows.input; y++)
    memcpy(image + y * c->columns.input, from + y * s->columns, c->columns.input * sizeof(float));
}

INLINE void gradients(
    const advlab_convolution *c, const advlab_blocked_gradient *gradient, const float *weights, float *scratch,
    float *images, long count, const long together) {
  const sizes s = sizes_of(c);
  float *spread = scratch, *row = spread + weights_size(c), *patches = row + row_size(&s);
  float *padded = patches + patches_size(&s);
  memset(scratch, 0, advlab_patch_scratch(c) * sizeof(float));
  spread_weights(c, weights, spread);
  for (long example = 0; example < count; example++) {
    memset(padded, 0, c->inputs * image_size(&s) * sizeof(float));
    for (long y = 0; y < c->rows.output; y++) {
      load_row(c, &s, gradient, example, y, row);
      for (long input = 0; input < c->inputs; input++) {
        float *lines = padded + input * image_size(&s) + y * c->rows.stride * s.columns;
        make_patches(c, &s, row, spread + input * c->outputs * lanes, patches, together);
        switch (c->columns.stride) {
          case 1: add_patches(&s, patches, lines, 1); break;
          case 2: add_patches(&s, patches, lines, 2); break;
          default: add_patches(&s, patches, lines, 4);
        }
      }
    }
    for (long input = 0; input < c->inputs; input++, images += c->rows.input * c->columns.input)
      copy_image(c, &s, padded + input * image_size(&s), images);
  }
}

WIDE void advlab_patch_gradient(
    const advlab_convolution *c, const advlab_blocked_gradient *gradient, const float *weights, float *scratch,
    float *images, long count) {
  if (!has_32_registers())
    gradients(c, gradient, weights, scratch, images, count, 4);
  else if (fewer_in_fourteens(c->columns.output))
    gradients(c, gradient, weights, scratch, images, count, 14);
  else
    gradients(c, gradient, weights, scratch, images, count, most);
}
