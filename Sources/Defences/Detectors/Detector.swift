public import Networks

/// A score for every image, meant to be larger for adversarial images, with its gradient for adaptive attacks.
///
/// An example's score does not depend on the others of its batch.
public protocol Detector: Sendable, CustomStringConvertible {
  /// The scores of images; a NaN counts as larger than everything.
  func scores(of images: Tensor<Float>) throws -> [Double]
  /// The scores, and the gradient of their sum.
  func pullback(at images: Tensor<Float>) throws -> (scores: [Double], gradient: Tensor<Float>)
}
