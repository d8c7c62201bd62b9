#ifndef ADVLAB_CKERNELS_H
#define ADVLAB_CKERNELS_H

// Small kernels where C pays: code for wide vectors that is chosen when the program starts.

/// Runs chains of fused multiply-adds on registers alone for about `rounds` times 16 instructions per chain.
/// Returns the floating-point operations done; `sink` keeps them from being optimised away.
double advlab_multiply_add(long rounds, float *sink);

#endif
