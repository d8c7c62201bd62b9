#include "vectors.h"

// Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308). F(4×4, 5×5): a tile of 8×8 pixels gives 4×4 pixels
// of the output by 64 products instead of 400. F(4×4, 3×3): a tile of 6×6, 36 products instead of 144. The polynomials
// are interpolated at 0, ±1, ±2, ±1/2 and infinity, or at 0, ±1, 2, −1/2 and infinity, which have the smallest rounding
// error of the points that were tried. A vector holds 16 channels, as in oneDNN's blocked layout.
enum { step = 4, largest_kernel = 5, largest_side = 8 };

// Tiles processed together, for two blocks of outputs at a time: 28 sums and their factors fill the registers.
enum { group = 14, pair = 2 * lanes };

INLINE long side_of(const long kernel) { return kernel + step - 1; }

INLINE long points_of(const long kernel) { return side_of(kernel) * side_of(kernel); }

INLINE long inputs_of(const advlab_winograd *c) { return c->input_blocks * lanes; }

// Channels of the output, rounded up to pairs of blocks.
INLINE long outputs_of(const advlab_winograd *c) { return (c->output_blocks + 1) / 2 * pair; }

// The distance in floats from the values of one interpolation point to those of the next. It includes one unused
// vector, because planes at distances of powers of two would compete for a few sets of the cache.
INLINE long point_stride(long channels) { return group * channels + lanes; }

long advlab_winograd_scratch(const advlab_winograd *c) {
  return points_of(c->kernel) * (point_stride(inputs_of(c)) + point_stride(outputs_of(c)));
}

long advlab_winograd_weights(const advlab_winograd *c) {
  return points_of(c->kernel) * inputs_of(c) * outputs_of(c);
}

static void transform_weights_5(const float g[5], float u[8]) {
  const float even = g[0] + g[2] + g[4], odd = g[1] + g[3];
  const float even2 = g[0] + 4 * g[2] + 16 * g[4], odd2 = 2 * g[1] + 8 * g[3];
  const float even_half = 16 * g[0] + 4 * g[2] + g[4], odd_half = 8 * g[1] + 2 * g[3];
  u[0] = g[0];
  u[1] = (even + odd) * (-2.0f / 9);
  u[2] = (even - odd) * (-2.0f / 9);
  u[3] = (even2 + odd2) * (1.0f / 90);
  u[4] = (even2 - odd2) * (1.0f / 90);
  u[5] = (even_half + odd_half) * (2.0f / 45);
  u[6] = (even_half - odd_half) * (2.0f / 45);
  u[7] = g[4];
}

static void transform_weights_3(const float g[3], float u[6]) {
  u[0] = g[0];
  u[1] = (g[0] + g[1] + g[2]) * (-1.0f / 3);
  u[2] = (g[0] - g[1] + g[2]) * (1.0f / 3);
  u[3] = (g[0] + 2 * g[1] + 4 * g[2]) * (1.0f / 15);
  u[4] = (-16 * g[0] + 8 * g[1] - 4 * g[2]) * (1.0f / 15);
  u[5] = g[2];
}

// Transforms one filter for one pair of channels; `distance` is that from one interpolation point to the next.
static void pack_filter(const long kernel, const float *filter, float *to, long distance) {
  float rows[largest_kernel][largest_side], column[largest_kernel], transformed[largest_side];
  void (*transform)(const float *, float *) = kernel == 5 ? transform_weights_5 : transform_weights_3;
  for (long y = 0; y < kernel; y++) transform(filter + y * kernel, rows[y]);
  for (long x = 0; x < side_of(kernel); x++) {
    for (long y = 0; y < kernel; y++) column[y] = rows[y][x];
    transform(column, transformed);
    for (long y = 0; y < side_of(kernel); y++) to[(y * side_of(kernel) + x) * distance] = transformed[y];
  }
}

void advlab_winograd_pack(const advlab_winograd *c, const float *weights, int is_backward, float *packed) {
  const long inputs = inputs_of(c), outputs = outputs_of(c), real = c->output_blocks * lanes;
  const long taps = c->kernel * c->kernel;
  // In the packed weights, neighbouring outputs lie side by side.
  for (long first = 0; first < outputs; first += pair)
    for (long input = 0; input < inputs; input++)
      for (long output = first; output < first + pair; output++) {
        float filter[largest_kernel * largest_kernel] = {0};
        const float *from = weights + (is_backward ? input * real + output : output * inputs + input) * taps;
        for (long tap = 0; tap < taps && output < real; tap++) filter[tap] = from[is_backward ? taps - 1 - tap : tap];
        pack_filter(c->kernel, filter, packed + first * inputs + input * pair + output - first, inputs * outputs);
      }
}

INLINE void transform_input(const long kernel, const vector *d, vector *v) {
  if (kernel == 3) {
    v[0] = d[0] - 2 * d[2] + d[4] + 1.5f * (d[1] - d[3]);
    v[1] = d[4] - d[1] - 2.5f * d[2] - 0.5f * d[3];
    v[2] = d[4] + d[1] + 0.5f * d[2] - 2.5f * d[3];
    v[3] = d[4] - d[2] + 0.5f * (d[3] - d[1]);
    v[4] = d[4] - d[2] + 2 * (d[1] - d[3]);
    v[5] = d[1] - 2 * d[3] + d[5] + 1.5f * (d[2] - d[4]);
    return;
  }
  const vector even = d[2] + d[6] - 4.25f * d[4], odd = d[1] + d[5] - 4.25f * d[3];
  const vector even2 = d[6] + 0.25f * d[2] - 1.25f * d[4], odd2 = 0.5f * d[1] - 2.5f * d[3] + 2 * d[5];
  const vector even_half = d[6] + 4 * d[2] - 5 * d[4], odd_half = 2 * d[1] - 2.5f * d[3] + 0.5f * d[5];
  v[0] = d[0] - d[6] + 5.25f * (d[4] - d[2]);
  v[1] = even + odd;
  v[2] = even - odd;
  v[3] = even2 + odd2;
  v[4] = even2 - odd2;
  v[5] = even_half + odd_half;
  v[6] = even_half - odd_half;
  v[7] = d[7] - d[1] + 5.25f * (d[3] - d[5]);
}

INLINE void transform_output(const long kernel, const vector *m, vector y[step]) {
  const vector even = m[1] + m[2], odd = m[1] - m[2];
  if (kernel == 3) {
    y[0] = m[0] + even + m[3] + m[4];
    y[1] = odd + 2 * m[3] - 0.5f * m[4];
    y[2] = even + 4 * m[3] + 0.25f * m[4];
    y[3] = odd + 8 * m[3] - 0.125f * m[4] + m[5];
    return;
  }
  const vector even2 = m[3] + m[4], even_half = m[5] + m[6], odd2 = m[3] - m[4], odd_half = m[5] - m[6];
  y[0] = m[0] + even + even2 + even_half;
  y[1] = odd + 2 * odd2 + 0.5f * odd_half;
  y[2] = even + 4 * even2 + 0.25f * even_half;
  y[3] = odd + 8 * odd2 + 0.125f * odd_half + m[7];
}

typedef struct {
  long image, row, column;  // The latter two count pixels of the output.
} tile;

// One block of channels of a tile, with zeros beyond the image.
INLINE void load_tile(
    const advlab_winograd *c, const long kernel, const float *in, tile at, long block, float *values) {
  const long side = side_of(kernel);
  const long top = at.row - c->top, left = at.column - c->left, distance = point_stride(inputs_of(c));
  const float *plane = in + (at.image * c->input_blocks + block) * c->height * c->width * lanes;
  const int is_inside = top >= 0 && left >= 0 && top + side <= c->height && left + side <= c->width;
  vector columns[largest_side][largest_side], line[largest_side], transformed[largest_side];
  for (long x = 0; x < side; x++) {
    for (long y = 0; y < side; y++) {
      const long row = top + y, column = left + x;
      const int is_there = is_inside || (row >= 0 && row < c->height && column >= 0 && column < c->width);
      line[y] = is_there ? CONST_VECTOR(plane + (row * c->width + column) * lanes) : (vector){0};
    }
    transform_input(kernel, line, transformed);
    for (long y = 0; y < side; y++) columns[y][x] = transformed[y];
  }
  for (long y = 0; y < side; y++) {
    transform_input(kernel, columns[y], transformed);
    for (long x = 0; x < side; x++) VECTOR(values + (y * side + x) * distance) = transformed[x];
  }
}

// One block of channels of a tile's output.
INLINE void store_tile(
    const advlab_winograd *c, const long kernel, const float *products, tile at, long block, const float *biases,
    int rectifies, float *out) {
  const long side = side_of(kernel);
  const long distance = point_stride(outputs_of(c));
  const vector bias = biases ? CONST_VECTOR(biases + block * lanes) : (vector){0};
  float *plane = out + (at.image * c->output_blocks + block) * c->output_height * c->output_width * lanes;
  vector rows[largest_side][step], line[largest_side], transformed[step];
  for (long y = 0; y < side; y++) {
    for (long x = 0; x < side; x++) line[x] = CONST_VECTOR(products + (y * side + x) * distance);
    transform_output(kernel, line, rows[y]);
  }
  for (long x = 0; x < step && at.column + x < c->output_width; x++) {
    for (long y = 0; y < side; y++) line[y] = rows[y][x];
    transform_output(kernel, line, transformed);
    for (long y = 0; y < step && at.row + y < c->output_height; y++) {
      const vector value = transformed[y] + bias;
      // A NaN is not below zero and stays.
      VECTOR(plane + ((at.row + y) * c->output_width + at.column + x) * lanes) =
          rectifies ? SELECT(value <= 0, (vector){0}, value) : value;
    }
  }
}

// The products of a group of tiles with a pair of blocks of outputs, at one point.
INLINE void multiply(const float *values, const float *weights, const long inputs, float *products, long outputs) {
  vector sums[group][2] = {0};
  for (long input = 0; input < inputs; input++) {
    const vector low = CONST_VECTOR(weights + input * pair), high = CONST_VECTOR(weights + input * pair + lanes);
    UNROLLED for (long i = 0; i < group; i++) {
      const float value = values[i * inputs + input];
      sums[i][0] += value * low;
      sums[i][1] += value * high;
    }
  }
  UNROLLED for (long i = 0; i < group; i++) {
    VECTOR(products + i * outputs) = sums[i][0];
    VECTOR(products + i * outputs + lanes) = sums[i][1];
  }
}

INLINE void multiply_all(
    const long points, const float *values, const float *weights, const long inputs, float *products, long outputs) {
  for (long point = 0; point < points; point++)
    for (long output = 0; output < outputs; output += pair)
      multiply(
          values + point * point_stride(inputs), weights + (point * outputs + output) * inputs, inputs,
          products + point * point_stride(outputs) + output, outputs);
}

INLINE void convolve(
    const advlab_winograd *c, const long kernel, const float *in, const float *weights, const float *biases,
    int rectifies, float *scratch, float *out, long count) {
  const long across = (c->output_width + step - 1) / step, down = (c->output_height + step - 1) / step;
  const long total = count * down * across, inputs = inputs_of(c), outputs = outputs_of(c), points = points_of(kernel);
  float *values = scratch, *products = scratch + points * point_stride(inputs);
  for (long first = 0; first < total; first += group) {
    const long here = total - first < group ? total - first : group;
    tile at[group];
    for (long i = 0; i < here; i++) {
      const long number = first + i;
      at[i] = (tile){number / across / down, number / across % down * step, number % across * step};
      for (long block = 0; block < c->input_blocks; block++)
        load_tile(c, kernel, in, at[i], block, values + i * inputs + block * lanes);
    }
    // A last group that is not full keeps values of an earlier one, whose products are not used. A number of channels
    // that is known at compile time takes fewer instructions.
    switch (inputs) {
      case 32: multiply_all(points, values, weights, 32, products, outputs); break;
      case 64: multiply_all(points, values, weights, 64, products, outputs); break;
      case 128: multiply_all(points, values, weights, 128, products, outputs); break;
      default: multiply_all(points, values, weights, inputs, products, outputs);
    }
    for (long i = 0; i < here; i++)
      for (long block = 0; block < c->output_blocks; block++)
        store_tile(c, kernel, products + i * outputs + block * lanes, at[i], block, biases, rectifies, out);
  }
}

WIDE void advlab_winograd_convolve(
    const advlab_winograd *c, const float *in, const float *weights, const float *biases, int rectifies, float *scratch,
    float *out, long count) {
  if (c->kernel == 5)
    convolve(c, 5, in, weights, biases, rectifies, scratch, out, count);
  else
    convolve(c, 3, in, weights, biases, rectifies, scratch, out, count);
}
