public import Hyperparameters
import Networks

/// A rotation about the centre of the image, to either side, that grows until the image is misclassified.
///
///     x'(p) = x(c + R(±t φ)(p − c)),  t from 0 to 1
///
/// Bilinear; what comes in from beyond the border has the lowest pixel value. The nearer of the two in the norm of the
/// threat model is kept, which need not be the smaller angle. See `spatial` for a rotation within limits of its own.
public struct RotationAttack: PathAttack {
  /// Name and title.
  public static let method = Method(
    name: "rotation", title: "Rotation", summary: "A rotation that grows until the class changes.")

  /// Looks in each direction.
  public var steps = 100
  /// Halvings of the last stretch.
  public var searchSteps = 10
  /// φ: the largest rotation, in degrees.
  public var maxRotation: Float = 180

  /// All of them.
  public static let hyperparameters: [Hyperparameter<RotationAttack>] =
    Hyperparameter.path + [
      .number("max-rotation", \.maxRotation, .from(0, to: 180), "The largest rotation, in degrees.")
    ]

  /// 100 looks to each side.
  public init() {}

  var pathCount: Int { 2 }

  func images(_ task: AttackTask, path: Int, shares: [Double]) throws -> Tensor<Float> {
    _ = try task.imageSides(for: Self.name)
    let limit = Double(path == 0 ? maxRotation : -maxRotation)
    return task.images.moved(by: shares.map { RigidMotion(rotation: $0 * limit) }, in: task.threat.bounds)
  }
}
