import Attacks
import Compute
import Defences
import Hyperparameters
import Networks
import Reference
import Testing
import Training

/// One step of mixtures, weight perturbation, free adversarial training and gradient alignment.
@Suite struct SingleTrainingStepTests {
  private let threat = ThreatModel(norm: .linf, radius: 0.1)

  @Test(arguments: [true, false]) func mixturesShareTheirBatchStatistics(isNormalized: Bool) throws {
    let item = try Case(isNormalized: isNormalized)
    let objective = MixedTraining(threat: TrainingThreat(threat), share: 0.3)
    let points = try objective.images(for: item.batch, model: item.model)
    let pass = try objective.pass(through: item.model, over: item.batch)
    try item.check(pass) { parameters in
      let logits = try item.trainingLogits(Tensor.concatenating([item.images, points]), parameters)
      let losses = crossEntropies(logits, item.labels + item.labels)
      return 0.7 * mean(Array(losses[..<6])) + 0.3 * mean(Array(losses[6...]))
    }
  }

  /// The methods whose loss is a cross-entropy at one point, with label smoothing: a tenth of the target is spread over
  /// the three classes. The second update of free adversarial training is at the images that the first one moved.
  @Test(arguments: ["pgd", "fast", "free"]) func theLossIsSmoothed(title: String) throws {
    let item = try Case(isNormalized: true)
    let preset = try Preset.named(title, for: [1, 4, 4])
    var defence = preset.defence
    try defence.replace(
      [("eps", "0.1"), ("step-size", "0.04"), ("steps", "3"), ("label-smoothing", "0.1")].filter { name, _ in
        type(of: defence).descriptions.contains { $0.name == name }
      })
    let objective = try defence.objective()
    let points: Tensor<Float>
    if let adversarial = objective as? any AdversarialObjective {
      points = try adversarial.images(for: item.batch, model: item.model)
    } else {
      _ = try objective.pass(through: item.model, over: item.batch)
      let change = try #require(objective.memory)
      points = Tensor(shape: change.shape, scalars: zip(item.images.scalars, change.scalars).map { $0 + $1 })
    }
    #expect(points != item.images)
    let pass = try objective.pass(through: item.model, over: item.batch)
    try item.check(pass) { parameters in
      let logits = try item.trainingLogits(points, parameters)
      let spread = (0..<3).map { label in crossEntropies(logits, item.labels.map { _ in label }) }
      return mean(
        zip(crossEntropies(logits, item.labels), item.labels.indices).map { own, row in
          0.9 * own + 0.1 * mean(spread.map { $0[row] })
        })
    }
  }

  /// Normal noise for randomised smoothing: the plain loss, on images that the loop changes.
  @Test func gaussianTrainingIsPlainOnNoisyImages() throws {
    let item = try Case(isNormalized: true)
    let preset = try Preset.named("gaussian", for: [1, 4, 4])
    let pass = try preset.defence.objective().pass(through: item.model, over: item.batch)
    #expect(try pass.gradients == StandardObjective().pass(through: item.model, over: item.batch).gradients)
  }

  @Test func ensemblesTakeTurns() throws {
    let item = try Case(isNormalized: false, step: 0)
    let second = try Case(isNormalized: false, step: 1)
    let stranger = try CompiledModel(
      network: item.network, parameters: Parameters.initial(for: item.network, random: RandomSource(seed: 99)))
    let objective = MixedTraining(threat: TrainingThreat(threat), sources: [stranger])
    func fgsm(_ model: CompiledModel) throws -> Tensor<Float> {
      try FastGradient().perturb(
        AttackTask(
          images: item.images, ids: item.batch.examples.ids, goal: .misclassify(labels: item.labels), threat: threat),
        model: AttackedModel(model))
    }
    #expect(try objective.images(for: item.batch, model: item.model) == fgsm(stranger))
    #expect(try objective.images(for: second.batch, model: item.model) == fgsm(item.model))
    #expect(try fgsm(stranger) != fgsm(item.model), "else the test shows nothing")
  }

  @Test func weightPerturbationTakesTheGradientUphill() throws {
    let item = try Case(isNormalized: true)
    let base = ProjectedGradientTraining(threat: TrainingThreat(threat), steps: 3, stepSize: 0.04)
    let objective = WeightPerturbation(base, WeightPerturbationSize(gamma: 0.05))
    let pass = try objective.pass(through: item.model, over: item.batch)
    #expect(item.model.parameters == item.parameters, "the weights are put back")
    let points = try base.images(for: item.batch, model: item.model)
    let gradients = try base.pass(through: item.model, over: item.batch, at: points).gradients
    var moved = item.parameters
    for key in [ParameterKey("conv", .weight), ParameterKey("logits", .weight)] {
      let (w, g) = (moved.tensors[key]?.scalars ?? [], gradients.tensors[key]?.scalars ?? [])
      func length(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
      let factor = 0.05 * length(w) / length(g)
      moved.tensors[key] = Tensor(
        shape: try #require(moved.tensors[key]).shape,
        scalars: zip(w, g).map { Float(Double($0) + factor * Double($1)) })
    }
    let other = try CompiledModel(network: item.network, parameters: moved)
    let expected = try base.pass(through: other, over: item.batch, at: points)
    // The moved weights agree to an ulp or two, the gradients to a few.
    for (key, tensor) in expected.gradients.tensors {
      let found = pass.gradients.tensors[key]?.scalars ?? []
      #expect(found.count == tensor.scalars.count)
      for (a, b) in zip(found, tensor.scalars) { #expect(abs(a - b) < 1e-5) }
    }
    let plain = try base.pass(through: item.model, over: item.batch, at: points)
    #expect(pass.lossSum > plain.lossSum)
    var late = objective
    late.size.warmUpEpochs = 1
    #expect(try late.pass(through: item.model, over: item.batch).gradients == plain.gradients)
  }

  @Test func freeTrainingKeepsItsPerturbation() throws {
    let item = try Case(isNormalized: true)
    let objective = FreeObjective(FreeAdversarialTraining(threat: TrainingThreat(threat), replays: 4))
    #expect(objective.replays == 4 && objective.memory == nil)
    let first = try objective.pass(through: item.model, over: item.batch)
    let plain = try StandardObjective().pass(through: item.model, over: item.batch)
    #expect(first.gradients == plain.gradients, "the perturbation starts at zero")
    let fgsm = try FastGradient().perturb(
      AttackTask(
        images: item.images, ids: item.batch.examples.ids, goal: .misclassify(labels: item.labels), threat: threat),
      model: AttackedModel(item.model))
    let change = try #require(objective.memory)
    for index in change.scalars.indices {
      #expect(abs(change.scalars[index] - (fgsm.scalars[index] - item.images.scalars[index])) < 1e-7)
    }
    // The weights' gradient of the second update is that at the images of the first step.
    let second = try objective.pass(through: item.model, over: item.batch)
    let there = try StandardObjective().pass(through: item.model, over: item.batch.replacingImages(fgsm))
    #expect(abs(second.lossSum - there.lossSum) < 1e-4 && abs(second.lossSum - first.lossSum) > 1e-3)
    // A smaller batch leaves the other places as they are.
    let before = try #require(objective.memory)
    let ids = Array(item.batch.examples.ids.prefix(2))
    let part = Minibatch(
      examples: item.batch.examples.gathering([0, 1]), context: TrainingContext(seed: 5, step: 9, exampleIDs: ids),
      epoch: 0.5, epochs: 10)
    _ = try objective.pass(through: item.model, over: part)
    let after = try #require(objective.memory)
    #expect(after.examples(2..<6) == before.examples(2..<6) && after.shape == before.shape)
    #expect(after.scalars.allSatisfy { abs($0) <= 0.1000001 })
  }

  /// The penalty in double precision with input gradients of the oracle.
  ///
  /// The pass differs by the error of its differences: truncation of order h² and rounding of order 1e-7 / h, h = 0.005:
  /// a few 1e-4 of slopes up to 10.
  @Test func gradientAlignmentMatchesItsFormula() throws {
    let item = try Case(isNormalized: false)
    let objective = GradientAlignment(threat: TrainingThreat(threat), weight: 2, difference: 5e-3)
    let pass = try objective.pass(through: item.model, over: item.batch)
    let noisy = ThreatModel(norm: .linf, radius: 0.1, bounds: -1e6...1e6)
      .randomStart(around: item.images, ids: item.batch.examples.ids, restart: 0, source: item.batch.random)
    let fgsm = try FastGradient().perturb(
      AttackTask(
        images: item.images, ids: item.batch.examples.ids, goal: .misclassify(labels: item.labels), threat: threat),
      model: AttackedModel(item.model))
    func penalty(_ parameters: ParameterSet<Double>) throws -> Double {
      let oracle = try ReferenceModel(network: item.network, parameters: parameters)
      let gradients = [item.images, noisy].map { points in
        let p = oracle.logits(of: points.double).probabilities
        let cotangent = zip(p, item.labels).flatMap { row, label in
          row.enumerated().map { $0.element - ($0.offset == label ? 1 : 0) }
        }
        return oracle.pullback(at: points.double, cotangent: Tensor(shape: [6, 3], scalars: cotangent)).inputGradient
      }
      return mean(
        (0..<6).map { row in
          let (a, b) = (gradients[0].examples(row..<row + 1).scalars, gradients[1].examples(row..<row + 1).scalars)
          func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
          return 1 - dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
        })
    }
    #expect(try penalty(item.parameters.double) > 1e-3, "else the test shows nothing")
    try item.check(pass, tolerance: 2e-3) { parameters in
      try mean(crossEntropies(try item.trainingLogits(fgsm, parameters), item.labels)) + 2 * penalty(parameters)
    }
  }

  @Test func gradientAlignmentRefusesBatchNormalization() throws {
    let item = try Case(isNormalized: true)
    #expect(throws: TrainingError.self) {
      try GradientAlignment(threat: TrainingThreat(threat)).pass(through: item.model, over: item.batch)
    }
  }
}
