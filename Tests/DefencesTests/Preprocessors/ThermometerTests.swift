import Defences
import Networks
import Testing

@Suite struct ThermometerTests {
  @Test func onesBelowZerosAbove() throws {
    let image = Tensor<Float>(shape: [1, 2, 1, 2], scalars: [0, 0.25, 0.6, 1])
    let encoded = try Thermometer(levels: 4).apply(image, draw: Draw())
    #expect(encoded.shape == [1, 8, 1, 2])
    #expect(encoded.scalars == [0, 1, 0, 0, 0, 0, 0, 0] + [1, 1, 1, 1, 1, 1, 0, 1])
  }

  @Test func shapesGoBothWays() throws {
    let encoding = Thermometer(levels: 4)
    #expect(try encoding.inputShape(producing: [8, 5, 6]) == [2, 5, 6])
    #expect(throws: DefenceError.self) { try encoding.inputShape(producing: [6, 5, 6]) }
    #expect(throws: DefenceError.self) { try encoding.inputShape(producing: [8]) }
    #expect(throws: DefenceError.self) { try encoding.apply(Tensor(shape: [2, 9]), draw: Draw()) }
  }

  /// The surrogate's slope is that of the sum of smooth steps: levels · Σ s (1 − s); every pixel has one.
  @Test func everyLevelHasAGradient() throws {
    let images = Tensor<Float>(shape: [1, 1, 1, 3], scalars: [0, 0.5, 1])
    let gradient = try Thermometer(levels: 2).pullback(
      Tensor(shape: [1, 2, 1, 3], scalars: [1, 1, 1, 10, 10, 10]), at: images, draw: Draw())
    func step(_ t: Double) -> Double { (1 / (1 + exponential(-t))) * (1 - 1 / (1 + exponential(-t))) }
    let expected = [0.0, 1, 2].map { 2 * (step($0) + 10 * step($0 - 1)) }
    for (found, expected) in zip(gradient.scalars, expected) { #expect(abs(Double(found) - expected) < 1e-5) }
  }
}
