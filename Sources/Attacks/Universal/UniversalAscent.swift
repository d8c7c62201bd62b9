public import Hyperparameters
public import Networks

/// One change that makes a model misclassify most images it is added to, by steps along the gradient of their loss.
///
///     v ← P(v + αₜ · steepest step along Σ ∇L(x + v))      over some images x in each step
///
/// Shafahi, Najibi, Xu, Dickerson, Davis and Goldstein, *Universal adversarial training*, arXiv 1811.11304: ascent of the
/// mean loss of the images, instead of taking them out of their class one after the other as `UniversalPerturbation` does.
/// Where they cut the loss of an image off at a number, an image that is where it shall be does not count in that step.
/// Steps are the steepest of the norm, signed in L∞, and fall to zero along a cosine.
///
/// A pixel that the box cuts off is treated as if it moved with the change: it does in images in which it is not cut off.
public struct UniversalAscent: UniversalAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "sgd-uap", title: "Universal perturbation by gradient ascent",
    summary: "One small change, of steps along the gradient of the mean loss.",
    citation: "Shafahi, Najibi, Xu, Dickerson, Davis and Goldstein, arXiv 1811.11304")
  /// The change keeps to the radius.
  public static let budget = Budget.fixed
  /// All images may be driven towards one.
  public static let aimsAtClasses = true

  /// The number of steps.
  public var steps = 500
  /// The size of the first step, or nothing for a tenth of the radius.
  public var stepSize: Float?
  /// The images of each step.
  public var imagesPerStep = 64
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<UniversalAscent>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .number(
      "step-size", \.stepSize, .above(0), unit: "pixels", standard: "a tenth of the radius",
      "The length of the first step; later ones are shorter."),
    .integer("images-per-step", \.imagesPerStep, in: 1...1_000_000, "The images on which each step is made."),
    .loss(\.loss),
  ]

  /// 500 steps on 64 images each.
  public init() {}

  /// The step size filled in, but in a ball without extent, where there is nothing to fill in.
  public func resolved(for threat: ThreatModel) -> UniversalAscent {
    var attack = self
    if threat.radius > 0 { attack.stepSize = stepSize ?? 0.1 * threat.radius }
    return attack
  }

  /// Checks the ranges and the norm, and that there are classes enough.
  public func validate(threat: ThreatModel, images: Shape, classCount: Int) throws {
    do { try check() } catch { throw AttackError.hyperparameter(error) }
    let norms: [Norm] = [.linf, .l2]
    guard norms.contains(threat.norm) else {
      throw AttackError.norm(attack: Self.name, found: threat.norm, expected: norms)
    }
    guard classCount >= loss.minimumClasses else { throw AttackError.classes(loss: loss, found: classCount) }
  }

  /// Fits a change to a set of images, towards their targets where they have any.
  public func fit(
    on set: EvaluationSet, threat: ThreatModel, model: any DifferentiableClassifier, run: FitRun
  ) throws -> any UniversalChange {
    let example = set.images.shape.example
    try validate(threat: threat, images: example, classCount: model.classCount)
    try threat.validate(for: example)
    let length = resolved(for: threat).stepSize ?? 0
    let (origin, changes) = (Tensor<Float>(shape: example.batched(1)), threat.ofChanges)
    var change = origin
    for step in 0..<max(steps, 0) {
      let part = set.images(ofStep: step, imagesPerStep, run.random)
      let slopes = try part.slopes(of: change, threat, loss, model, run.workers)
      let size = length * Float(cosineRate(step, of: steps, from: 1, to: 0))
      changes.ascend(&change, along: slopes, stepSize: size, around: origin)
      try run.onProgress(Double(step + 1) / Double(steps))
    }
    return try UniversalPerturbation(
      change: change, on: set.images, clean: predictions(of: model.logits(of: set.images)), threat: threat,
      model: model)
  }
}

extension EvaluationSet {
  /// The gradient of the summed loss with respect to a change of all images.
  fileprivate func slopes(
    of change: Tensor<Float>, _ threat: ThreatModel, _ loss: Loss, _ model: any DifferentiableClassifier,
    _ workers: Workers
  ) throws -> Tensor<Float> {
    var sums = [Double](repeating: 0, count: change.shape.count)
    try forEachSlope(at: UniversalPerturbation.points(images, change, threat), loss, model, workers) { _, slopes in
      for index in sums.indices { sums[index] += Double(slopes[index]) }
    }
    return Tensor(shape: change.shape, scalars: sums.map { Float($0) })
  }
}
