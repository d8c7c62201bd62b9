#include <string.h>

#include "vectors.h"

// Adam's formulas (Kingma and Ba, arXiv 1412.6980) on vectors. In Swift the root is a scalar's, and takes most of the time.
// Nothing is contracted to fused multiply-adds, so that all processors give the same bits.

INLINE void update(
    const advlab_adam_step *step, vector *weights, const vector *gradient, vector *means, vector *squares) {
#pragma clang fp contract(off)
  const vector slope = *gradient + step->decay * *weights;
  *means += step->mean_rate * (slope - *means);
  *squares = step->square_kept * *squares + step->square_rate * slope * slope;
  *weights = step->shrinkage * *weights -
             step->size * *means / (__builtin_elementwise_sqrt(*squares) * step->square_scale + step->epsilon);
}

WIDE void advlab_adam(
    const advlab_adam_step *step, float *weights, const float *gradient, float *means, float *squares, long count) {
  long first = 0;
  for (; first + lanes <= count; first += lanes)
    update(
        step, &VECTOR(weights + first), &CONST_VECTOR(gradient + first), &VECTOR(means + first),
        &VECTOR(squares + first));
  const long bytes = (count - first) * sizeof(float);
  vector weight = {0}, slope = {0}, mean = {0}, square = {0};
  memcpy(&weight, weights + first, bytes);
  memcpy(&slope, gradient + first, bytes);
  memcpy(&mean, means + first, bytes);
  memcpy(&square, squares + first, bytes);
  update(step, &weight, &slope, &mean, &square);
  memcpy(weights + first, &weight, bytes);
  memcpy(means + first, &mean, bytes);
  memcpy(squares + first, &square, bytes);
}
