public import Hyperparameters
public import Networks

/// Steps onto the nearest decision boundary of the network's linear approximation.
///
///     k* = argmin_k |f_k| / ‖∇f_k‖*,  f_k = z_k − z_y
///     r ← r + (|f_k*| / ‖∇f_k*‖* + 1e-4) · step(∇f_k*);  x' = clip(x + (1 + overshoot) · r)
///
/// until x' is adversarial, with the dual norm ‖·‖* and the steepest step of L2 or L∞. Moosavi-Dezfooli, Fawzi and
/// Frossard, *DeepFool: a simple and accurate method to fool deep neural networks*, arXiv 1511.04599.
///
/// The classes k are those with the largest logits of the clean image, of each example for itself. The overshoot lengthens
/// the whole perturbation, as in the authors' code and in Foolbox; torchattacks lengthens every step, ART takes 1e-6 of
/// overshoot and the union of the classes of a batch. Towards a target, f is the target's logit minus the largest other.
/// An example ends where no class has a gradient that is finite and not zero.
public struct DeepFool: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "deepfool", title: "DeepFool", summary: "Steps onto the nearest boundary of the linear approximation.",
    citation: "Moosavi-Dezfooli, Fawzi and Frossard, arXiv 1511.04599")
  /// Those of the paper but L1.
  public static let norms: [Norm] = [.linf, .l2]

  /// The most steps.
  public var steps = 50
  /// The number of classes looked at, that of the image among them.
  public var classes = 10
  /// How much the perturbation goes beyond the boundary, relative to its length.
  public var overshoot: Float = 0.02

  /// All of them.
  public static let hyperparameters: [Hyperparameter<DeepFool>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps at most."),
    .integer(
      "classes", \.classes, in: 2...1_000_000,
      "Classes with the largest clean logits that are looked at, the own included."),
    .number("overshoot", \.overshoot, .from(0), "How far beyond the boundary, relative to the whole perturbation."),
  ]

  /// A gradient for each other class in each step.
  public var passesPerExample: Double { 2 * Double(steps) * Double(classes - 1) + 2 }

  /// 50 steps, 10 classes, 2 % of overshoot.
  public init() {}

  /// Creates an attack.
  public init(
    steps: Int = DeepFool().steps, classes: Int = DeepFool().classes, overshoot: Float = DeepFool().overshoot
  ) {
    self.steps = steps
    self.classes = classes
    self.overshoot = overshoot
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    let ends = try walk(task, model: model)
    var nearest = NearestPoints(task)
    nearest.enter(ends.points, where: ends.isAdversarial)
    return nearest.points
  }

  /// The last point of every example, and whether it is adversarial.
  func walk(_ task: AttackTask, model: AttackedModel) throws -> (points: Tensor<Float>, isAdversarial: [Bool]) {
    var isAdversarial = Array(repeating: false, count: task.count)
    let affordable = task.affordable(Array(0..<task.count), by: model.queried)
    guard !affordable.isEmpty else { return (task.images, isAdversarial) }
    let part = task.gathering(affordable)
    let logits = try part.logits(of: part.images, model: model.queried)
    var walk = DeepFoolWalk(part, logits: logits, classes: classes, model: model)
    for step in 0...max(steps, 0) {
      walk.retireUnaffordable()
      guard !walk.isEmpty else { break }
      let found = step < steps ? try walk.step(overshoot: overshoot) : try walk.retireAdversarial()
      for row in found { isAdversarial[affordable[row]] = true }
    }
    var points = task.images
    points.scatter(walk.finished(), to: affordable)
    return (points, isAdversarial)
  }
}
