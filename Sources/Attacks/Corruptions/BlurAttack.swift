public import Hyperparameters
import Networks

/// A Gaussian blur that grows until the image is misclassified.
///
///     x' = G(σ) ∗ x,  σ from 0 to the longer side of the image
///
/// As in Foolbox, whose Gaussian blur attack takes 1000 steps in L2 and does not bisect; the border is mirrored, and
/// the filter ends at four σ.
public struct BlurAttack: PathAttack {
  /// Name and title.
  public static let method = Method(
    name: "blur", title: "Gaussian blur", summary: "A blur that grows until the class changes.")

  /// Looks along the path.
  public var steps = 100
  /// Halvings of the last stretch.
  public var searchSteps = 10

  /// All of them.
  public static let hyperparameters: [Hyperparameter<BlurAttack>] = Hyperparameter.path

  /// 100 looks.
  public init() {}

  var pathCount: Int { 1 }

  func images(_ task: AttackTask, path: Int, shares: [Double]) throws -> Tensor<Float> {
    let (height, width) = try task.imageSides(for: Self.name)
    // Most examples are at the same place of the path.
    var maps: [Double: SeparableMap] = [:]
    let own = shares.map { share in
      if let map = maps[share] { return map }
      let sigma = share * Double(max(height, width))
      let map = SeparableMap(
        rows: .gaussian(width, sigma: sigma, edge: .reflected),
        columns: .gaussian(height, sigma: sigma, edge: .reflected))
      maps[share] = map
      return map
    }
    return task.images.mapped(by: own)
  }
}
