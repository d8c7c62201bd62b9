#ifndef ADVLAB_CKERNELS_H
#define ADVLAB_CKERNELS_H

#include <malloc.h>

// What is not available in Swift: facts about the process, and SIMD kernels in several vector widths, of which the
// program chooses one when it starts.

/// Makes `free` keep memory for the next `malloc` instead of giving it back to the system.
static inline void advlab_keep_freed_memory(void) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 0x7FFFFFFF);
}

/// The number of arguments of the command line, the program's name included; 0 where it is not known.
int advlab_argument_count(void);

/// An argument of the command line, byte for byte; NULL where there is none.
const char *advlab_argument(int index);

/// The path by which this program was started; NULL where it is not known.
const char *advlab_program_path(void);

/// The commit that was built, where the build was told; else null.
const char *advlab_commit(void);

/// The extensions that this processor has of those that kernels are compiled for, with blanks between; in a buffer of
/// `size` bytes.
void advlab_processor_features(char *to, size_t size);

/// Makes the kernel kill this process when its parent process `parent` ends; ends it at once if the parent has ended
/// already.
void advlab_end_with_parent(int parent);

/// The processors that this process may use, a bit of the 128 bytes for each. Not 0 where they are not known.
int advlab_processors(unsigned char *mask);

/// Runs chains of fused multiply-adds on registers alone for about `rounds` times 16 lanes per chain.
/// Returns the floating-point operations done; `sink` keeps them from being optimised away.
double advlab_multiply_add(long rounds, float *sink);

/// The windows of a convolution along one axis.
typedef struct {
  long input, output, kernel, stride, dilation, padding;
} advlab_axis;

/// The largest kernel along an axis.
enum { ADVLAB_MAXIMUM_KERNEL = 32 };

/// The shape of a convolution whose input gradient is computed.
typedef struct {
  advlab_axis rows, columns;
  long inputs, outputs;  ///< Channels of the image and of the output.
} advlab_convolution;

/// The floats that `advlab_few_channel_gradient` needs as scratch.
long advlab_few_channel_scratch(const advlab_convolution *convolution);

/// A gradient at an output of O channels, [O/width, OH, OW, width] for each image.
typedef struct {
  const float *values;
  const unsigned char *gates;  ///< Signs: where one is 0, the gradient counts as 0; null for none.
  long width;                  ///< 8 or 16 channels in a block.
} advlab_blocked_gradient;

/// The input gradient of a convolution with few input channels, for `count` images of [I, H, W] each, from the gradient
/// at the output, with `weights` [O, I, KH, KW].
void advlab_few_channel_gradient(
    const advlab_convolution *convolution, const advlab_blocked_gradient *gradient, const float *weights, float *scratch,
    float *images, long count);

/// The signs of floats: a bit for each, whether it is above 0, in the order of the floats, the lowest bit of a byte first.
/// The three functions here process `blocks` of 16 floats.
void advlab_signs(const float *from, unsigned char *signs, long blocks);

/// `to = gradient` where the sign is 1, elsewhere 0.
void advlab_gate(const float *gradient, const unsigned char *signs, float *to, long blocks);

/// `to = a + b`; with `rectifies` a ReLU follows. `signs`, which may be NULL, receives the signs of the results.
void advlab_add(const float *a, const float *b, int rectifies, unsigned char *signs, float *to, long blocks);

/// A convolution of 3×3 or 5×5 and stride 1, or of 3×3 or 4×4 and stride 2 with one row and column of zeros before images
/// of even sides, or the input gradient of one, by Winograd's algorithm; channels in blocks of 16. Input and output are
/// those of what is computed: of a gradient the input is the gradient at the convolution's output.
typedef struct {
  long kernel;       ///< 3, 4 or 5.
  long stride;       ///< Of the convolution.
  long is_backward;  ///< Whether it is an input gradient.
  long input_blocks, output_blocks;
  long height, width;  ///< Of the input.
  long top, left;      ///< Zeros before it.
  long output_height, output_width;
} advlab_winograd;

/// The floats that `advlab_winograd_convolve` needs as scratch.
long advlab_winograd_scratch(const advlab_winograd *convolution);

/// What is done to a kernel's results as they are stored, before they leave the registers. Every pointer may be NULL.
typedef struct {
  const float *biases;  ///< Added to each channel.
  /// With `rectifies` a ReLU follows.
  int rectifies;
  /// Signs of rectified values, of the layout of the results: where one is 0, the result is a gradient that becomes 0.
  const unsigned char *gates;
  /// Receives the signs of the results.
  unsigned char *signs;
} advlab_epilogue;

/// Convolves `count` images [I/16, H, W, 16] into [O/16, OH, OW, 16], with the convolution's `weights` [O, I, K, K], which
/// count as multiplied by the `factors` [O] and rounded; these may be NULL.
void advlab_winograd_convolve(
    const advlab_winograd *convolution, const advlab_epilogue *epilogue, const float *in, const float *weights,
    const double *factors, float *scratch, float *out, long count);

/// The floats that `advlab_winograd_gradient` needs as scratch.
long advlab_winograd_gradient_scratch(const advlab_winograd *convolution, long count);

/// The gradient of the weights [O, I, K, K] of a convolution that is not backward, from `count` images and the gradients
/// at its output.
void advlab_winograd_gradient(
    const advlab_winograd *convolution, const float *in, const float *gradient, float *scratch, float *weights,
    long count);

/// Windows of max-pooling over images in blocks of 8 or 16 channels; a window has at most 256 taps, one of them at
/// least inside the image. `dilation` is not used.
typedef struct {
  advlab_axis rows, columns;
  long width;  ///< Channels of a block.
} advlab_windows;

/// The largest of each window, for `blocks` planes [H, W, width] of all images. `maxima`, which may be NULL, receives
/// the tap of each, of which the first counts.
void advlab_pool(const advlab_windows *windows, const float *in, float *out, unsigned char *maxima, long blocks);

/// The gradient at the images. `gates` may be NULL; where one is not positive, the gradient is 0.
void advlab_unpool(
    const advlab_windows *windows, const float *gradient, const unsigned char *maxima, const float *gates,
    float *in_gradient, long blocks);

/// `count` images [blocks, area, 16]. Arrays of one number for each channel hold whole blocks.
typedef struct {
  long count, blocks, area;
} advlab_planes;

/// `to = from · scale + shift`, of which the shifts may be NULL; with `rectifies` a ReLU follows. `signs`, which may be
/// NULL, receives the signs of the results.
void advlab_affine(
    const advlab_planes *planes, const float *from, const float *scales, const float *shifts, int rectifies,
    unsigned char *signs, float *to);

/// Mean and inverse standard deviation of each channel.
typedef struct {
  const double *centres, *inverses;
} advlab_moments;

/// The sum of each channel.
void advlab_channel_sums(const advlab_planes *planes, const float *from, double *sums);

/// The sum of the squared deviations of each channel.
void advlab_channel_squares(const advlab_planes *planes, const float *from, const double *centres, double *squares);

/// `to = (from − centre) · inverse · scale + shift`; `rectifies` and `signs` as of `advlab_affine`.
void advlab_normalise(
    const advlab_planes *planes, const float *from, const advlab_moments *moments, const float *scales,
    const float *shifts, int rectifies, unsigned char *signs, float *to);

/// The sums of the gradients of each channel, and those of their products with the normalised scalars.
void advlab_normalise_sums(
    const advlab_planes *planes, const float *gradient, const float *from, const advlab_moments *moments, double *sums,
    double *products);

/// `to = (gradient − mean − normalised · product) · factor`.
void advlab_normalise_back(
    const advlab_planes *planes, const float *gradient, const float *from, const advlab_moments *moments,
    const double *means, const double *products, const double *factors, float *to);

/// One update by Adam's formulas: the numbers that are the same for every scalar.
typedef struct {
  float decay;      ///< The factor of the weights that is added to their gradients.
  float shrinkage;  ///< What the weights are multiplied by before the step.
  float mean_rate, square_kept, square_rate;
  float size, square_scale, epsilon;
} advlab_adam_step;

/// Changes weights, and the running means of their gradients and of the squares of these.
void advlab_adam(
    const advlab_adam_step *step, float *weights, const float *gradient, float *means, float *squares, long count);

// Small networks, 16 examples at a time: a vector holds one scalar of each. Offsets count vectors.

enum { ADVLAB_LANES = 16 };

/// Weighted sums over windows: convolutions, dense layers, and the input gradients of both.
///
///     out[place[p] + filter[q]] = bias[q] + sum over t of weights[q][t] * in[from[p] + tap[t]]
typedef struct {
  long positions, taps, filters;
  const int *from, *place;  ///< Of each position.
  const int *tap;           ///< Of each tap.
  const int *filter;        ///< Of each filter.
  long filter_block;        ///< Filters computed together: 1, 4 or 12.
  const float *weights;     ///< [filters / filter_block, rounded up; taps; filter_block].
  const float *biases;      ///< [filters, rounded up to whole blocks], or NULL for zeros.
} advlab_lane_sums;

/// Computes the sums; with `rectifies` a ReLU follows.
void advlab_lane_sum(const advlab_lane_sums *sums, const float *in, float *out, int rectifies);

/// Pooling windows of one channel, which all lie inside the image.
typedef struct {
  long channels, positions, taps;
  const int *from, *place, *tap;
  long from_channel, place_channel;  ///< From one channel to the next.
} advlab_lane_windows;

/// The largest or the mean of each window.
void advlab_lane_pool(const advlab_lane_windows *windows, const float *in, float *out, int is_mean);

/// Adds each window's gradient to the first of its largest scalars, or an equal share of it to all of them. `in` and
/// `out` are those of the forward pass.
void advlab_lane_unpool(
    const advlab_lane_windows *windows, const float *in, const float *out, const float *gradient, float *in_gradient,
    int is_mean);

/// Sets a gradient to 0 where the rectified value is 0; over `count` vectors.
void advlab_lane_rectify(const float *values, float *gradient, long count);

/// Transposes 16 rows of `count` scalars: scalar i of all rows becomes vector `place[i]`.
void advlab_lane_load(const float *rows, long count, const int *place, float *vectors);

/// Transposes vectors back to 16 rows.
void advlab_lane_store(const float *vectors, long count, const int *place, float *rows);

/// The doubles of a matrix `[terms, columns]` when it is packed.
long advlab_packed_count(long terms, long columns);

/// Packs a row-major matrix `[terms, columns]` in the order in which `advlab_multiply` reads it.
void advlab_pack(const double *matrix, long terms, long columns, double *packed);

/// `out[r][c] = Σ_t rows[r][places[t]] · matrix[t][c]` for `count` rows; rows of `out` are `stride` apart. The terms of
/// a sum are added in their order; of a matrix that `is_finite` those that are 0 in every row are left out.
void advlab_multiply(
    const double *const *rows, long count, const long *places, const double *packed, long terms, long columns,
    int is_finite, double *out, long stride);

/// `to[c][r] = from[r][c]`.
void advlab_transpose(
    const double *from, long from_stride, double *to, long to_stride, long rows, long columns);

/// The positions of `values` [channels, positions] at which a channel is not zero. Returns their number; `found` has
/// room for one more than there are positions.
long advlab_nonzero_positions(const double *values, long channels, long positions, long *found);

/// The channels of some positions of `values` [channels, positions], side by side: `gathered` is [count, channels].
void advlab_gather_positions(
    const double *values, long channels, long positions, const long *places, long count, double *gathered);

/// Adds `products` [count, runs, length] to an image whose channels lie side by side: a window's runs start at its base
/// plus `starts`. A length is a multiple of `channels`, as are bases and starts.
void advlab_add_windows(
    const double *products, const long *bases, long count, const long *starts, long runs, long length, long channels,
    double *image);

/// Adds to each sum `Σ a · (a > 0 ? lower : upper)` over the columns of its row.
void advlab_add_least_values(
    const double *rows, long count, long columns, const double *lower, const double *upper, double *sums);

/// Multiplies each scalar by one of two factors of its column: that for positive scalars or the other.
void advlab_scale_by_sign(
    double *rows, long count, long columns, const double *positive, const double *negative);

#endif
