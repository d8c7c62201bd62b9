import Defences
import Networks
import TestSupport
import Testing

@Suite struct PreprocessedTests {
  private let model = LinearClassifier.random(inputShape: [2, 7, 6], classCount: 3, seed: 5)
  private static let randomized: [any Preprocessor] = [
    GaussianNoise(sigma: 0.2), RandomResize(smallest: 0.6), TotalVariation(iterations: 5),
    PreprocessorChain([GaussianNoise(), BitDepth(bits: 2), RandomResize()]),
  ]

  /// For a linear model and filter the gradient of the whole is exact: the margin's slope by differences of the whole.
  @Test func theGradientIsThatOfTheWhole() throws {
    let whole = try Preprocessed(GaussianFilter(sigma: 0.8), before: model)
    let images = randomImages()
    let (logits, gradient) = try whole.pullback(at: images) { logits, _ in
      Tensor(shape: logits.shape, scalars: (0..<9).map { [1, -2, 0.5][$0 % 3] })
    }
    #expect(logits == (try whole.logits(of: images)))
    let direction = randomImages(seed: 8)
    func value(_ step: Float) throws -> Double {
      let points = Tensor<Float>(
        shape: images.shape, scalars: zip(images.scalars, direction.scalars).map { $0 + step * $1 })
      return try whole.logits(of: points).scalars.enumerated().reduce(0) { $0 + Double($1.1) * [1, -2, 0.5][$1.0 % 3] }
    }
    let numeric = try (value(0.5) - value(-0.5))
    // Logits of order 1 are rounded to 1e-7, their differences are of order 1.
    #expect(abs(inner(gradient, direction) - numeric) < 1e-5 * max(1, abs(numeric)))
  }

  @Test(arguments: randomized) func drawsDependOnTheImageAlone(preprocessor: any Preprocessor) throws {
    let images = randomImages(count: 6)
    let draw = Draw(random: RandomSource(seed: 3), number: 2)
    let together = try preprocessor.apply(images, draw: draw)
    let order = [4, 0, 5, 2, 1, 3]
    #expect(try preprocessor.apply(images.gathering(order), draw: draw) == together.gathering(order))
    for row in 0..<6 {
      let alone = try preprocessor.apply(images.examples(row..<row + 1), draw: draw)
      #expect(alone == together.examples(row..<row + 1))
    }
    let cotangent = try preprocessor.apply(images, draw: draw)
    let gradient = try preprocessor.pullback(cotangent, at: images, draw: draw)
    #expect(
      try preprocessor.pullback(cotangent.gathering(order), at: images.gathering(order), draw: draw)
        == gradient.gathering(order))
  }

  @Test(arguments: randomized) func drawsDifferByEverythingElse(preprocessor: any Preprocessor) throws {
    #expect(preprocessor.isRandomized)
    let images = randomImages()
    let draw = Draw(random: RandomSource(seed: 3))
    let first = try preprocessor.apply(images, draw: draw)
    var others = [draw, draw, draw]
    others[0].number = 1
    others[1].purpose = .evaluation
    others[2].random = RandomSource(seed: 4)
    for other in others { #expect(try preprocessor.apply(images, draw: other) != first) }
    // Of two images that differ by one bit, too.
    let noise = GaussianNoise()
    var near = images
    near.withUnsafeMutableScalars { $0[0] = $0[0].nextUp }
    let (a, b) = (noise.apply(images, draw: draw), noise.apply(near, draw: draw))
    #expect(a.scalars[1] - images.scalars[1] != b.scalars[1] - images.scalars[1])
  }

  /// 8400 normal numbers: the mean has a standard error of σ / 92, the variance one of 1.5 %.
  @Test func noiseIsNormal() throws {
    let images = Tensor<Float>(shape: [100, 2, 7, 6])
    let all = (0..<1).flatMap { GaussianNoise(sigma: 0.3).apply(images, draw: Draw(number: $0)).scalars }
    #expect(all[..<84] == all[84..<168], "the same image gets the same noise")
    let noise = (0..<100).flatMap {
      GaussianNoise(sigma: 0.3).apply(images.examples(0..<1), draw: Draw(number: $0)).scalars
    }
    let mean = noise.reduce(0) { $0 + Double($1) } / 8400
    let variance = noise.reduce(0) { $0 + Double($1) * Double($1) } / 8400
    #expect(abs(mean) < 5 * 0.3 / 92 && abs(variance / 0.09 - 1) < 0.08, "\(mean), \(variance)")
  }

  @Test func anExpectationIsTheMeanOfItsDraws() throws {
    let random = RandomSource(seed: 6)
    let images = randomImages()
    let expectation = try Expectation(over: GaussianNoise(sigma: 0.3), before: model, samples: 3, random: random)
    let loss: LogitCotangent = { logits, rows in Loss.crossEntropy(logits, labels: rows.map { $0 % 3 }).gradient }
    let found = try expectation.pullback(at: images, cotangent: loss)
    let draws = try (0..<3).map { number in
      try Preprocessed(GaussianNoise(sigma: 0.3), before: model, draw: Draw(random: random, number: number))
        .pullback(at: images, cotangent: loss)
    }
    // Three floats of order 1 are averaged in single precision.
    for i in images.scalars.indices {
      let mean = draws.reduce(0) { $0 + $1.gradient.scalars[i] } / 3
      #expect(abs(found.gradient.scalars[i] - mean) < 1e-6)
    }
    let probabilities = draws.map { $0.logits.double.probabilities }
    for row in 0..<3 {
      for k in 0..<3 {
        let mean = probabilities.reduce(0) { $0 + $1[row][k] } / 3
        #expect(abs(Double(found.logits.scalars[row * 3 + k]) - logarithm(mean)) < 1e-5)
      }
    }
    #expect(try expectation.logits(of: images) == found.logits)
  }

  @Test func chainsGoForwardsAndBackwards() throws {
    let chain = PreprocessorChain([GaussianFilter(sigma: 0.7), MeanFilter(size: 2)])
    let images = randomImages()
    let expected = try MeanFilter(size: 2).apply(GaussianFilter(sigma: 0.7).apply(images, draw: Draw()), draw: Draw())
    #expect(try chain.apply(images, draw: Draw()) == expected)
    let error = try slopeError(of: chain, at: images)
    #expect(error < 1e-5, "\(error)")
    #expect(chain.derivative == .exact && !chain.isRandomized)
    let mixed = PreprocessorChain([BitDepth(), Thermometer(levels: 2)])
    #expect(try mixed.inputShape(producing: [4, 3, 3]) == [2, 3, 3])
    #expect(mixed.derivative.description.contains("the identity for bit-depth"))
  }

  @Test func theNetworkMustFit() {
    #expect(throws: DefenceError.self) { try Preprocessed(Thermometer(levels: 4), before: model) }
  }
}
