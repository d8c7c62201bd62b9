public import Hyperparameters
import Networks

/// All pixels brighter, or all darker, until the image is misclassified.
///
///     x' = clip(x ± t (u − l)),  t from 0 to 1
///
/// u and l are the ends of the pixel range. The nearer of the two is kept.
public struct BrightnessAttack: PathAttack {
  /// Name and title.
  public static let method = Method(
    name: "brightness", title: "Brightness", summary: "All pixels brighter or darker until the class changes.")

  /// Looks in each direction.
  public var steps = 100
  /// Halvings of the last stretch.
  public var searchSteps = 10

  /// All of them.
  public static let hyperparameters: [Hyperparameter<BrightnessAttack>] = Hyperparameter.path

  /// 100 looks.
  public init() {}

  var pathCount: Int { 2 }

  func images(_ task: AttackTask, path: Int, shares: [Double]) -> Tensor<Float> {
    let sign: Double = path == 0 ? 1 : -1
    return task.mappingScalars(shares) { value, range, share in
      let (lower, upper) = (Double(range.lowerBound), Double(range.upperBound))
      return min(max(value + sign * share * (upper - lower), lower), upper)
    }
  }
}
