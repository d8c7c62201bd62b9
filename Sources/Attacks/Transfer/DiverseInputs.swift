public import Hyperparameters
public import Networks

/// Momentum with gradients through random sizes and places: what survives them is less peculiar to one model.
///
///     ∇ = gradient of L(D(x)) at x;  D shrinks x and puts it at a random place of an empty image, or does nothing
///
/// Xie, Zhang, Zhou, Bai, Wang, Ren and Yuille, *Improving transferability of adversarial examples with input diversity*,
/// arXiv 1803.06978 (DI²-FGSM; with a decay of 1 M-DI²-FGSM), with their probability of 1/2 and, by the rule of `bim`, ε/8
/// as step. They enlarge images of 299 pixels to at most 330. A network that takes one size is given the same ratio the other
/// way round, as in torchattacks: a side of n pixels becomes one of ⌊0.9 n⌋ to n − 1, bilinear, every example by
/// its own draw (torchattacks has one for the whole batch, and never places it at the last row or column). What is empty has
/// the lowest pixel value.
/// Step size in stored pixel units. Whether an example is broken at x takes a forward pass of its own.
public struct DiverseInputs: MomentumAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "di-fgsm", title: "Diverse inputs method",
    summary: "Gradients through random sizes and places, made to transfer.",
    citation: "Xie, Zhang, Zhou, Bai, Wang, Ren and Yuille, arXiv 1803.06978")
  /// Those with a steepest step.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// The number of steps.
  public var steps = 10
  /// The size of a step, or nothing for 1.25 ε over their number.
  public var stepSize: Float?
  /// What is left of the sum of gradients after a step, μ.
  public var decay: Float = 0
  /// The smallest size as a share of the image's.
  public var resizeRate: Float = 0.9
  /// The probability that an image is changed at all.
  public var diversityProbability: Float = 0.5
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<DiverseInputs>] = [
    .steps, .stepSize, .decay,
    .number("resize-rate", \.resizeRate, .from(0.1, to: 1), "The smallest size as a share of the image's."),
    .number("diversity-prob", \.diversityProbability, .from(0, to: 1), "How likely an image is changed in a step."),
    .earlyStop, .loss(\.loss),
  ]

  /// The paper's.
  static let pathLength: Float = 1.25

  /// The defaults.
  public init() {}

  /// The gradient is that of changed images.
  var seesPoints: Bool { false }

  func direction(of task: AttackTask, model: AttackedModel) throws -> Momentum<DiverseGradient> {
    _ = try task.imageSides(for: Self.name)
    return Momentum(
      of: DiverseGradient(
        gradient: LossGradient(loss: loss), smallest: Double(resizeRate), probability: diversityProbability),
      decay: decay)
  }
}

/// The gradient through a random size and place.
struct DiverseGradient: StepDirection {
  let gradient: LossGradient
  let smallest: Double
  let probability: Float

  func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    let (height, width) = try task.imageSides(for: DiverseInputs.name)
    let maps = task.ids.map { map(height, width, task.random.stream(.transformation, example: $0, step: step)) }
    // Counted from the lowest value, so that what is empty has it.
    let floor = task.threat.bounds.lowest(of: points.shape)
    let seen = points.moved(along: floor, by: -1).mapped(by: maps).moved(along: floor, by: 1)
    let (logits, found) = try gradient.next(at: seen, of: task, step: step, model: model)
    return (logits, found.finite.mapped(by: maps, transposed: true))
  }

  /// The change of an image; nil for none.
  private func map(_ height: Int, _ width: Int, _ stream: RandomStream) -> SeparableMap? {
    var stream = stream
    guard stream.uniform() < probability else { return nil }
    // One draw for both sides keeps the proportions.
    let share = Double(stream.uniform())
    return SeparableMap(rows: line(width, share, &stream), columns: line(height, share, &stream))
  }

  /// A line shrunk and put at a random place.
  private func line(_ count: Int, _ share: Double, _ stream: inout RandomStream) -> LineMap {
    let least = min(max(1, Int(smallest * Double(count))), count)
    let size = least == count ? count : min(count - 1, least + Int(share * Double(count - least)))
    return .shrinking(count, to: size, offset: stream.integer(below: count - size + 1))
  }

  func keep(_ open: [Int]) {}
}

extension LineMap {
  /// A line of pixels shrunk to a size by linear interpolation between pixel centres, as in PyTorch without aligned corners,
  /// and put at a place of an empty line of the old length.
  static func shrinking(_ count: Int, to size: Int, offset: Int) -> LineMap {
    LineMap(
      (0..<count).map { place in
        guard (offset..<offset + size).contains(place) else { return [] }
        let center = max(0, (Double(place - offset) + 0.5) * Double(count) / Double(size) - 0.5)
        let lower = min(Int(center), count - 1)
        let part = center - Double(lower)
        return [(lower, 1 - part), (min(lower + 1, count - 1), part)]
      })
  }
}

extension PixelBox {
  /// A batch of the lowest values that its pixels may have.
  func lowest(of batch: Shape) -> Tensor<Float> {
    Tensor(
      shape: batch, scalars: runs(of: batch).flatMap { repeatElement($0.range.lowerBound, count: $0.indices.count) })
  }
}
