import Glibc
public import Hyperparameters
public import Networks
public import Training

/// Misclassification-aware adversarial training: images that are misclassified without any attack weigh more.
///
///     L = −log q_y − log(1.0001 − max over k ≠ y of q_k) + beta · KL(p ‖ q) · (1.0000001 − p_y)
///
/// p are the probabilities of the clean image, q those of the adversarial one, which PGD finds. Wang et al., *Improving
/// adversarial robustness requires revisiting misclassified examples*, ICLR 2020. The gradient flows through the weight
/// 1 − p_y too. The small constants are those of the authors' code.
public struct Mart: ProjectedGradientDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "mart", title: "MART", summary: "A divergence that weighs more on images misclassified without attack.",
    citation: "Wang, Zou, Yi, Bailey, Ma and Gu, ICLR 2020")

  /// Finds the adversarial images.
  public var attack = ProjectedGradientTraining()
  /// The weight of the divergence; 5 for a ResNet-18 and 6 for a wide ResNet in the paper.
  public var beta: Float = 5

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Mart>] =
    ProjectedGradientTraining.attack.lifted(to: \.attack) + [.beta(\.beta)]
    + WeightPerturbationSize.hyperparameters.lifted(to: \.attack.perturbation)

  /// The defaults.
  public init() {}

  /// Creates the objective.
  public init(attack: ProjectedGradientTraining, beta: Float = Mart().beta) {
    self.attack = attack
    self.beta = beta
  }

  /// Adversarial images.
  public func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    try attack.images(for: batch, model: model)
  }

  /// The loss at the images and their replacements.
  public func pass(
    through model: some TrainableClassifier, over batch: Minibatch, at points: Tensor<Float>
  ) throws -> ObjectivePass {
    try model.pairedPass(over: batch, at: points) { [beta] clean, adversarial, labels in
      Self.loss(clean, adversarial, labels: labels, beta: Double(beta))
    }
  }

  package static func loss(
    _ clean: Tensor<Float>, _ adversarial: Tensor<Float>, labels: [Int], beta: Double
  ) -> PairedLoss {
    let classes = clean.exampleSize
    var result = PairedLoss(values: [], clean: clean, adversarial: adversarial)
    for (example, label) in labels.enumerated() {
      let range = example * classes..<(example + 1) * classes
      let row = MartRow(
        clean: probabilities(clean.scalars[range]), adversarial: probabilities(adversarial.scalars[range]),
        label: label, beta: beta)
      result.values.append(row.value)
      let (cleanGradient, adversarialGradient) = (row.cleanGradient, row.adversarialGradient)
      result.clean.withUnsafeMutableScalars { scalars in
        for k in 0..<classes { scalars[range.lowerBound + k] = Float(cleanGradient[k]) }
      }
      result.adversarial.withUnsafeMutableScalars { scalars in
        for k in 0..<classes { scalars[range.lowerBound + k] = Float(adversarialGradient[k]) }
      }
    }
    return result
  }

  private static func probabilities(_ logits: ArraySlice<Float>) -> [Double] {
    let largest = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}

/// The loss of one example and its gradients with respect to both rows of logits.
private struct MartRow {
  let p: [Double]
  let q: [Double]
  let label: Int
  let rival: Int
  let beta: Double
  let divergence: Double

  private static let tiny = 1e-12

  init(clean p: [Double], adversarial q: [Double], label: Int, beta: Double) {
    (self.p, self.q, self.label, self.beta) = (p, q, label, beta)
    rival = q.indices.filter { $0 != label }.max { q[$0] < q[$1] } ?? label
    divergence = zip(p, q).reduce(0) { sum, pair in
      sum + (pair.0 > 0 ? pair.0 * (log(pair.0) - log(pair.1 + Self.tiny)) : 0)
    }
  }

  private var weight: Double { 1.0000001 - p[label] }
  private var rivalRest: Double { 1.0001 - q[rival] + Self.tiny }

  var value: Double {
    -log(max(q[label], .leastNormalMagnitude)) - log(rivalRest) + beta * divergence * weight
  }

  /// Through the softmax: qⱼ (gⱼ − Σ q g), with g = ∂L/∂q; the cross-entropy on its own, where q_y may be 0.
  var adversarialGradient: [Double] {
    var slopes = zip(p, q).map { -beta * weight * $0 / ($1 + Self.tiny) }
    slopes[rival] += 1 / rivalRest
    var gradient = throughSoftmax(slopes, q)
    for k in q.indices { gradient[k] += q[k] - (k == label ? 1 : 0) }
    return gradient
  }

  var cleanGradient: [Double] {
    var slopes = zip(p, q).map { beta * weight * (log(max($0, .leastNormalMagnitude)) + 1 - log($1 + Self.tiny)) }
    slopes[label] -= beta * divergence
    return throughSoftmax(slopes, p)
  }

  private func throughSoftmax(_ slopes: [Double], _ probabilities: [Double]) -> [Double] {
    let mean = zip(slopes, probabilities).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(slopes, probabilities).map { $1 * ($0 - mean) }
  }
}
