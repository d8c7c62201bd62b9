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
    // Where the file holds rounded weights, the manifest says what that does to the outputs.
    let loss = ["5e-4": 5e-4, "1e-3": 1e-3].first { fixture.expected.contains("tol \($0.key)") }?.value
    let outputError = relativeDifference(outcome.outputs, from: expected.outputs)
    let gradientError = relativeDifference(outcome.gradient, from: expected.gradient)
    #expect(outputError <= loss ?? Self.outputTolerance, "outputs differ by \(outputError)")
    if loss == nil { #expect(gradientError <= Self.gradientTolerance, "gradients differ by \(gradientError)") }
  }

  @Test(arguments: KerasFixture.refused)
  func refusals(_ fixture: KerasFixture) throws {
    let error = #expect(throws: ExchangeError.self) { try fixture.model() }
    print(fixture.file, error?.description ?? "")
  }
}
