import Exchange
import Networks
import TestSupport
import Testing

/// Files that Keras 2.12 to 3.15 wrote, against the outputs and gradients that Keras computed with them.
struct KerasFixturesTests {
  /// Keras computed in single precision, through at most 40 layers; one rounding is 6e-8, and sums of hundreds of terms
  /// add a few dozen of them at random: 1e-5 leaves a factor of ten. The oracle adds nothing.
  private static let outputTolerance = 1e-5
  /// The gradient passes through every layer twice, and its terms cancel more.
  private static let gradientTolerance = 1e-4

  @Test(arguments: KerasFixture.readable)
  func outputsAndGradients(_ fixture: KerasFixture) throws {
    let model = try fixture.model()
    let expected = try fixture.expectation()
    let outcome = try KerasOutcome(
      model, images: expected.images, labels: expected.labels, areProbabilities: expected.areProbabilities)
    #expect(model.network.hadFinalSoftmax == expected.areProbabilities)
    // Weights rounded to 11 bits (1e-3 relative to their size, averaged over sums) are the manifest's own tolerance.
    let isLossy =
      fixture.expected.contains("lossy") || fixture.expected.contains("rounded")
      || fixture.file.contains("float16")
    let outputError = relativeDifference(outcome.outputs, from: expected.outputs)
    let gradientError = relativeDifference(outcome.gradient, from: expected.gradient)
    #expect(outputError <= (isLossy ? 1e-2 : Self.outputTolerance), "outputs differ by \(outputError)")
    if !isLossy { #expect(gradientError <= Self.gradientTolerance, "gradients differ by \(gradientError)") }
  }

  @Test(arguments: KerasFixture.refused)
  func refusals(_ fixture: KerasFixture) throws {
    let error = #expect(throws: ExchangeError.self) { try fixture.model() }
    print(fixture.file, error?.description ?? "")
  }
}
