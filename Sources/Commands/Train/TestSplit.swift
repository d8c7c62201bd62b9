internal import Exchange
internal import Networks
internal import Training

/// The images that the accuracy of a trained model is measured on.
enum TestSplit {
  case usable(any TrainingImages)
  /// There is none, or none that fits: why.
  case unusable(String)
}

extension DataOptions {
  /// The test split, in the shape and range that a network takes.
  func testSplit(
    _ reading: ReadingOptions, for input: NetworkInput, classCount: Int, memory: MemorySize
  ) -> TestSplit {
    guard split != "test" else { return .unusable("the model is trained on the test split") }
    guard layout.imagesKey == nil else { return .unusable("--images-key and --labels-key name one split") }
    do {
      let stored = try open(reading, whole: "test")
      let test = try TrainingData(stored, for: input, memory: memory, path: try path())
      let properties = test.properties
      guard properties.split != Dataset.allRows else {
        return .unusable("the file has no splits, and the model is trained on all of it")
      }
      guard properties.imageShape == input.shape, properties.classCount == classCount else {
        return .unusable("its images are \(properties.imageShape) of \(properties.classCount) classes")
      }
      return .usable(test.images)
    } catch {
      return .unusable("\(error)")
    }
  }
}
