/// The transformation of Box and Muller: two independent standard normal numbers from two words of random bits.
///
///     u = (first + ½)·2⁻³²,  v = (second + ½)·2⁻³²      √(−2·log u)·(cos 2πv, sin 2πv)
///
/// Logarithm, sine and cosine are evaluated here, by the polynomials of Sun's fdlibm, rather than by the C library: so the
/// numbers are the same on every platform, bit for bit, and two lanes go through one instruction. They are within
/// 2·10⁻¹⁵ of the exact ones.
package enum BoxMuller {
  /// Two numbers.
  package typealias Lanes = SIMD2<Double>
  /// Two words of 32 random bits.
  package typealias Words = SIMD2<UInt64>

  /// The normal numbers of two pairs of words: those with the cosine, and those with the sine.
  @inline(__always)
  package static func pairs(first: Words, second: Words) -> (Lanes, Lanes) {
    let radius = (-2 * logarithm(of: first)).squareRoot()
    let (cosine, sine) = turn(second)
    return (radius * cosine, radius * sine)
  }

  /// Of words below 2³² the nearest doubles, which are equal to them: as the last bits of numbers from 2⁵² on.
  @inline(__always)
  private static func double(_ words: Words) -> Lanes {
    unsafeBitCast(words | 0x4330_0000_0000_0000, to: Lanes.self) - 0x1p52
  }

  /// log((word + ½)·2⁻³²).
  @inline(__always)
  private static func logarithm(of words: Words) -> Lanes {
    // 2ᵉ·m with m from √½ to √2: without the bits of √½ the exponent's bits change at √½ rather than at 1. 64 is added to
    // it, because that of ½ for word 0 would be −1.
    let bits = unsafeBitCast(double(words) + 0.5, to: Words.self) &+ (Words(repeating: 64 &<< 52) &- rootBits)
    let exponent = double(bits &>> 52) - 96
    let mantissa = unsafeBitCast((bits & 0xF_FFFF_FFFF_FFFF) &+ rootBits, to: Lanes.self)
    let f = mantissa - 1
    let s = f / (2 + f)
    let z = s * s
    let w = z * z
    let even = w * polynomial(w, 0.3999999999940942, 0.22222198432149784, 0.15313837699209373)
    let odd =
      z * polynomial(w, 0.6666666666666735, 0.2857142874366239, 0.1818357216161805, 0.14798198605116586)
    let half = 0.5 * f * f
    let low: Lanes = s * (half + (even + odd)) + exponent * 1.9082149292705877e-10
    return exponent * 0.6931471803691238 - ((half - low) - f)
  }

  private static let rootBits = Words(repeating: 0x3FE6_A09E_667F_3BCD)

  /// Cosine and sine of (word + ½)·2⁻³² turns.
  @inline(__always)
  private static func turn(_ words: Words) -> (Lanes, Lanes) {
    // The nearest quarter turn, and what is left: from −⅛ to ⅛ of a turn.
    let quarter = (words &+ 0x2000_0000) &>> 30
    let rest = (double(words) + 0.5 - double(quarter) * 0x1p30) * (2 * Double.pi * 0x1p-32)
    let z = rest * rest
    let sineTail = polynomial(
      z, -0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 2.7557313707070068e-06,
      -2.5050760253406863e-08, 1.58969099521155e-10)
    let cosineTail = polynomial(
      z, 0.0416666666666666, -0.001388888888887411, 2.480158728947673e-05, -2.7557314351390663e-07,
      2.087572321298175e-09, -1.1359647557788195e-11)
    let sine: Lanes = rest + rest * z * sineTail
    let cosine: Lanes = 1 - (0.5 * z - z * z * cosineTail)
    // An odd number of quarters swaps them; the sign bits are those of the quadrants.
    let swap: Words = Words(repeating: 0) &- (quarter & 1)
    let (c, s) = (unsafeBitCast(cosine, to: Words.self), unsafeBitCast(sine, to: Words.self))
    let difference: Words = (c ^ s) & swap
    let cosineSign: Words = ((quarter &+ 1) & 2) &<< 62
    let sineSign: Words = (quarter & 2) &<< 62
    let (first, second): (Words, Words) = (c ^ difference ^ cosineSign, s ^ difference ^ sineSign)
    return (unsafeBitCast(first, to: Lanes.self), unsafeBitCast(second, to: Lanes.self))
  }

  /// a + x·(b + x·(c + …)), the coefficients in ascending order.
  @inline(__always)
  private static func polynomial(
    _ x: Lanes, _ a: Double, _ b: Double, _ c: Double, _ d: Double = 0, _ e: Double? = nil, _ f: Double = 0
  ) -> Lanes {
    var value = Lanes(repeating: d)
    if let e { value += x * (Lanes(repeating: e) + x * f) }
    value = x * value + c
    value = x * value + b
    return x * value + a
  }
}
