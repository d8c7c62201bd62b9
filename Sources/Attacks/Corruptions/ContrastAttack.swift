public import Hyperparameters
import Networks

/// All pixels drawn to the middle of their range, until the image is misclassified.
///
///     x' = x + t (m − x),  m = (u + l)/2,  t from 0 to 1
///
/// Foolbox's contrast reduction attack by linear search: it takes 1000 steps in L2 and does not bisect.
public struct ContrastAttack: PathAttack {
  /// Name and title.
  public static let method = Method(
    name: "contrast", title: "Contrast reduction", summary: "All pixels drawn to gray until the class changes.")

  /// Looks along the path.
  public var steps = 100
  /// Halvings of the last stretch.
  public var searchSteps = 10

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ContrastAttack>] = Hyperparameter.path

  /// 100 looks.
  public init() {}

  var pathCount: Int { 1 }

  func images(_ task: AttackTask, path: Int, shares: [Double]) -> Tensor<Float> {
    task.mappingScalars(shares) { value, range, share in
      let middle = (Double(range.lowerBound) + Double(range.upperBound)) / 2
      return value + share * (middle - value)
    }
  }
}
