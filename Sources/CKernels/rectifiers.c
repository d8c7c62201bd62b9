#include "vectors.h"

// Sums, ReLUs and their derivatives, scalar by scalar in any layout.

WIDE void advlab_signs(const float *from, unsigned char *signs, long blocks) {
  for (long place = 0; place < blocks * lanes; place += lanes) store_signs(&CONST_VECTOR(from + place), signs, place);
}

WIDE void advlab_gate(const float *gradient, const unsigned char *signs, float *to, long blocks) {
  const int streams = is_streamed(to, blocks * lanes);
  for (long place = 0; place < blocks * lanes; place += lanes) {
    bits positive;
    memcpy(&positive, signs + place / 8, sizeof positive);
    const vector value = GATED(CONST_VECTOR(gradient + place), positive, mask);
    store_vector(&value, to + place, streams);
  }
  if (streams) end_of_streams();
}

WIDE void advlab_add(const float *a, const float *b, int rectifies, unsigned char *signs, float *to, long blocks) {
  const int streams = is_streamed(to, blocks * lanes);
  for (long place = 0; place < blocks * lanes; place += lanes) {
    const vector sum = CONST_VECTOR(a + place) + CONST_VECTOR(b + place);
    store_result(&sum, to, place, rectifies, signs, streams);
  }
  if (streams) end_of_streams();
}
