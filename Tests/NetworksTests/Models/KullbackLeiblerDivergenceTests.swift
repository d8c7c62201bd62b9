import Glibc
import Networks
import Testing

@Suite struct KullbackLeiblerDivergenceTests {
  let divergence = KullbackLeiblerDivergence()

  @Test func workedByHand() {
    let p = Tensor<Double>(shape: [1, 2], scalars: [0, 0])
    let q = Tensor<Double>(shape: [1, 2], scalars: [0, log(3)])
    let (values, _, gradient) = divergence(of: p, from: q)
    // p = (1/2, 1/2), q = (1/4, 3/4); a few roundings of numbers of order 1.
    #expect(abs(values[0] - (0.5 * log(2) + 0.5 * log(2.0 / 3))) < 1e-14)
    #expect(abs(gradient.scalars[0] + 0.25) < 1e-14 && abs(gradient.scalars[1] - 0.25) < 1e-14)
  }

  @Test func isZeroBetweenEqualDistributions() {
    let shifted = Tensor<Double>(shape: [3, 5], scalars: fiveClassLogits.scalars.map { $0 + 8 })
    let (values, referenceGradient, gradient) = divergence(of: fiveClassLogits, from: shifted)
    // Shifting by 8 rounds each logit to within an ulp of 8, 2e-15.
    for value in values + referenceGradient.scalars + gradient.scalars { #expect(abs(value) < 2e-14) }
  }

  @Test func staysFiniteAtExtremeLogits() {
    let p = Tensor<Float>(shape: [1, 3], scalars: [2000, 0, -2000])
    let q = Tensor<Float>(shape: [1, 3], scalars: [0, 2000, -2000])
    let (values, referenceGradient, gradient) = divergence(of: p, from: q)
    #expect(values == [2000])
    #expect(referenceGradient.scalars == [0, 0, 0])
    #expect(gradient.scalars == [-1, 1, 0])
  }

  @Test func gradientsAgreeWithFiniteDifferencesOnBothSides() {
    let other = Tensor<Double>(shape: [3, 5], scalars: Array(fiveClassLogits.scalars.reversed()))
    let result = divergence(of: fiveClassLogits, from: other)
    let referenceError = finiteDifferenceError(of: result.referenceGradient, at: fiveClassLogits) {
      divergence(of: $0, from: other).values.reduce(0, +)
    }
    let error = finiteDifferenceError(of: result.gradient, at: other) {
      divergence(of: fiveClassLogits, from: $0).values.reduce(0, +)
    }
    #expect(referenceError < 1e-7)
    #expect(error < 1e-7)
  }
}
