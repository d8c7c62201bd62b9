import Networks

extension GradientCheck {
  /// Checks the logit gradient of every loss.
  static func losses(seed: UInt64) -> [Report] {
    let labels = [2, 0, 4, 1]
    let targetedRatio = TargetedLogitRatio(targets: [1, 3, 0, 2])
    let divergence = KullbackLeiblerDivergence()
    let reference = logits(seed: seed, draw: 1)
    let losses: [Loss] = [.crossEntropy, .crossEntropy(labelSmoothing: 0.1), .margin, .logitRatio, .probabilityMargin]
    return losses.map { loss in lossReport(loss.description, seed: seed) { loss($0, labels: labels) } } + [
      lossReport("targeted dlr", seed: seed) { targetedRatio($0, labels: labels) },
      lossReport("KL divergence", seed: seed) {
        let result = divergence(of: reference, from: $0)
        return (result.values, result.gradient)
      },
      lossReport("KL divergence, reference", seed: seed) {
        let result = divergence(of: $0, from: reference)
        return (result.values, result.referenceGradient)
      },
    ]
  }

  /// Logits of four examples and five classes, well separated: the largest of them leads by more than `kinkMargin`.
  private static func logits(seed: UInt64, draw: Int) -> Tensor<Double> {
    var stream = RandomSource(seed: seed).stream(.check, step: draw, lane: Lane.logits.rawValue)
    return separatedValues(shape: [4, 5], in: -4...7, &stream).double
  }

  private static func lossReport(
    _ name: String, seed: UInt64, _ loss: (Tensor<Double>) -> (values: [Double], gradient: Tensor<Double>)
  ) -> Report {
    let point = logits(seed: seed, draw: 0)
    let (values, gradient) = loss(point)
    let probe = Probe(
      cotangent: values.map { _ in 1 }, scale: values.reduce(0) { $0 + abs($1) }, maximumScalars: .max)
    var stream = RandomSource(seed: seed).stream(.check, lane: Lane.cotangent.rawValue)
    let error = probe.error("logits", gradient, at: point, &stream) { loss($0).values }
    return Report(name: "loss: " + name, errors: [error], kinkDistance: .infinity)
  }
}
