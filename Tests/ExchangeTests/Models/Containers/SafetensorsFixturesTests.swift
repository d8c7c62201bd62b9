import Exchange
import Networks
import Testing

@Test(
  arguments: ExchangeFixture.all(of: ["safetensors", "hostile"], endings: [".safetensors", ".safetensors.index.json"]))
func safetensorsFilesDoWhatTheirManifestSays(fixture: ExchangeFixture) throws {
  try expectManifest(fixture)
}

/// Reads a file of weights, and checks that it matches or is refused as its manifest says.
func expectManifest(_ fixture: ExchangeFixture, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let shape: Shape =
    fixture.file.contains("resnet") ? [3, 32, 32] : fixture.file.contains("lenet") ? [1, 28, 28] : [1, 8, 8]
  let request = ModelRequest(
    path: fixture.path, architecture: fixture.architecture ?? "mlp:hidden=24",
    data: DataForm(imageShape: shape, classCount: 10))
  let result = Result { try request.read() }
  switch result {
  case .success(let (model, _)):
    #expect(!fixture.mustBeRefused, sourceLocation: sourceLocation)
    guard fixture.expectation.hasPrefix("match") else { return }
    let worst = try fixture.differences(model)
    // Both compute in single precision, the file's half precision included.
    #expect(worst.outputs <= 1e-5, sourceLocation: sourceLocation)
    #expect(worst.gradient ?? 0 <= 1e-4, sourceLocation: sourceLocation)
  case .failure(let error):
    #expect(!fixture.mustMatch, "\(error)", sourceLocation: sourceLocation)
    #expect(error is ExchangeError, "\(error)", sourceLocation: sourceLocation)
  }
}
