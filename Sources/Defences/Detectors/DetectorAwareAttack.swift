public import Attacks
public import Networks

/// Projected gradient steps against classifier and detector together.
///
/// A point that is classified correctly is moved along the gradient of the loss; once it is misclassified it is moved
/// to lower the detector's score, until it is classified correctly again. Of all misclassified points the one with the
/// lowest score is kept. Two alternating objectives need no weight between them: Carlini and Wagner, *Adversarial
/// examples are not easily detected*, arXiv 1705.07263, add them up with hinges, whose gradient vanishes for the one
/// that is satisfied; Bryniarski, Hingun, Pachuca, Wang and Carlini, *Evading adversarial example detection defenses
/// with orthogonal projected gradient descent*, arXiv 2106.15023, call it selective.
///
/// The attack's own result is not trusted: the evaluator checks its candidates, and the detector scores them again.
public struct DetectorAwareAttack: Hashable, Sendable {
  /// The number of steps.
  public var steps: Int
  /// The size of a step; 2.5 ε over the number of steps unless given.
  public var stepSize: Float?
  /// The loss to increase while the image is classified correctly.
  public var loss: Loss

  /// Creates an attack.
  public init(steps: Int = 100, stepSize: Float? = nil, loss: Loss = .crossEntropy) {
    self.steps = steps
    self.stepSize = stepSize
    self.loss = loss
  }

  /// The attack on model and detector as a search for candidates, for the evaluator.
  public func search(against detector: any Detector) -> CandidateSearch {
    CandidateSearch(passesPerExample: 2 * Double(steps + 1)) { _, task, model in
      try perturb(task, model: model, detector: detector)
    }
  }

  /// One candidate for each image: misclassified with a low score where that was found, else the last point.
  public func perturb(_ task: AttackTask, model: AttackedModel, detector: any Detector) throws -> Tensor<Float> {
    let (threat, goal) = (task.threat, task.goal)
    let size = stepSize ?? threat.radius / Float(max(steps, 1)) * 2.5
    var points = threat.randomStart(around: task.images, ids: task.ids, restart: 0, source: task.random)
    var best = points
    var lowest = [Double](repeating: .infinity, count: task.count)
    for step in 0...max(steps, 0) {
      let pass = try task.gradient(at: points, of: loss, model: model)
      let detection = try detector.pullback(at: points)
      let isReached = goal.isReached(by: pass.logits)
      let better = isReached.indices.filter { isReached[$0] && detection.scores[$0] <= lowest[$0] }
      for row in better { lowest[row] = detection.scores[row] }
      best.scatter(points.gathering(better), to: better)
      guard step < steps else { break }
      var direction = pass.gradient
      let down = detection.gradient.scaled(by: -1)
      let evading = isReached.indices.filter { isReached[$0] }
      direction.scatter(down.gathering(evading), to: evading)
      threat.ascend(&points, along: direction, stepSize: size, around: task.images)
    }
    let open = lowest.indices.filter { lowest[$0] == .infinity }
    best.scatter(points.gathering(open), to: open)
    return best
  }
}
