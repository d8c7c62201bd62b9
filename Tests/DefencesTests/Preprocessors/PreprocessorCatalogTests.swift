import Defences
import Hyperparameters
import Networks
import Testing

@Suite struct PreprocessorCatalogTests {
  private func make(_ text: String) throws -> any Preprocessor {
    try PreprocessorCatalog.method(text).preprocessor(bounds: 0...1) { randomImages(count: 30) }
  }

  /// Every method with all of its defaults.
  private static let forms = PreprocessorCatalog.methods.map { "\($0.init().fullText)" }

  @Test(arguments: forms) func everyFormIsReadBack(form: String) throws {
    #expect(try make(form).description == form)
    // The bare name means the same.
    #expect(try make(String(form.prefix { $0 != ":" })).description == form)
  }

  /// The shape is known before anything is fitted.
  @Test(arguments: forms) func theShapeIsThatOfWhatIsMade(form: String) throws {
    let images = randomImages(count: 2)
    let made = try make(form).apply(images, draw: Draw())
    #expect(try PreprocessorCatalog.method(form).outputShape(of: images.shape.example) == made.shape.example)
  }

  @Test(arguments: [
    "blur", "", "jpeg:", "jpeg:quality", "jpeg:quality=0", "jpeg:quality=101", "jpeg:quality=1e1", "jpeg:size=3",
    "jpeg:quality=10,quality=20", "median:size=0", "median:size=-3", "gaussian:sigma=nan", "noise:sigma=-1",
    "bit-depth:bits=17", "pca:components=31", "pca:components=0", "resize-pad:smallest=2", "tv:keep=0",
  ]) func nothingElseIsRead(text: String) {
    #expect(throws: (any Error).self) { try make(text) }
  }
}
