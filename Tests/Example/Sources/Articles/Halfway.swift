import AdvLab

/// One step of a share of the radius.
struct Halfway: Attack {
  static let method = Method(name: "halfway", title: "Half a step", summary: "One step of a share of the radius.")
  static let norms: [Norm] = [.linf, .l2, .l1]
  var share: Float = 0.5
  static let hyperparameters: [Hyperparameter<Halfway>] = [
    .number("share", \.share, .above(0, to: 1), "The share of the radius.")
  ]

  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    let (_, gradient) = try task.gradient(at: task.images, of: .crossEntropy, model: model)
    var points = task.images
    task.threat.ascend(&points, along: gradient, stepSize: share * task.threat.radius, around: task.images)
    return points
  }
}
