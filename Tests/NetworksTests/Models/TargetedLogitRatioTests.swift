import Networks
import Testing

@Suite struct TargetedLogitRatioTests {
  @Test func workedByHand() {
    // Sorted 4, 3, 1, 0: the spread is 4 − (1 + 0)/2 = 3.5, up to the guard of 1e-12.
    let logits = Tensor<Double>(shape: [2, 4], scalars: [4, 1, 3, 0, 4, 1, 3, 0])
    let (values, _) = TargetedLogitRatio(targets: [1, 0])(logits, labels: [0, 2])
    for (found, expected) in zip(values, [-3 / 3.5, 1 / 3.5]) { #expect(abs(found - expected) < 1e-11) }
  }

  @Test func gradientAgreesWithFiniteDifferences() {
    for (labels, targets) in [([2, 4, 0], [0, 1, 3]), ([0, 1, 2], [2, 0, 0]), ([4, 2, 3], [1, 3, 4])] {
      let loss = TargetedLogitRatio(targets: targets)
      let error = finiteDifferenceError(of: loss(fiveClassLogits, labels: labels).gradient, at: fiveClassLogits) {
        loss($0, labels: labels).values.reduce(0, +)
      }
      #expect(error < 1e-7, "labels \(labels), targets \(targets)")
    }
  }
}
