internal import Exchange
internal import Networks

/// The images a trained model is judged on.
enum TestSplit {
  case usable(Dataset)
  /// There is none, or none that fits: why.
  case unusable(String)

  init(_ command: TrainCommand, for input: NetworkInput, classCount: Int) {
    let options = command.data
    guard options.split != "test" else {
      self = .unusable("the model is trained on the test split")
      return
    }
    guard options.layout.imagesKey == nil else {
      self = .unusable("--images-key and --labels-key name one split")
      return
    }
    do {
      let test = try options.load(command.reading, whole: "test", for: input)
      guard test.split != Dataset.allRows else {
        self = .unusable("the file has no splits, and the model is trained on all of it")
        return
      }
      let isFit = test.imageShape == input.shape && test.classCount == classCount
      self = isFit ? .usable(test) : .unusable("its images are \(test.imageShape) of \(test.classCount) classes")
    } catch {
      self = .unusable("\(error)")
    }
  }
}
