internal import Compute
internal import Exchange
internal import Networks
internal import Training

/// What a run of `train` starts from: images, and a network with its weights.
struct TrainInputs {
  let dataPath: String
  /// Whether the data was named, and is not what ships with the lab.
  let isDataGiven: Bool
  /// The images, in the shape and range that the network takes.
  let data: TrainingData
  /// What makes the images what they are, for the comparison with an earlier run.
  let dataSettings: [TrainingSetting]
  /// Those that are learnt from.
  let training: any TrainingImages
  /// Those that are set apart; nil for none.
  let validation: (any TrainingImages)?
  let test: TestSplit
  let initial: InitialNetwork
  /// The models of ensemble adversarial training, or the teacher of distillation.
  let sources: [LoadedModel]
}

extension TrainingData {
  /// The images that are learnt from, and those that are set apart.
  func split(
    validationFraction: Double, seed: UInt64
  ) throws -> (training: any TrainingImages, validation: (any TrainingImages)?) {
    let split = try images.split(validationFraction: validationFraction, random: RandomSource(seed: seed))
    // A share so small that it rounds to no image is none.
    return (split.training, split.validation.count > 0 ? split.validation : nil)
  }
}

extension LoadedModel {
  /// Checks that a model can be trained with: that it takes images of this form.
  func checkSource(for data: DatasetProperties) throws {
    guard classifier.inputShape == data.imageShape, classifier.classCount == data.classCount else {
      throw MismatchedFile(
        description: "\(path): expected a model of images \(data.imageShape) and \(data.classCount) classes, found one "
          + "of \(classifier.inputShape) and \(classifier.classCount)")
    }
  }
}
