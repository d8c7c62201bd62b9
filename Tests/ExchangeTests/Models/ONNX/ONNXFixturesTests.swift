import Exchange
import Networks
import Testing

/// Files that exporters of PyTorch, Keras, tf2onnx and scikit-learn wrote, opset by opset, and damaged ones.

@Test(arguments: ExchangeFixture.all(of: ["onnx"]))
func onnxFilesDoWhatTheirManifestSays(fixture: ExchangeFixture) throws {
  let result = Result { try ModelRequest(path: fixture.path).read() }
  switch result {
  case .success(let (model, _)):
    #expect(!fixture.mustBeRefused)
    guard fixture.expectation.contains("match"), !fixture.expectation.hasPrefix("hostile") else { return }
    let worst = try fixture.differences(model)
    // onnxruntime agrees with what made the file by 1e-6, half precision by 2e-4; gradients pass twice as many layers.
    let tolerance = fixture.expectation.contains("float16") ? 2e-3 : 1e-5
    #expect(worst.outputs <= tolerance)
    #expect(worst.gradient ?? 0 <= 10 * tolerance)
  case .failure(let error):
    #expect(!fixture.mustMatch, "\(error)")
    #expect(error is ExchangeError, "\(error)")
  }
}
