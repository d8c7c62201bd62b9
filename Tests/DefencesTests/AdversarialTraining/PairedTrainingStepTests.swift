import Compute
import Defences
import Networks
import Testing
import Training

/// One step of the methods that couple clean and adversarial logits, against their formulas in double precision. Batch
/// normalisation sees the two halves apart.
@Suite struct PairedTrainingStepTests {
  private static let threat = TrainingThreat(ThreatModel(norm: .linf, radius: 0.1))
  private static let attack = ProjectedGradientTraining(threat: threat, steps: 4, stepSize: 0.04)

  @Test(arguments: [true, false]) func trades(isNormalized: Bool) throws {
    let item = try Case(isNormalized: isNormalized)
    let objective = Trades(threat: Self.threat, beta: 3, steps: 4, stepSize: 0.04)
    let points = try objective.images(for: item.batch, model: item.model)
    let pass = try objective.pass(through: item.model, over: item.batch)
    try item.check(pass) { parameters in
      let clean = try item.trainingLogits(item.images, parameters)
      let adversarial = try item.trainingLogits(points, parameters)
      let divergences = zip(clean.probabilities, adversarial.probabilities).map(divergence)
      return mean(crossEntropies(clean, item.labels)) + 3 * mean(divergences)
    }
  }

  @Test(arguments: [true, false]) func mart(isNormalized: Bool) throws {
    let item = try Case(isNormalized: isNormalized)
    let objective = Mart(attack: Self.attack, beta: 5)
    let points = try objective.images(for: item.batch, model: item.model)
    let pass = try objective.pass(through: item.model, over: item.batch)
    try item.check(pass) { parameters in
      let p = try item.trainingLogits(item.images, parameters).probabilities
      let q = try item.trainingLogits(points, parameters).probabilities
      return mean(
        item.labels.indices.map { row in
          let label = item.labels[row]
          let rival = q[row].enumerated().filter { $0.offset != label }.map(\.element).max() ?? 0
          return -logarithm(q[row][label]) - logarithm(1.0001 - rival) + 5 * divergence(p[row], q[row])
            * (1.0000001 - p[row][label])
        })
    }
  }

  @Test(arguments: [true, false]) func logitPairing(isNormalized: Bool) throws {
    let item = try Case(isNormalized: isNormalized)
    let objective = LogitPairing(attack: Self.attack, weight: 0.5)
    let points = try objective.images(for: item.batch, model: item.model)
    let pass = try objective.pass(through: item.model, over: item.batch)
    try item.check(pass) { parameters in
      let clean = try item.trainingLogits(item.images, parameters)
      let adversarial = try item.trainingLogits(points, parameters)
      let squares = zip(clean.scalars, adversarial.scalars).map { ($0 - $1) * ($0 - $1) }
      return 0.5 * mean(crossEntropies(clean, item.labels)) + 0.5 * mean(crossEntropies(adversarial, item.labels))
        + 0.5 * mean(squares)
    }
  }

  /// `mart_loss` of the authors' code on logits, in double precision by PyTorch 2.13: clean
  /// [[1, -2, 0.5], [0, 3, -1], [-1, 0.25, 2]], adversarial [[-0.5, 1.5, 0], [0.5, 1, 2.5], [-2, -1, 6]], labels 0, 1, 2,
  /// beta 6, summed over the examples.
  @Test func martMatchesTheAuthorsCode() {
    let clean = Tensor<Float>(shape: [3, 3], scalars: [1, -2, 0.5, 0, 3, -1, -1, 0.25, 2])
    let adversarial = Tensor<Float>(shape: [3, 3], scalars: [-0.5, 1.5, 0, 0.5, 1, 2.5, -2, -1, 6])
    let found = Mart.loss(clean, adversarial, labels: [0, 1, 2], beta: 6)
    let cleanGradient: [Double] = [
      -1.10352759, -0.180464408, 1.283992, 0.359702064, -0.472348673, 0.112646609, 0.330065638, 1.19096659, -1.52103223,
    ]
    let adversarialGradient: [Double] = [
      -2.37674951, 3.15064721, -0.773897704, -0.157908019, -1.58911674, 1.74702475, -0.0439059673, -0.152877419,
      0.196783386,
    ]
    // Gradients of order 1, rounded to single precision.
    #expect(abs(found.values.reduce(0, +) - 11.240117331) < 1e-5)
    for (a, b) in zip(found.clean.scalars, cleanGradient) { #expect(abs(Double(a) - b) < 1e-6) }
    for (a, b) in zip(found.adversarial.scalars, adversarialGradient) { #expect(abs(Double(a) - b) < 1e-6) }
  }

  @Test func runningStatisticsMoveTowardsTheMeanOfBothHalves() throws {
    let item = try Case(isNormalized: true)
    let objective = Trades(threat: Self.threat, beta: 3, steps: 4, stepSize: 0.04)
    let points = try objective.images(for: item.batch, model: item.model)
    let pass = try objective.pass(through: item.model, over: item.batch)
    let halves = try [item.images, points].map { images in
      try item.model.trainingPass(at: images, context: item.batch.context) { logits, _ in
        Tensor(shape: logits.shape)
      }.batchStatistics
    }
    for role in [ParameterRole.mean, .variance] {
      let both = halves.map { $0["norm", role]?.scalars ?? [] }
      let found = pass.batchStatistics["norm", role]?.scalars ?? []
      #expect(found.count == 4)
      for index in found.indices { #expect(abs(found[index] - (both[0][index] + both[1][index]) / 2) < 1e-6) }
    }
  }
}
