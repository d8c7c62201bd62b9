import Networks

/// A classifier that is any function from images to logits.
struct FunctionClassifier: Classifier {
  let inputShape: Shape
  let classCount: Int
  let function: @Sendable (Tensor<Float>) throws -> Tensor<Float>

  init(
    inputShape: Shape, classCount: Int, _ function: @escaping @Sendable (Tensor<Float>) throws -> Tensor<Float>
  ) {
    (self.inputShape, self.classCount, self.function) = (inputShape, classCount, function)
  }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> { try function(images) }
}
