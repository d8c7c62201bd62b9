// Max-pooling of one block of channels, in vectors of the type `PART`, of which `PART_MASK` is that of comparisons, and
// `PART_BYTES` has the places of the maxima: `pooling.c` includes this file for blocks of 16 and of 8 channels.

enum { NAMED(width) = sizeof(PART) / sizeof(float) };

INLINE void NAMED(pool)(const advlab_windows *w, const float *in, float *out, unsigned char *maxima) {
  for (long y = 0; y < w->rows.output; y++) {
    const span down = span_of(&w->rows, y);
    for (long x = 0; x < w->columns.output; x++, out += NAMED(width)) {
      const span across = span_of(&w->columns, x);
      const float *window = in + (down.place * w->columns.input + across.place) * NAMED(width);
      PART largest = {0};
      PART_MASK found = {0};
      int is_first = 1;
      for (long i = down.first; i < down.end; i++)
        for (long j = across.first; j < across.end; j++, is_first = 0) {
          const PART value = *(const PART *)(window + (i * w->columns.input + j) * NAMED(width));
          const PART_MASK tap = (PART_MASK){0} + (int)(i * w->columns.kernel + j);
          // A NaN is larger than everything.
          const PART_MASK is_larger = is_first ? ~(PART_MASK){0} : (value > largest) | (value != value);
          largest = (PART)((is_larger & (PART_MASK)value) | (~is_larger & (PART_MASK)largest));
          found = (is_larger & tap) | (~is_larger & found);
        }
      *(PART *)out = largest;
      if (!maxima) continue;
      *(PART_BYTES *)maxima = __builtin_convertvector(found, PART_BYTES);
      maxima += NAMED(width);
    }
  }
}

INLINE void NAMED(unpool)(
    const advlab_windows *w, const float *gradient, const unsigned char *maxima, const float *gates,
    float *in_gradient) {
  memset(in_gradient, 0, w->rows.input * w->columns.input * sizeof(PART));
  for (long y = 0; y < w->rows.output; y++) {
    const span down = span_of(&w->rows, y);
    for (long x = 0; x < w->columns.output; x++, gradient += NAMED(width), maxima += NAMED(width)) {
      const span across = span_of(&w->columns, x);
      float *window = in_gradient + (down.place * w->columns.input + across.place) * NAMED(width);
      const PART_MASK found = __builtin_convertvector(*(const PART_BYTES *)maxima, PART_MASK);
      PART passed = *(const PART *)gradient;
      if (gates) {
        passed = (PART)((PART_MASK)passed & (*(const PART *)gates > 0));
        gates += NAMED(width);
      }
      for (long i = down.first; i < down.end; i++)
        for (long j = across.first; j < across.end; j++)
          *(PART *)(window + (i * w->columns.input + j) * NAMED(width)) +=
              (PART)((PART_MASK)passed & (found == (int)(i * w->columns.kernel + j)));
    }
  }
}
