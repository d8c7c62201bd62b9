import Networks

/// The boundary that an attack on a boundary heads for.
enum BoundaryChoice: Hashable, Sendable {
  /// Of those to all other classes the one that is nearest by the linear approximation, at every step anew.
  case nearest
  /// That to the class with the largest logit of the clean image but for the label, or with the second largest and so
  /// on, counted from 0.
  case rank(Int)
}

/// The boundary of each example's class, as a linear function around a point: positive on the other side.
struct LinearBoundary {
  /// The value of each at its point.
  private(set) var values: [Double]
  /// The gradient of each.
  private(set) var gradients: Tensor<Float>
}

extension LinearBoundary {
  /// Below this a gradient is none, as in the reference.
  private static let guardLength = 1e-12

  /// The boundaries at one point per example.
  ///
  /// Away from a label that is the difference z_k − z_y of the logits of another class and the label. Towards a target it
  /// is z_t less the largest other logit, whatever the choice.
  ///
  /// - Parameters:
  ///   - task: The examples.
  ///   - points: Their points.
  ///   - others: The other class of each; the nearest one without them.
  ///   - model: The model; one gradient is taken of it, or one for each class but one.
  /// - Throws: What the model throws.
  init(_ task: AttackTask, at points: Tensor<Float>, others: [Int]?, model: AttackedModel) throws {
    switch (task.goal, others) {
    case (.classify(let targets), _): try self.init(task, at: points, targets: targets, model: model)
    case (.misclassify(let labels), let others?):
      try self.init(task, at: points, from: labels, to: others, model: model)
    case (.misclassify(let labels), nil):
      try self.init(task, at: points, from: labels, to: labels.map { $0 == 0 ? 1 : 0 }, model: model)
      for number in 1..<max(1, model.classCount - 1) {
        let others = labels.map { number < $0 ? number : number + 1 }
        let next = try LinearBoundary(task, at: points, from: labels, to: others, model: model)
        takeNearer(next, norm: task.threat.norm)
      }
    }
  }

  private init(
    _ task: AttackTask, at points: Tensor<Float>, from labels: [Int], to others: [Int], model: AttackedModel
  ) throws {
    let pass = try task.gradient(at: points, ofLogits: others, minus: labels, model: model)
    gradients = pass.gradient
    let classes = pass.logits.exampleSize
    values = pass.logits.withUnsafeScalars { logits in
      labels.indices.map { row in
        Double(logits[row * classes + others[row]]) - Double(logits[row * classes + labels[row]])
      }
    }
  }

  private init(_ task: AttackTask, at points: Tensor<Float>, targets: [Int], model: AttackedModel) throws {
    let pass = try task.gradient(at: points, of: .margin, model: model)
    gradients = pass.gradient
    values = task.goal.objective(.margin, of: pass.logits, rows: 0..<targets.count).values.map(Double.init)
  }

  /// Takes over the boundaries that are nearer. One without gradient, or with one that is not finite, is nowhere.
  private mutating func takeNearer(_ other: LinearBoundary, norm: Norm) {
    let (own, others) = (distances(norm), other.distances(norm))
    let nearer = own.indices.filter { others[$0] < own[$0] }
    gradients.scatter(other.gradients.gathering(nearer), to: nearer)
    for row in nearer { values[row] = other.values[row] }
  }

  /// The distance of each from its point, without a box: the value over the length of the gradient in the dual norm.
  private func distances(_ norm: Norm) -> [Double] {
    let zero = Tensor<Float>(shape: gradients.shape)
    let lengths = (norm.dual ?? .linf).distances(from: zero, to: gradients)
    return zip(values, lengths).map { value, length in
      let distance = abs(value) / (Self.guardLength + Double(length))
      return length > 0 && distance.isFinite ? distance : .infinity
    }
  }
}
