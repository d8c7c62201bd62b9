#ifndef ADVLAB_WINOGRAD_H
#define ADVLAB_WINOGRAD_H

#include "vectors.h"

// Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308). F(4×4, 5×5): a tile of 8×8 pixels gives 4×4 pixels
// of the output by 64 products instead of 400. F(4×4, 3×3): a tile of 6×6, 36 products instead of 144. The polynomials
// are interpolated at 0, ±1, ±2, ±1/2 and infinity, or at 0, ±1, 2, −1/2 and infinity, which have the smallest rounding
// error of the points that were tried.
//
// A 3×3 kernel of stride 2 is the sum of four of stride 1, on the pixels of even and odd rows and columns: along an
// axis one tap meets the pixels of one parity and two those of the other, by F(4, 2) at 0, ±1, 2 and infinity. That is
// 81 products instead of 144; of their 9 factors along an axis 4 are one and the same. The input gradient is the mirror
// image of that: 5×5 pixels give 8×8.
//
// A vector holds 16 channels, as in oneDNN's blocked layout.
enum { largest_kernel = 5, largest_side = 10, largest_step = 8 };

// Which of the algorithms; all functions are compiled for each.
enum { three = 3, five = 5, strided = 2, strided_back = -2, strided_four = 4, strided_four_back = -4 };

INLINE long form_of(const advlab_winograd *c) {
  if (c->stride == 1) return c->kernel;
  const long form = c->kernel == 4 ? strided_four : strided;
  return c->is_backward ? -form : form;
}

INLINE long least(long a, long b) { return a < b ? a : b; }

// Along an axis: pixels of a tile of the input, from one tile to the next, and of a tile of the output.
INLINE long input_side_of(const long form) {
  switch (form) {
    case five: return 8;
    case three: return 6;
    case strided: return 9;
    case strided_back: return 5;
    case strided_four: return 10;
    default: return 6;
  }
}

INLINE long input_step_of(const long form) { return form == strided || form == strided_four ? 8 : 4; }

INLINE long step_of(const long form) { return form == strided_back || form == strided_four_back ? 8 : 4; }

INLINE int is_three_strided(const long form) { return form == strided || form == strided_back; }

INLINE int is_four(const long form) { return form == strided_four || form == strided_four_back; }

// Products along an axis, and different factors of them. On the way forward both parities of a 4×4 kernel have the same
// points, so that their products are added up with those of the input's channels: as if there were four times as many.
INLINE long side_of(const long form) {
  switch (form) {
    case five: return 8;
    case three: return 6;
    case strided_four: return 5;
    case strided_four_back: return 10;
    default: return 9;
  }
}

INLINE long factors_of(const long form) { return is_three_strided(form) ? 6 : side_of(form); }

// Values along an axis of a transformed tile of the input, and of a transformed filter.
INLINE long tile_values_of(const long form) { return is_four(form) ? 10 : side_of(form); }

INLINE long filter_values_of(const long form) { return is_four(form) ? 10 : factors_of(form); }

INLINE long parts_of(const long form) { return form == strided_four ? 4 : 1; }

// Where the value at `row` and `column` of a transformed tile or filter lies, of which there are `side` along an axis;
// `distance` is that from one point to the next, and `part` that from one of the four parts to the next.
INLINE long place_of(const long form, long row, long column, const long side, long distance, long part) {
  if (form != strided_four) return (row * side + column) * distance;
  return (row % 5 * 5 + column % 5) * distance + (row / 5 * 2 + column / 5) * part;
}

INLINE long kernel_of(const long form) { return form == five ? 5 : is_four(form) ? 4 : 3; }

INLINE long points_of(const long form) { return side_of(form) * side_of(form); }

// Blocks of channels of the input, or of parts of them.
INLINE long terms_of(const advlab_winograd *c) { return c->input_blocks * parts_of(form_of(c)); }

// Which of the factors a product has.
INLINE long factor_at(const long form, long point) {
  if (!is_three_strided(form)) return point;
  const long y = point / side_of(form), x = point % side_of(form);
  return (y < 4 ? 0 : y - 3) * factors_of(form) + (x < 4 ? 0 : x - 3);
}

// Blocks of channels of the output, rounded up to pairs.
INLINE long output_blocks_of(const advlab_winograd *c) { return (c->output_blocks + 1) / 2 * 2; }

// Tiles that cover an axis of the output.
INLINE long tiles_along(const long form, long size) { return (size + step_of(form) - 1) / step_of(form); }

// Those of `count` images.
INLINE long total_of(const advlab_winograd *c, const long form, long count) {
  return count * tiles_along(form, c->output_height) * tiles_along(form, c->output_width);
}

// The distance in floats from the values of one interpolation point to those of the next: blocks of channels, of 16 for
// each row, which is a tile or a channel of the other side. It includes one unused vector, because planes at distances of
// powers of two would compete for a few sets of the cache.
INLINE long point_stride(long blocks, const long rows) { return (blocks * rows + 1) * lanes; }

// What is transformed at once: strips of tiles with all of their inputs, and the filters of some blocks of outputs and
// inputs. Nothing that is transformed outlives a call: transformed filters are four times as large as the filters, and
// come from memory no sooner than they are made anew in the second-level cache.
typedef struct {
  long strips, outputs, inputs;
} portion;

// The distance in floats from the filters of one factor to those of the next.
INLINE long filters_distance(const portion *p, const long form) {
  return point_stride(p->outputs * p->inputs * parts_of(form), lanes);
}

INLINE long filters_size(const portion *p, const long form) {
  return factors_of(form) * factors_of(form) * filters_distance(p, form);
}

#endif
