internal import Exchange
internal import Networks

/// The images that the accuracy of a trained model is measured on.
enum TestSplit {
  case usable(Dataset)
  /// There is none, or none that fits: why.
  case unusable(String)
}

extension DataOptions {
  /// The test split, in the shape and range that a network takes.
  func testSplit(_ reading: ReadingOptions, for input: NetworkInput, classCount: Int) -> TestSplit {
    guard split != "test" else { return .unusable("the model is trained on the test split") }
    guard layout.imagesKey == nil else { return .unusable("--images-key and --labels-key name one split") }
    do {
      let test = try load(reading, whole: "test", for: input)
      guard test.split != Dataset.allRows else {
        return .unusable("the file has no splits, and the model is trained on all of it")
      }
      let isFit = test.imageShape == input.shape && test.classCount == classCount
      return isFit ? .usable(test) : .unusable("its images are \(test.imageShape) of \(test.classCount) classes")
    } catch {
      return .unusable("\(error)")
    }
  }
}
