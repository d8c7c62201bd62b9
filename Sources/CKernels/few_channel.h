#ifndef ADVLAB_FEW_CHANNEL_H
#define ADVLAB_FEW_CHANNEL_H

#include "vectors.h"

// Shared by the two kernels that compute the input gradient of a convolution with few input channels.

static long larger(long a, long b) { return a > b ? a : b; }

static long whole_vectors(long count) { return (count + lanes - 1) / lanes * lanes; }

// Whether groups of 14 make fewer than groups of 16, as they do of 14 and of 28 pixels.
static int fewer_in_fourteens(long count) { return (count + 13) / 14 * 14 < (count + 15) / 16 * 16; }

// Which channels of a vector there are: all in a block of 16, or one or two blocks of 8.
enum { whole_block, low_half, both_halves };

// 16 channels of a row of the gradient at the output, as oneDNN leaves them. The second of two blocks of 8 is
// `distance` floats behind the first.
typedef struct {
  const float *values;
  const unsigned char *gates;
  long distance;
  int parts;
} channel_row;

// The row `y` of the channels from 16 × `block` on.
INLINE channel_row row_of(
    const advlab_convolution *c, const advlab_blocked_gradient *g, long example, long block, long y) {
  const long blocks = (c->outputs + g->width - 1) / g->width, first = block * lanes / g->width;
  const long row = c->columns.output * g->width, distance = c->rows.output * row;
  const long place = (example * blocks + first) * distance + y * row;
  return (channel_row){
      .values = g->values + place, .gates = g->gates == NULL ? NULL : g->gates + place / 8, .distance = distance,
      .parts = g->width == lanes ? whole_block : first + 1 < blocks ? both_halves : low_half};
}

INLINE void load_channels(const channel_row *row, long x, const int parts, vector *to) {
  if (parts == whole_block) {
    *to = CONST_VECTOR(row->values + x * lanes);
    return;
  }
  const float *from = row->values + x * (lanes / 2);
  const eight low = *(const eight *)from;
  const eight high = parts == both_halves ? *(const eight *)(from + row->distance) : (eight){0};
  *to = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// The same of the signs of gates.
INLINE void load_gates(const channel_row *row, long x, const int parts, bits *to) {
  const unsigned char *from = row->gates + x * (parts == whole_block ? 2 : 1);
  unsigned char signs[2] = {from[0], 0};
  if (parts == whole_block) signs[1] = from[1];
  if (parts == both_halves) signs[1] = from[row->distance / 8];
  memcpy(to, signs, sizeof *to);
}

// 16 channels at one position: the gradient, 0 where the gate is closed.
INLINE void load_gated(const channel_row *row, long x, const int parts, vector *to) {
  load_channels(row, x, parts, to);
  if (row->gates == NULL) return;
  bits gate;
  load_gates(row, x, parts, &gate);
  *to = GATED(*to, gate, mask);
}

// Kernels of 3 or 4 rows and columns, in few_channel_patches.c.
int advlab_makes_patches(const advlab_convolution *convolution);
long advlab_patch_scratch(const advlab_convolution *convolution);
void advlab_patch_gradient(
    const advlab_convolution *convolution, const advlab_blocked_gradient *gradient, const float *weights,
    float *scratch, float *images, long count);

#endif
