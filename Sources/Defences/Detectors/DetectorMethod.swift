public import Hyperparameters
public import Networks
public import Training

/// The model that a detector guards, and the data to which it may be fitted.
public struct DetectorSubject {
  /// The model that it guards.
  public let model: any DifferentiableClassifier
  /// The range of valid pixels.
  public let bounds: ClosedRange<Float>
  /// The model up to the node whose output is used as features.
  public let features: () throws -> any DifferentiableClassifier
  /// Training images.
  public let training: () throws -> LabelledImages

  /// Creates a subject.
  public init(
    model: any DifferentiableClassifier, bounds: ClosedRange<Float>,
    features: @escaping () throws -> any DifferentiableClassifier, training: @escaping () throws -> LabelledImages
  ) {
    self.model = model
    self.bounds = bounds
    self.features = features
    self.training = training
  }
}

/// The hyper-parameters of a detector, before it is fitted.
public protocol DetectorMethod: Configurable {
  /// The detector, fitted if it needs to be.
  func detector(for subject: DetectorSubject) throws -> any Detector
}

/// A detector that scores features.
public protocol FeatureScoreMethod: DetectorMethod {
  /// The score of features, fitted to those of training images.
  func score(fitting features: Tensor<Float>, labels: [Int], classCount: Int) throws -> any FeatureScore
}

extension FeatureScoreMethod {
  /// The detector, fitted to the features of the training images.
  public func detector(for subject: DetectorSubject) throws -> any Detector {
    let (examples, features) = (try subject.training(), try subject.features())
    let values = try shardRanges(count: examples.count, size: 256).map {
      try features.logits(of: examples.images.examples($0))
    }
    guard !values.isEmpty else {
      throw DefenceError.count(of: "training images", found: 0, expected: "at least 1", for: Self.method.name)
    }
    let score = try score(
      fitting: Tensor.concatenating(values), labels: examples.labels, classCount: subject.model.classCount)
    return FeatureDetector(score, of: features, model: subject.model)
  }
}
