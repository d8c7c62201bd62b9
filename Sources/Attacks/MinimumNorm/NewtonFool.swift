import Glibc
public import Hyperparameters
public import Networks

/// Steps of Newton's method that take the probability of the label down to that of a guess.
///
///     d = min(η ‖x‖₂ ‖∇p_y‖₂, p_y − 1/K);  x' ← clip(x' − d · ∇p_y / ‖∇p_y‖₂²)
///
/// until x' is adversarial. Jang, Wu and Jha, *Objective metrics and gradient descent algorithms for adversarial examples in
/// machine learning*, ACSAC 2017, DOI 10.1145/3134600.3134635.
///
/// The paper and ART have lengths where Foolbox has their squares, so that its steps are others; ART goes on after
/// success, and clips at the end alone. The paper knows no target: towards one its probability p_t is raised by
/// d = min(η ‖x‖₂ ‖∇p_t‖₂, 1 − p_t). An example ends where its gradient is zero or not finite.
public struct NewtonFool: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "newtonfool", title: "NewtonFool", summary: "Newton steps that take the label's probability down.",
    citation: "Jang, Wu and Jha, DOI 10.1145/3134600.3134635")
  /// That of the paper.
  public static let norms: [Norm] = [.l2]

  /// The most steps; as in Foolbox and ART.
  public var steps = 100
  /// η: the longest step relative to the length of the image.
  public var eta: Float = 0.01

  /// All of them.
  public static let hyperparameters: [Hyperparameter<NewtonFool>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps at most."),
    .number("eta", \.eta, .above(0), "The longest step, relative to the length of the image."),
  ]

  /// A gradient for each step, and a look at the end.
  public var passesPerExample: Double { 2 * Double(steps) + 1 }

  /// 100 steps.
  public init() {}

  /// Creates an attack.
  public init(steps: Int, eta: Float = NewtonFool().eta) {
    self.steps = steps
    self.eta = eta
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    var active = ActivePoints(task, points: task.images)
    var rows = Array(0..<task.count)
    for step in 0...max(0, steps) {
      let queries = model.pullbackLogitsAreExact ? 1 : 2
      if let open = active.retireUnaffordable(queries, model: model.queried) { rows = open.map { rows[$0] } }
      guard !active.isEmpty else { break }
      var look = try probabilities(active, model: model, needsGradient: step < steps)
      nearest.enter(active.points, where: look.isReached, rows: rows)
      let isDone = look.isReached.indices.map { look.isReached[$0] || look.gains[$0] == nil }
      if let open = active.retire(where: isDone) {
        rows = open.map { rows[$0] }
        look.gradient = look.gradient.gathering(open)
        look.gains = open.map { look.gains[$0] }
      }
      move(&active, along: look.gradient, gains: look.gains)
    }
    return nearest.points
  }

  /// What a pass tells: whether each point is adversarial, the gradient of the probability towards the goal, and how much it
  /// is to be multiplied by; nil where there is no step.
  private typealias Look = (isReached: [Bool], gradient: Tensor<Float>, gains: [Double?])

  private func probabilities(_ active: ActivePoints, model: AttackedModel, needsGradient: Bool) throws -> Look {
    let task = active.task
    guard needsGradient else {
      let logits = try task.logits(of: active.points, model: model.queried)
      return (task.goal.isReached(by: logits), active.points, task.ids.map { _ in nil })
    }
    var probabilities = [Double](repeating: .nan, count: task.count)
    let (logits, gradient) = try model.pullback(at: active.points, for: task.ids) { logits, part in
      task.goal.probability(of: logits, rows: part, into: &probabilities)
    }
    let reached = try task.confirmed(task.goal.isReached(by: logits), at: active.points, model: model)
    let sizes = Norm.l2.distances(from: Tensor(shape: task.images.shape), to: task.images)
    let lengths = Norm.l2.distances(from: Tensor(shape: gradient.shape), to: gradient)
    let chance = 1 / Double(logits.exampleSize)
    let gains = task.ids.indices.map { row -> Double? in
      let (length, probability) = (Double(lengths[row]), probabilities[row])
      let room = task.goal.isTargeted ? 1 - probability : probability - chance
      let gain = min(Double(eta) * Double(sizes[row]) * length, room) / (length * length)
      return length > 0 && gain.isFinite ? gain : nil
    }
    return (reached, gradient, gains)
  }

  private func move(_ active: inout ActivePoints, along gradient: Tensor<Float>, gains: [Double?]) {
    guard !active.isEmpty else { return }
    let size = gradient.exampleSize
    active.points.withUnsafeMutableScalars { points in
      gradient.withUnsafeScalars { gradient in
        for (row, gain) in gains.enumerated() {
          for index in row * size..<(row + 1) * size {
            points[index] = Float(Double(points[index]) + (gain ?? 0) * Double(gradient[index]))
          }
        }
      }
    }
    // In a ball of infinite radius that puts the points into the box.
    active.task.threat.project(&active.points, around: active.task.images)
  }
}

extension Goal {
  /// The probability of each label or target, and by the logits the gradient of what is to grow: it, or its negative.
  ///
  /// ∂p_y/∂z_k = −p_y p_k, and p_y Σ_{k≠y} p_k for k = y, without the cancellation of 1 − p_y.
  fileprivate func probability(
    of logits: Tensor<Float>, rows: Range<Int>, into probabilities: inout [Double]
  ) -> Tensor<Float> {
    let size = logits.exampleSize
    let (losses, slopes) = Loss.crossEntropy(logits.double, labels: Array(classes[rows]))
    let sign = isTargeted ? -1.0 : 1
    var cotangent = Tensor<Float>(shape: logits.shape)
    cotangent.withUnsafeMutableScalars { cotangent in
      for (position, row) in rows.enumerated() {
        // p_y = exp(−loss), and ∇p_y = −p_y ∇loss.
        probabilities[row] = exp(-losses[position])
        for index in position * size..<(position + 1) * size {
          cotangent[index] = Float(sign * probabilities[row] * slopes.scalars[index])
        }
      }
    }
    return cotangent
  }
}
