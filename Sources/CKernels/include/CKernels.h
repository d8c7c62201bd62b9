#ifndef ADVLAB_CKERNELS_H
#define ADVLAB_CKERNELS_H

// Small kernels where C pays: code for wide vectors that is chosen when the program starts.

/// Runs chains of fused multiply-adds on registers alone for about `rounds` times 16 instructions per chain.
/// Returns the floating-point operations done; `sink` keeps them from being optimised away.
double advlab_multiply_add(long rounds, float *sink);

/// The windows of a convolution along one axis.
typedef struct {
  long input, output, kernel, stride, dilation, padding;
} advlab_axis;

/// The largest kernel along an axis.
enum { ADVLAB_MAXIMUM_KERNEL = 32 };

/// The shape of a convolution whose input gradient is wanted.
typedef struct {
  advlab_axis rows, columns;
  long inputs;  ///< Channels of the image.
  long blocks;  ///< Channels of the output over 16, rounded up.
} advlab_convolution;

/// The floats that `advlab_few_channel_gradient` needs as scratch.
long advlab_few_channel_scratch(const advlab_convolution *convolution);

/// The gradient at `count` images of few channels, [I, H, W] each, from that at the output of a convolution,
/// `gradient` [O/16, OH, OW, 16] each, with `weights` [O/16, KH, KW, I, 16].
void advlab_few_channel_gradient(
    const advlab_convolution *convolution, const float *gradient, const float *weights, float *scratch, float *images,
    long count);

#endif
