public import Hyperparameters
public import Networks

/// The nearest adversarial point, by a walk along the decision boundary that stays close to the image.
///
/// Croce and Hein, *Minimally distorted adversarial examples with a fast adaptive boundary attack*, arXiv 1907.02044;
/// the steps are those of `BoundaryWalk`. At every step the boundary to the class that is nearest by the linear
/// approximation is taken: a gradient for each class but one. Distances are in stored pixel units.
///
/// The defaults are those of the code in fra31/auto-attack; the projections onto boundary and box are exact here for
/// gradients of any size. `final-search-steps=3` is the last search on the segment to the image of the authors' first
/// code: its points are nearer by hardly a tenth of a percent, and so near to the boundary that PyTorch sees 55 of 358
/// on the other side, on the shipped `digits-cnn` in L∞. Without it the overshoot of the last step, which the authors'
/// code keeps, makes a point adversarial for others too: there none is lost. Random starts lie within half the restart
/// radius or half the distance of what was found, as in the authors' first code; AutoAttack knows of nothing found
/// within the radius when it starts again, so that with `restart-radius` at ε both are the same. torchattacks makes 10
/// steps where nothing else is said.
///
/// Towards a target the boundary is that between the target and the leading other class, for which there is no reference.
public struct FastAdaptiveBoundary: StoppingMinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "fab", title: "Fast adaptive boundary",
    summary: "A walk along the nearest boundary, drawn to the image.",
    citation: "Croce and Hein, arXiv 1907.02044")
  /// Those with a projection onto boundary and box.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// How it walks.
  public var walk = BoundaryWalk()

  /// Those of the walk.
  public static let hyperparameters: [Hyperparameter<FastAdaptiveBoundary>] =
    BoundaryWalk.hyperparameters.lifted(to: \.walk)

  /// Those for ten classes.
  public var passesPerExample: Double { walk.passes(boundaries: 1, gradients: 9) }

  /// No example leaves.
  public var withoutEarlyStop: FastAdaptiveBoundary {
    var attack = self
    attack.walk.stopRadius = nil
    return attack
  }

  /// Random runs then begin within half of that radius.
  public func stopping(within radius: Float) -> FastAdaptiveBoundary {
    var attack = self
    (attack.walk.stopRadius, attack.walk.restartRadius) = (radius, radius > 0 ? radius : nil)
    return attack
  }

  /// As in the reference.
  public init() {}

  /// An attack with another walk.
  public init(walk: BoundaryWalk) { self.walk = walk }

  /// The restart radius filled in.
  public func resolved(for threat: ThreatModel) -> FastAdaptiveBoundary {
    var attack = self
    attack.walk.restartRadius = walk.restartRadius(threat.norm)
    return attack
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    try walk.nearest(task, to: [.nearest], model: model)
  }
}
