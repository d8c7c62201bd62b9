import Networks
import Synchronization

/// A model that keeps the points at which it was asked for logits, and those at which it was for gradients.
final class RecordingClassifier: DifferentiableClassifier {
  private let base: any DifferentiableClassifier
  private let records = Mutex<(queries: [Tensor<Float>], gradients: [Tensor<Float>])>(([], []))

  init(_ base: any DifferentiableClassifier) { self.base = base }

  var queries: [Tensor<Float>] { records.withLock { $0.queries } }
  var gradients: [Tensor<Float>] { records.withLock { $0.gradients } }

  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  var pullbackLogitsAreExact: Bool { base.pullbackLogitsAreExact }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    records.withLock { $0.queries.append(images) }
    return try base.logits(of: images)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    records.withLock { $0.gradients.append(images) }
    return try base.pullback(at: images, cotangent: cotangent)
  }
}

/// A model whose logits and gradients are what a test wants, whatever the images.
struct FixedClassifier: DifferentiableClassifier {
  let inputShape: Shape
  let logits: [Float]
  /// The value of every entry of the gradient.
  let slope: Float
  var classCount: Int { logits.count }
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    Tensor(shape: [images.exampleCount, logits.count], scalars: (0..<images.exampleCount).flatMap { _ in logits })
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    _ = try cotangent(logits, 0..<images.exampleCount)
    return (logits, Tensor(shape: images.shape, repeating: slope))
  }
}
