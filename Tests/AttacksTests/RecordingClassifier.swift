import Networks
import Synchronization

/// A model that writes down the points at which it was asked for logits, and those at which for gradients.
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
