import Defences
import Networks
import Testing

@Suite struct TotalVariationTests {
  /// Two pixels a < b move towards each other by the weight, and meet where that is more than half their distance.
  ///
  /// The last iterates stand still in single precision: a few units in the last place of 1.
  @Test(arguments: [(0.1, [0.3, 0.8]), (0.5, [0.55, 0.55])] as [(Float, [Float])])
  func twoPixels(weight: Float, expected: [Float]) throws {
    let image = Tensor<Float>(shape: [1, 1, 1, 2], scalars: [0.2, 0.9])
    let fitted = try TotalVariation(weight: weight, keep: 1, iterations: 2000).apply(image, draw: Draw())
    for (found, expected) in zip(fitted.scalars, expected) { #expect(abs(found - expected) < 1e-6, "\(fitted)") }
  }

  /// No neighbour of the result has a smaller sum: the problem is convex, so that none has.
  @Test func theResultIsTheMinimum() throws {
    let image = randomImages(count: 1, shape: [1, 6, 5])
    let preprocessor = TotalVariation(weight: 0.07, keep: 1, iterations: 3000)
    let fitted = try preprocessor.apply(image, draw: Draw())
    func objective(_ z: [Float]) -> Double {
      var sum = 0.0
      for y in 0..<6 {
        for x in 0..<5 {
          let here = Double(z[y * 5 + x])
          let residual = here - Double(image.scalars[y * 5 + x])
          let right = x < 4 ? Double(z[y * 5 + x + 1]) - here : 0
          let down = y < 5 ? Double(z[y * 5 + x + 5]) - here : 0
          sum += residual * residual / 2 + 0.07 * (right * right + down * down).squareRoot()
        }
      }
      return sum
    }
    let least = objective(fitted.scalars)
    #expect(least < objective(image.scalars) - 0.1)
    var stream = RandomSource(seed: 1).stream(.check)
    for scale: Float in [1e-1, 1e-2, 1e-3] {
      for _ in 0..<100 {
        let other = objective(fitted.scalars.map { $0 + scale * stream.normal() })
        #expect(other > least - 1e-7, "\(least - other)")
      }
    }
  }

  @Test func missingPixelsAreFilledIn() throws {
    // A constant image has no variation, whatever is left out; an edge is found again from half of its pixels.
    let grey = Tensor<Float>(shape: [2, 3, 4, 4], repeating: 0.25)
    #expect(try TotalVariation().apply(grey, draw: Draw()) == grey)
    let preprocessor = TotalVariation(weight: 0.01, keep: 0.5, iterations: 2000)
    #expect(preprocessor.isRandomized && !TotalVariation(keep: 1).isRandomized)
    let edge = Tensor<Float>(shape: [1, 1, 8, 8], scalars: (0..<64).map { $0 % 8 < 4 ? 0.1 : 0.9 })
    let fitted = try preprocessor.apply(edge, draw: Draw())
    #expect(fitted != edge)
    // Twice the weight times the length of the edge over the pixels that are kept moves each side: well below 0.1.
    for (found, given) in zip(fitted.scalars, edge.scalars) { #expect(abs(found - given) < 0.1, "\(fitted)") }
  }
}
