public import Networks

/// A score for a vector of features, with its gradient.
public protocol FeatureScore: Sendable, CustomStringConvertible {
  /// The name on the command line.
  static var name: String { get }
  /// The score of the features of an image for which the model predicts a class, and its gradient.
  func score(of features: [Double], predicted: Int) -> (value: Double, gradient: [Double])
}

/// A detector that scores the output of an inner node of a network.
public struct FeatureDetector: Detector {
  /// The first part of the network, whose "logits" are the features.
  private let features: any DifferentiableClassifier
  private let model: any Classifier
  private let score: any FeatureScore

  /// Creates a detector.
  ///
  /// - Parameters:
  ///   - score: The score of the features.
  ///   - features: The network up to the node whose output is scored; see `Network.truncated(after:)`.
  ///   - model: The whole network, which predicts a class.
  public init(_ score: any FeatureScore, of features: any DifferentiableClassifier, model: any Classifier) {
    self.score = score
    self.features = features
    self.model = model
  }

  /// That of the score.
  public var description: String { score.description }

  /// The scores of the features.
  public func scores(of images: Tensor<Float>) throws -> [Double] {
    evaluate(try features.logits(of: images), predicted: try model.logits(of: images).argmax()).map(\.value)
  }

  /// The gradient goes through the features; the predicted class is held constant.
  public func pullback(at images: Tensor<Float>) throws -> (scores: [Double], gradient: Tensor<Float>) {
    let predicted = try model.logits(of: images).argmax()
    var values: [Double] = []
    let gradient = try features.pullback(at: images) { features, rows in
      let results = evaluate(features, predicted: Array(predicted[rows]))
      values += results.map(\.value)
      return Tensor(shape: features.shape, scalars: results.flatMap { $0.gradient.map(Float.init) })
    }.gradient
    return (values, gradient)
  }

  private func evaluate(_ features: Tensor<Float>, predicted: [Int]) -> [(value: Double, gradient: [Double])] {
    zip(features.rows, predicted).map { score.score(of: $0, predicted: $1) }
  }
}

extension Tensor<Float> {
  /// Every example as a vector.
  var rows: [[Double]] {
    (0..<exampleCount).map { row in scalars[row * exampleSize..<(row + 1) * exampleSize].map(Double.init) }
  }
}
