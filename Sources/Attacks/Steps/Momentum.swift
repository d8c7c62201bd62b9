import Hyperparameters
import Networks

/// Gradients of one size each, summed over the steps, earlier ones by a power of the decay factor.
///
///     g ← μ g + ∇ / mean |∇|
///
/// The paper of MI-FGSM divides by the L1 norm of the gradient, its authors' code and torchattacks by the mean absolute
/// value. That scales all of g alike and changes no step; but a look ahead, which is as long as g says, has a length that
/// matters only with the mean (an entry of g is then about 1).
struct Momentum<Gradient: StepDirection>: StepDirection {
  private var gradient: Gradient
  private let decay: Float
  /// How far ahead of the points along the memory the gradient is taken; nil for at the points.
  private let lookAhead: Float?
  private var memory: Tensor<Float>?

  /// No memory yet.
  init(of gradient: Gradient, decay: Float, lookAhead: Float? = nil) {
    (self.gradient, self.decay, self.lookAhead) = (gradient, decay, lookAhead)
  }

  mutating func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    var place = points
    if let lookAhead, let memory { place = points.moved(along: memory, by: decay * lookAhead) }
    let (logits, found) = try gradient.next(at: place, of: task, step: step, model: model)
    var sum = found.overMeanMagnitude
    if let memory { sum = sum.moved(along: memory, by: decay) }
    memory = sum
    return (logits, sum)
  }

  mutating func keep(_ open: [Int]) {
    gradient.keep(open)
    memory = memory?.gathering(open)
  }
}

/// An attack with momentum.
protocol MomentumAttack: SteppingAttack {
  /// How much of the memory is left after a step.
  var decay: Float { get set }
}

extension Hyperparameter where Owner: MomentumAttack {
  /// How much of the memory is left after a step.
  static var decay: Hyperparameter {
    .number("decay", \.decay, .from(0, to: 1), "What is left of the sum of earlier gradients after each step.")
  }
}
