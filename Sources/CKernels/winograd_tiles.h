// The transforms of tiles, in vectors of the type `PART`, of which `PART_MASK` is that of comparisons: `winograd.c`
// includes this file for whole vectors, and for halves of them where there are 16 registers of half the width.

// F(4, 2).
INLINE void NAMED(transform_input_2)(const PART *d0, const long distance, PART *v) {
  const PART d[5] = {d0[0], d0[distance], d0[2 * distance], d0[3 * distance], d0[4 * distance]};
  v[0] = d[0] - d[2] + 0.5f * (d[3] - d[1]);
  v[1] = 2 * d[1] + d[2] - d[3];
  v[2] = 3 * d[2] - d[3] - 2 * d[1];
  v[3] = d[3] - d[1];
  v[4] = d[4] - d[2] + 2 * (d[1] - d[3]);
}

INLINE void NAMED(transform_input)(const long form, const PART *d, PART *v) {
  if (is_four(form)) {
    const long distance = form == strided_four ? 2 : 1;
    NAMED(transform_input_2)(d, distance, v);
    NAMED(transform_input_2)(d + 1, distance, v + 5);
    return;
  }
  if (is_three_strided(form)) {
    // The first pixel of a tile is odd, and its even ones are those with a factor of their own.
    const long distance = form == strided ? 2 : 1;
    for (long i = 0; i < 4; i++) v[i] = form == strided ? d[2 * i + 1] : d[i];
    NAMED(transform_input_2)(d, distance, v + 4);
    return;
  }
  if (form == three) {
    v[0] = d[0] - 2 * d[2] + d[4] + 1.5f * (d[1] - d[3]);
    v[1] = d[4] - d[1] - 2.5f * d[2] - 0.5f * d[3];
    v[2] = d[4] + d[1] + 0.5f * d[2] - 2.5f * d[3];
    v[3] = d[4] - d[2] + 0.5f * (d[3] - d[1]);
    v[4] = d[4] - d[2] + 2 * (d[1] - d[3]);
    v[5] = d[1] - 2 * d[3] + d[5] + 1.5f * (d[2] - d[4]);
    return;
  }
  const PART even = d[2] + d[6] - 4.25f * d[4], odd = d[1] + d[5] - 4.25f * d[3];
  const PART even2 = d[6] + 0.25f * d[2] - 1.25f * d[4], odd2 = 0.5f * d[1] - 2.5f * d[3] + 2 * d[5];
  const PART even_half = d[6] + 4 * d[2] - 5 * d[4], odd_half = 2 * d[1] - 2.5f * d[3] + 0.5f * d[5];
  v[0] = d[0] - d[6] + 5.25f * (d[4] - d[2]);
  v[1] = even + odd;
  v[2] = even - odd;
  v[3] = even2 + odd2;
  v[4] = even2 - odd2;
  v[5] = even_half + odd_half;
  v[6] = even_half - odd_half;
  v[7] = d[7] - d[1] + 5.25f * (d[3] - d[5]);
}

// F(4, 2).
INLINE void NAMED(transform_output_2)(const PART *m, PART *y) {
  const PART sum = m[1] + m[2], difference = m[1] - m[2];
  y[0] = m[0] + sum + m[3];
  y[1] = difference + 2 * m[3];
  y[2] = sum + 4 * m[3];
  y[3] = difference + 8 * m[3] + m[4];
}

INLINE void NAMED(transform_output)(const long form, const PART *m, PART *y) {
  if (form == strided_four) return NAMED(transform_output_2)(m, y);
  if (form == strided_four_back) {
    PART even[4], odd[4];
    NAMED(transform_output_2)(m, even);
    NAMED(transform_output_2)(m + 5, odd);
    for (long i = 0; i < 4; i++) y[2 * i] = even[i], y[2 * i + 1] = odd[i];
    return;
  }
  if (is_three_strided(form)) {
    PART pairs[4];
    NAMED(transform_output_2)(m + 4, pairs);
    for (long i = 0; i < 4; i++) {
      if (form == strided)
        y[i] = m[i] + pairs[i];
      else
        y[2 * i] = m[i], y[2 * i + 1] = pairs[i];
    }
    return;
  }
  const PART even = m[1] + m[2], odd = m[1] - m[2];
  if (form == three) {
    y[0] = m[0] + even + m[3] + m[4];
    y[1] = odd + 2 * m[3] - 0.5f * m[4];
    y[2] = even + 4 * m[3] + 0.25f * m[4];
    y[3] = odd + 8 * m[3] - 0.125f * m[4] + m[5];
    return;
  }
  const PART even2 = m[3] + m[4], even_half = m[5] + m[6], odd2 = m[3] - m[4], odd_half = m[5] - m[6];
  y[0] = m[0] + even + even2 + even_half;
  y[1] = odd + 2 * odd2 + 0.5f * odd_half;
  y[2] = even + 4 * even2 + 0.25f * even_half;
  y[3] = odd + 8 * odd2 + 0.125f * odd_half + m[7];
}

// The channels from `first` on of one block of a tile, with zeros beyond the image; for `distance` and `part` see
// `place_of`.
INLINE void NAMED(load_tile)(
    const advlab_winograd *c, const long form, const float *in, tile at, long block,
    long first, float *values, long distance, long part) {
  const long side = input_side_of(form), points = tile_values_of(form);
  const long top = at.row * input_step_of(form) - c->top, left = at.column * input_step_of(form) - c->left;
  const float *plane = in + (at.image * c->input_blocks + block) * c->height * c->width * lanes + first;
  const float *from = plane + (top * c->width + left) * lanes;
  long width = c->width * lanes, pixel = lanes;
  PART patch[largest_side * largest_side], columns[largest_side][largest_side], line[largest_side];
  PART transformed[largest_side];
  if (top < 0 || left < 0 || top + side > c->height || left + side > c->width) {
    for (long y = 0; y < side; y++)
      for (long x = 0; x < side; x++) {
        const int is_there = top + y >= 0 && top + y < c->height && left + x >= 0 && left + x < c->width;
        patch[y * side + x] = is_there ? *(const PART *)(from + y * width + x * lanes) : (PART){0};
      }
    pixel = sizeof(PART) / sizeof(float);
    from = (const float *)patch, width = side * pixel;
  }
  for (long x = 0; x < side; x++) {
    for (long y = 0; y < side; y++) line[y] = *(const PART *)(from + y * width + x * pixel);
    NAMED(transform_input)(form, line, transformed);
    for (long y = 0; y < points; y++) columns[y][x] = transformed[y];
  }
  for (long y = 0; y < points; y++) {
    NAMED(transform_input)(form, columns[y], transformed);
    for (long x = 0; x < points; x++)
      *(PART *)(values + first + place_of(form, y, x, points, distance, part)) = transformed[x];
  }
}

// Applies all of an epilogue but the biases to the result at `place`, which counts floats.
INLINE void NAMED(finish)(const advlab_epilogue *e, PART *value, long place) {
  // A NaN is not below zero and stays.
  if (e->rectifies) *value = (PART)((PART_MASK)*value & ~(*value <= 0));
  PART_BITS signs;
  if (e->gates) {
    memcpy(&signs, e->gates + place / 8, sizeof signs);
    *value = GATED(*value, signs, PART_MASK);
  }
  if (e->signs) {
    signs = SIGNS(*value, PART_BITS);
    memcpy(e->signs + place / 8, &signs, sizeof signs);
  }
}

// The channels from `first` on of one block of a tile's output; for `is_streamed` see `vectors.h`.
INLINE void NAMED(store_tile)(
    const advlab_winograd *c, const advlab_epilogue *e, const long form, const float *products, long distance, tile at,
    long block, long first, float *out, int is_streamed) {
  const long side = side_of(form), step = step_of(form), top = at.row * step, left = at.column * step;
  const PART bias = e->biases ? *(const PART *)(e->biases + block * lanes + first) : (PART){0};
  const long plane = (at.image * c->output_blocks + block) * c->output_height * c->output_width;
  PART rows[largest_side][largest_step], line[largest_side], transformed[largest_step];
  for (long y = 0; y < side; y++) {
    for (long x = 0; x < side; x++) line[x] = *(const PART *)(products + first + (y * side + x) * distance);
    NAMED(transform_output)(form, line, rows[y]);
  }
  for (long x = 0; x < step && left + x < c->output_width; x++) {
    for (long y = 0; y < side; y++) line[y] = rows[y][x];
    NAMED(transform_output)(form, line, transformed);
    for (long y = 0; y < step && top + y < c->output_height; y++) {
      const long place = (plane + (top + y) * c->output_width + left + x) * lanes + first;
      PART value = transformed[y] + bias;
      NAMED(finish)(e, &value, place);
      if (is_streamed)
        __builtin_nontemporal_store(value, (ALIGNED_PART *)(out + place));
      else
        *(PART *)(out + place) = value;
    }
  }
}

// The transpose of `transform_output`: what a gradient at the output gives to the products.
INLINE void NAMED(transform_gradient)(const long form, const PART *y, PART *m) {
  const PART even = y[0] + y[2], odd = y[1] + y[3], even2 = y[0] + 4 * y[2], odd2 = 2 * y[1] + 8 * y[3];
  const PART even_half = y[0] + 0.25f * y[2], odd_half = 0.5f * y[1] + 0.125f * y[3];
  if (form == strided) {
    for (long i = 0; i < 4; i++) m[i] = y[i];
    m += 4;
  }
  m[0] = y[0];
  m[1] = even + odd;
  m[2] = even - odd;
  m[3] = even2 + odd2;
  if (form == five) {
    m[4] = even2 - odd2;
    m[5] = even_half + odd_half;
    m[6] = even_half - odd_half;
    m[7] = y[3];
  } else if (form == three) {
    m[4] = even_half - odd_half;
    m[5] = y[3];
  } else {
    m[4] = y[3];
  }
}

// The channels from `first` on of one block of a tile of the gradient at the output, with zeros beyond it.
INLINE void NAMED(load_gradient_tile)(
    const advlab_winograd *c, const long form, const float *gradient, tile at, long block, long first, float *values,
    long distance) {
  const long side = side_of(form), step = step_of(form), top = at.row * step, left = at.column * step;
  const float *plane =
      gradient + (at.image * c->output_blocks + block) * c->output_height * c->output_width * lanes + first;
  PART columns[largest_side][largest_step], line[largest_step], transformed[largest_side];
  for (long x = 0; x < step; x++) {
    for (long y = 0; y < step; y++) {
      const int is_there = top + y < c->output_height && left + x < c->output_width;
      line[y] = is_there ? *(const PART *)(plane + ((top + y) * c->output_width + left + x) * lanes) : (PART){0};
    }
    NAMED(transform_gradient)(form, line, transformed);
    for (long y = 0; y < side; y++) columns[y][x] = transformed[y];
  }
  for (long y = 0; y < side; y++) {
    NAMED(transform_gradient)(form, columns[y], transformed);
    for (long x = 0; x < side; x++) *(PART *)(values + first + (y * side + x) * distance) = transformed[x];
  }
}
