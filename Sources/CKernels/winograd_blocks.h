#ifndef ADVLAB_WINOGRAD_BLOCKS_H
#define ADVLAB_WINOGRAD_BLOCKS_H

#include "winograd.h"

// Tiles into interpolation points and back, a block of channels at a time.

typedef struct {
  long image, row, column;  // The latter two count tiles.
} tile;

INLINE tile tile_at(long number, long down, long across) {
  return (tile){number / across / down, number / across % down, number % across};
}

#define PART vector
#define ALIGNED_PART aligned_vector
#define PART_MASK mask
#define PART_BITS bits
#define NAMED(function) function##_whole
#include "winograd_tiles.h"
#undef PART
#undef ALIGNED_PART
#undef PART_MASK
#undef PART_BITS
#undef NAMED
#define PART eight
#define ALIGNED_PART aligned_eight
#define PART_MASK eight_mask
#define PART_BITS eight_bits
#define NAMED(function) function##_half
#include "winograd_tiles.h"

// The values of a block of channels of a tile, transformed; for `distance` and `part` see `place_of`.
// Vectors of 16 fill two registers where there are 16 of them, and the transforms need all.
INLINE void load_block(
    const advlab_winograd *c, const long form, const float *in, tile at, long block, float *values, long distance,
    long part, const int is_wide) {
  if (is_wide) return load_tile_whole(c, form, in, at, block, 0, values, distance, part);
  for (long first = 0; first < lanes; first += lanes / 2)
    load_tile_half(c, form, in, at, block, first, values, distance, part);
}

INLINE void store_block(
    const advlab_winograd *c, const advlab_epilogue *e, const long form, const float *products, long distance, tile at,
    long block, float *out, int is_streamed, const int is_wide) {
  if (is_wide) return store_tile_whole(c, e, form, products, distance, at, block, 0, out, is_streamed);
  for (long first = 0; first < lanes; first += lanes / 2)
    store_tile_half(c, e, form, products, distance, at, block, first, out, is_streamed);
}

// How long before they are read a tile's pixels are asked for, in tiles.
enum { tiles_ahead = 4 };

// Asks for `side` × `side` pixels of a plane, from a row and a column on.
INLINE void prefetch_pixels(const float *plane, long height, long width, long top, long left, const long side) {
  for (long y = top; y < least(top + side, height); y++)
    for (long x = left; x < least(left + side, width); x++) __builtin_prefetch(plane + (y * width + x) * lanes, 0, 3);
}

// Asks for the pixels of a block of channels of a tile.
INLINE void prefetch_block(const advlab_winograd *c, const long form, const float *in, tile at, long block) {
  const long step = input_step_of(form);
  prefetch_pixels(
      in + (at.image * c->input_blocks + block) * c->height * c->width * lanes, c->height, c->width, at.row * step,
      at.column * step, step);
}

// The values of `here` tiles of `count` images from the tile `first` on, transformed, in strips of `rows`; `distance` is
// that from one point to the next.
INLINE void load_tiles(
    const advlab_winograd *c, const long form, const float *in, long count, long first, long here, long rows,
    float *values, long distance, const int is_wide) {
  const long across = tiles_along(form, c->output_width), down = tiles_along(form, c->output_height);
  const long parts = parts_of(form), total = total_of(c, form, count);
  const int is_far = is_large(count * c->input_blocks * c->height * c->width * lanes);
  for (long block = 0; block < c->input_blocks; block++)
    for (long i = 0; i < here; i++) {
      if (is_far && first + i + tiles_ahead < total)
        prefetch_block(c, form, in, tile_at(first + i + tiles_ahead, down, across), block);
      load_block(
          c, form, in, tile_at(first + i, down, across), block,
          values + ((i / rows * c->input_blocks + block) * parts * rows + i % rows) * lanes, distance, rows * lanes,
          is_wide);
    }
}

// The same of the gradient at the output.
INLINE void prefetch_gradient_block(const advlab_winograd *c, const long form, const float *gradient, tile at, long block) {
  const long step = step_of(form);
  prefetch_pixels(
      gradient + (at.image * c->output_blocks + block) * c->output_height * c->output_width * lanes, c->output_height,
      c->output_width, at.row * step, at.column * step, step);
}

// The same of a tile of the gradient at the output, for the gradient of the weights.
INLINE void load_gradient_block(
    const advlab_winograd *c, const long form, const float *gradient, tile at, long block, float *values, long distance,
    const int is_wide) {
  if (is_wide) return load_gradient_tile_whole(c, form, gradient, at, block, 0, values, distance);
  for (long first = 0; first < lanes; first += lanes / 2)
    load_gradient_tile_half(c, form, gradient, at, block, first, values, distance);
}

#endif
