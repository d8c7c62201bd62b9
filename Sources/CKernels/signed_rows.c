#include "doubles.h"

// Loops over rows of coefficients in which the sign of each coefficient decides.

enum { sums_at_once = 4 };

WIDE void advlab_add_least_values(
    const double *rows, long count, long columns, const double *lower, const double *upper, double *sums) {
  for (long row = 0; row < count; row++, rows += columns) {
    octets partial[sums_at_once] = {0};
    long column = 0;
    for (; column + sums_at_once * octet <= columns; column += sums_at_once * octet)
      UNROLLED for (long i = 0; i < sums_at_once; i++) {
        const octets a = CONST_OCTET(rows + column + i * octet);
        partial[i] += a * SELECT_OCTET(
            a > 0, CONST_OCTET(lower + column + i * octet), CONST_OCTET(upper + column + i * octet));
      }
    octets total = (partial[0] + partial[1]) + (partial[2] + partial[3]);
    double sum = 0;
    for (long i = 0; i < octet; i++) sum += total[i];
    for (; column < columns; column++) sum += rows[column] * (rows[column] > 0 ? lower[column] : upper[column]);
    sums[row] += sum;
  }
}

WIDE void advlab_scale_by_sign(
    double *rows, long count, long columns, const double *positive, const double *negative) {
  for (long row = 0; row < count; row++, rows += columns) {
    long column = 0;
    for (; column + octet <= columns; column += octet) {
      const octets a = CONST_OCTET(rows + column);
      OCTET(rows + column) =
          a * SELECT_OCTET(a > 0, CONST_OCTET(positive + column), CONST_OCTET(negative + column));
    }
    for (; column < columns; column++) rows[column] *= rows[column] > 0 ? positive[column] : negative[column];
  }
}
