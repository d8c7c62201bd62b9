public import Hyperparameters
public import Networks

/// The fast adaptive boundary attack along the boundary to one class after the other: one gradient for a step, however
/// many classes there are.
///
/// FAB-T of Croce and Hein, *Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free
/// attacks*, arXiv 2003.01690; the steps are those of `BoundaryWalk`. The classes are those with the largest logits of the
/// clean image but for the label, in that order, a run for each. A class only leads the way: any wrong one is a success.
///
/// In AutoAttack an example that a run breaks within ε is done. With `stop-radius` at ε it leaves with its first such
/// point, in the midst of the run, which changes nothing but the distance; without it all runs go on, and the nearest
/// point of all is the result. Beside the reference see `FastAdaptiveBoundary`.
///
/// Where the goal is a target itself there is one boundary, and this is the same attack as `fab`.
public struct TargetedFastAdaptiveBoundary: StoppingMinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "fab-t", title: "Fast adaptive boundary, by class",
    summary: "Walks along the boundaries to the leading other classes, one after the other.",
    citation: "Croce and Hein, arXiv 2003.01690")
  /// Those with a projection onto boundary and box.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// How many of the other classes are headed for, where there are as many.
  public var targetClasses = 9
  /// How it walks.
  public var walk = BoundaryWalk()

  /// The number of classes, and those of the walk.
  public static let hyperparameters: [Hyperparameter<TargetedFastAdaptiveBoundary>] =
    [.integer("target-classes", \.targetClasses, in: 1...1_000_000, "Other classes headed for, leading ones first.")]
    + BoundaryWalk.hyperparameters.lifted(to: \.walk)

  /// A gradient and a look at every step.
  public var passesPerExample: Double { walk.passes(boundaries: targetClasses, gradients: 1) }

  /// No example leaves.
  public var withoutEarlyStop: TargetedFastAdaptiveBoundary {
    var attack = self
    attack.walk.stopRadius = nil
    return attack
  }

  /// Random runs then begin within half of that radius.
  public func stopping(within radius: Float) -> TargetedFastAdaptiveBoundary {
    var attack = self
    (attack.walk.stopRadius, attack.walk.restartRadius) = (radius, radius > 0 ? radius : nil)
    return attack
  }

  /// As in the reference.
  public init() {}

  /// An attack on other classes, or with another walk.
  public init(targetClasses: Int = TargetedFastAdaptiveBoundary().targetClasses, walk: BoundaryWalk = BoundaryWalk()) {
    (self.targetClasses, self.walk) = (targetClasses, walk)
  }

  /// The restart radius filled in.
  public func resolved(for threat: ThreatModel) -> TargetedFastAdaptiveBoundary {
    var attack = self
    attack.walk.restartRadius = walk.restartRadius(threat.norm)
    return attack
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    let count = task.goal.isTargeted ? 1 : min(targetClasses, model.classCount - 1)
    return try walk.nearest(task, to: (0..<count).map(BoundaryChoice.rank), model: model)
  }
}
