import Defences
import Networks
import TestSupport
import Testing

@Suite struct EnsembleTests {
  private let members = (0..<3).map { LinearClassifier.random(inputShape: [1, 3, 4], classCount: 4, seed: 20 + $0) }

  @Test func meansByHand() throws {
    let image = randomImages(count: 2, shape: [1, 3, 4])
    let outputs = try members.map { try $0.logits(of: image).double }
    let logits = try Ensemble(of: members, averaging: .logits).logits(of: image)
    let probabilities = try Ensemble(of: members, averaging: .probabilities).logits(of: image)
    for i in 0..<8 {
      let mean = outputs.reduce(0) { $0 + $1.scalars[i] } / 3
      let share = outputs.reduce(0) { $0 + $1.probabilities[i / 4][i % 4] } / 3
      // Results of order 1 to 10, rounded once.
      #expect(abs(Double(logits.scalars[i]) - mean) < 1e-6)
      #expect(abs(Double(probabilities.scalars[i]) - logarithm(share)) < 1e-6)
    }
  }

  /// Two-sided differences over h = 0.01 of a smooth function with slopes of order 1: h² / 6 = 2e-5 of third derivatives,
  /// rounding 1e-7 / h = 1e-5.
  @Test(arguments: Ensemble.Average.allCases) func theGradientIsExact(average: Ensemble.Average) throws {
    let ensemble = try Ensemble(of: members, averaging: average)
    let images = randomImages(count: 6, shape: [1, 3, 4])
    let labels = [0, 1, 2, 3, 0, 1]
    let gradient = try ensemble.pullback(at: images) { logits, rows in
      Loss.crossEntropy(logits, labels: Array(labels[rows])).gradient
    }.gradient
    for seed: UInt64 in 30..<34 {
      let direction = randomImages(count: 6, shape: [1, 3, 4], seed: seed)
      func value(_ step: Float) throws -> Double {
        let points = Tensor<Float>(
          shape: images.shape, scalars: zip(images.scalars, direction.scalars).map { $0 + step * $1 })
        return crossEntropies(try ensemble.logits(of: points).double, labels).reduce(0, +)
      }
      let numeric = try (value(0.01) - value(-0.01)) / 0.02
      let found = inner(gradient, direction)
      #expect(abs(found - numeric) < 5e-4 * max(1, abs(numeric)), "\(found), not \(numeric)")
    }
  }

  @Test func confidentMembersKeepTheGradientFinite() throws {
    let sure = try Ensemble(
      of: [ScaledLogits(members[0], times: 1e4), ScaledLogits(members[1], times: 1e4)], averaging: .probabilities)
    let images = randomImages(count: 3, shape: [1, 3, 4])
    let pass = try sure.pullback(at: images) { logits, rows in
      Loss.crossEntropy(logits, labels: rows.map { $0 % 4 }).gradient
    }
    #expect((pass.logits.scalars + pass.gradient.scalars).allSatisfy { $0.isFinite })
  }

  @Test func membersMustBeAlike() {
    #expect(throws: DefenceError.self) { try Ensemble(of: [], averaging: .logits) }
    let other = LinearClassifier.random(inputShape: [1, 3, 4], classCount: 5, seed: 1)
    let wide = LinearClassifier.random(inputShape: [1, 4, 4], classCount: 4, seed: 1)
    #expect(throws: DefenceError.self) { try Ensemble(of: [members[0], other], averaging: .logits) }
    #expect(throws: DefenceError.self) { try Ensemble(of: [members[0], wide], averaging: .logits) }
  }
}
