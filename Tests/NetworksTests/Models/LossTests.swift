import FoundationEssentials
import Glibc
import Networks
import Testing

/// Central differences of a function of one tensor. With step 1e-5 the truncation error is of order 1e-10 and the
/// rounding error of order 1e-11, so 1e-7 on the relative error leaves no room for a wrong term.
func finiteDifferenceError(
  of gradient: Tensor<Double>, at point: Tensor<Double>, _ value: (Tensor<Double>) -> Double
) -> Double {
  let step = 1e-5
  var difference = 0.0
  var size = 0.0
  for i in point.scalars.indices {
    var scalars = point.scalars
    scalars[i] = point.scalars[i] + step
    let above = value(Tensor(shape: point.shape, scalars: scalars))
    scalars[i] = point.scalars[i] - step
    let below = value(Tensor(shape: point.shape, scalars: scalars))
    let numeric = (above - below) / (2 * step)
    difference += (gradient.scalars[i] - numeric) * (gradient.scalars[i] - numeric)
    size += gradient.scalars[i] * gradient.scalars[i] + numeric * numeric
  }
  return (difference / size).squareRoot()
}

/// Three examples of five classes; all logits negative in the second, no two logits within 0.1 of each other.
let fiveClassLogits = Tensor<Double>(
  shape: [3, 5],
  scalars: [0.3, -1.2, 2.1, 0.9, -0.4, -3.1, -2.2, -4.5, -2.9, -1.7, 5.0, 1.5, 0.2, 4.1, -0.8])

@Suite struct LossTests {
  /// Sums of a handful of doubles of order 1 differ from the closed form by a few ulps.
  let roundoff = 1e-14

  @Test func crossEntropyOfUniformLogitsIsLogOfTheNumberOfClasses() {
    let (values, gradient) = Loss.crossEntropy(Tensor<Double>(shape: [1, 4]), labels: [2])
    #expect(abs(values[0] - log(4)) < roundoff)
    #expect(gradient.scalars == [0.25, 0.25, -0.75, 0.25])
  }

  @Test func crossEntropyOfKnownProbabilities() {
    let logits = Tensor<Double>(shape: [1, 3], scalars: [log(1), log(2), log(3)])
    let (values, gradient) = Loss.crossEntropy(logits, labels: [2])
    #expect(abs(values[0] - log(2)) < roundoff)
    for (found, expected) in zip(gradient.scalars, [1.0 / 6, 1.0 / 3, -1.0 / 2]) {
      #expect(abs(found - expected) < roundoff)
    }
    // Targets 0.1, 0.1, 0.8.
    let smoothed = Loss.crossEntropy(labelSmoothing: 0.3)(logits, labels: [2])
    // The smoothing itself is a Float, 0.3 within 2e-8.
    #expect(abs(smoothed.values[0] - (0.1 * log(6) + 0.1 * log(3) + 0.8 * log(2))) < 1e-7)
    for (found, expected) in zip(smoothed.gradient.scalars, [1.0 / 6 - 0.1, 1.0 / 3 - 0.1, 1.0 / 2 - 0.8]) {
      #expect(abs(found - expected) < 1e-7)
    }
  }

  @Test func crossEntropyNeitherOverflowsNorVanishes() {
    let logits = Tensor<Float>(shape: [3, 2], scalars: [3e38, 0, 1000, -1000, 40, 0])
    let (values, gradient) = Loss.crossEntropy(logits, labels: [0, 1, 0])
    #expect(values[0] == 0)
    #expect(values[1] == 2000)
    #expect(gradient.scalars[2] == 1 && gradient.scalars[3] == -1)
    // The label's probability rounds to 1 in Float; its gradient is −exp(−40) all the same.
    #expect(values[2] == Float(log1p(exp(-40.0))) && values[2] > 0)
    #expect(gradient.scalars[4] == Float(-exp(-40.0) / (1 + exp(-40.0))))
    #expect(gradient.scalars[5] == -gradient.scalars[4])
  }

  @Test func marginTakesTheLargestOtherLogitEvenWhereAllAreNegative() {
    let logits = Tensor<Float>(shape: [2, 3], scalars: [-5, -3, -4, -5, -3, -4])
    let (values, gradient) = Loss.margin(logits, labels: [1, 0])
    #expect(values == [-1, 2])
    #expect(gradient.scalars == [0, -1, 1, -1, 1, 0])
  }

  @Test func logitRatioWorkedByHand() {
    // Sorted 4, 3, 1, 0: the spread is 4 − 1 = 3, up to the guard of 1e-12.
    let logits = Tensor<Double>(shape: [3, 4], scalars: [4, 1, 3, 0, 4, 1, 3, 0, 4, 1, 3, 0])
    let (values, _) = Loss.logitRatio(logits, labels: [0, 2, 3])
    for (found, expected) in zip(values, [-1.0 / 3, 1.0 / 3, 4.0 / 3]) { #expect(abs(found - expected) < 1e-11) }
    let equal = Loss.logitRatio(Tensor<Float>(shape: [1, 3], repeating: 7), labels: [1])
    #expect(equal.values == [0])
    #expect(equal.gradient.scalars.allSatisfy { $0.isFinite })
  }

  @Test(
    "gradients agree with finite differences",
    arguments: [Loss.crossEntropy, .crossEntropy(labelSmoothing: 0.25), .margin, .logitRatio, .probabilityMargin])
  func gradients(loss: Loss) {
    for labels in [[2, 4, 0], [0, 1, 2], [4, 2, 3]] {
      let error = finiteDifferenceError(of: loss(fiveClassLogits, labels: labels).gradient, at: fiveClassLogits) {
        loss($0, labels: labels).values.reduce(0, +)
      }
      #expect(error < 1e-7, "\(loss) at labels \(labels)")
    }
  }

  @Test(arguments: [Loss.crossEntropy, .crossEntropy(labelSmoothing: 0.25), .margin, .logitRatio, .probabilityMargin])
  func anExampleDoesNotSeeItsBatch(loss: Loss) {
    let whole = loss(fiveClassLogits, labels: [1, 2, 3])
    for example in 0..<3 {
      let alone = loss(fiveClassLogits.examples(example..<example + 1), labels: [example + 1])
      #expect(alone.values[0] == whole.values[example])
      #expect(alone.gradient == whole.gradient.examples(example..<example + 1))
    }
  }

  @Test func logitRatioOrdersEqualLogitsByTheirIndex() {
    // π = (1, 2, 0): the other class is 1, the spread 2 − 1.
    let (values, gradient) = Loss.logitRatio(Tensor<Double>(shape: [1, 3], scalars: [1, 2, 2]), labels: [2])
    #expect(values == [0])
    #expect(gradient.scalars.map { $0.rounded() } == [0, 1, -1])
  }

  @Test func nanLogitsGiveNaNLosses() {
    let logits = Tensor<Float>(shape: [2, 4], scalars: [.nan, .nan, .nan, .nan, 1, .nan, 2, .infinity])
    for loss in [Loss.crossEntropy, .margin, .logitRatio, .probabilityMargin] {
      #expect(loss(logits, labels: [0, 1]).values.allSatisfy { !$0.isFinite }, "\(loss)")
    }
    #expect(TargetedLogitRatio(targets: [1, 0])(logits, labels: [0, 1]).values.allSatisfy { !$0.isFinite })
  }

  @Test func minimumClasses() {
    #expect([Loss.crossEntropy, .margin, .logitRatio, .probabilityMargin].map(\.minimumClasses) == [1, 2, 3, 2])
    #expect(Loss.crossEntropy(Tensor<Float>(shape: [1, 1], scalars: [3]), labels: [0]).values == [0])
    #expect(Loss.margin(Tensor<Float>(shape: [1, 2], scalars: [3, 5]), labels: [0]).values == [2])
  }

  @Test func anEmptyBatchHasNoValues() {
    for loss in [Loss.crossEntropy, .margin, .logitRatio, .probabilityMargin] {
      #expect(loss(Tensor<Float>(shape: [0, 4]), labels: []).values.isEmpty)
    }
  }

  @Test func namesReadBack() throws {
    for loss in [Loss.crossEntropy, .crossEntropy(labelSmoothing: 0.1), .margin, .logitRatio, .probabilityMargin] {
      #expect(Loss(loss.description) == loss)
      #expect(try JSONDecoder().decode([Loss].self, from: JSONEncoder().encode([loss])) == [loss])
    }
    #expect(Loss.names.compactMap { Loss($0) } == [.crossEntropy, .margin, .logitRatio, .probabilityMargin])
    #expect(Loss("cross-entropy:label-smoothing=1") == nil)
    #expect(Loss("hinge") == nil)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Loss].self, from: Data(#"["hinge"]"#.utf8)) }
  }
}
