import Attacks
import Compute
import Defences
import Networks
import Reference
import Testing
import Training

/// The images that the methods train on.
@Suite struct InnerAttackTests {
  private let threat = ThreatModel(norm: .linf, radius: 0.1)

  /// ∇CE by the oracle, in inference mode.
  private func gradient(_ item: Case, _ points: Tensor<Float>) throws -> [Double] {
    let oracle = try ReferenceModel(network: item.network, parameters: item.parameters.double)
    let p = oracle.logits(of: points.double).probabilities
    let cotangent = zip(p, item.labels).flatMap { row, label in
      row.enumerated().map { $0.element - ($0.offset == label ? 1 : 0) }
    }
    return oracle.pullback(
      at: points.double, cotangent: Tensor(shape: [item.labels.count, 3], scalars: cotangent)
    ).inputGradient.scalars
  }

  @Test(arguments: [false, true]) func fastIsOneStepFromARandomStart(clipsStart: Bool) throws {
    let item = try Case(isNormalized: true)
    let objective = FastAdversarialTraining(threat: TrainingThreat(threat), clipsStart: clipsStart)
    let found = try objective.images(for: item.batch, model: item.model)
    expectInside(found, item.images, threat)
    let bounds: ClosedRange<Float> = clipsStart ? 0...1 : -1e6...1e6
    let start = ThreatModel(norm: .linf, radius: 0.1, bounds: bounds)
      .randomStart(around: item.images, ids: item.batch.examples.ids, restart: 0, source: item.batch.random)
    #expect(start.scalars.contains { $0 < 0 || $0 > 1 } != clipsStart)
    let slopes = try gradient(item, start)
    for (index, slope) in slopes.enumerated() where abs(slope) > 1e-6 {
      let (x, noisy) = (item.images.scalars[index], start.scalars[index])
      let moved = min(max(noisy - x + (slope > 0 ? 0.125 : -0.125), -0.1), 0.1)
      #expect(abs(found.scalars[index] - min(max(x + moved, 0), 1)) < 1e-6)
    }
  }

  /// Noise of two radii in the box, a step of a radius, and no ball.
  @Test(arguments: [nil, 0.05] as [Float?]) func noisyFastIsOneStepFromMuchNoise(stepSize: Float?) throws {
    let item = try Case(isNormalized: true)
    let objective = NoisyFastAdversarialTraining(threat: TrainingThreat(threat), stepSize: stepSize)
    let found = try objective.images(for: item.batch, model: item.model)
    let start = ThreatModel(norm: .linf, radius: 0.2)
      .randomStart(around: item.images, ids: item.batch.examples.ids, restart: 0, source: item.batch.random)
    let step = stepSize ?? 0.1
    let slopes = try gradient(item, start)
    for (index, slope) in slopes.enumerated() where abs(slope) > 1e-6 {
      let moved = min(max(start.scalars[index] + (slope > 0 ? step : -step), 0), 1)
      #expect(abs(found.scalars[index] - moved) < 1e-6)
    }
    let distances = zip(found.scalars, item.images.scalars).map { abs($0 - $1) }
    #expect((distances.max() ?? 0) > 0.15, "beyond the ball of the threat")
    #expect(found.scalars.allSatisfy { (0...1).contains($0) })
    let plain = try NoisyFastAdversarialTraining(threat: TrainingThreat(threat), noise: 0)
      .images(for: item.batch, model: item.model)
    // One step from the image itself.
    #expect(zip(plain.scalars, item.images.scalars).allSatisfy { abs($0 - $1) < 0.1 + 1e-6 })
  }

  @Test(arguments: [Norm.l2, .l1]) func noisyFastKnowsOtherNorms(norm: Norm) throws {
    let item = try Case(isNormalized: true)
    let threat = ThreatModel(norm: norm, radius: 0.5)
    let found = try NoisyFastAdversarialTraining(threat: TrainingThreat(threat))
      .images(for: item.batch, model: item.model)
    let distances = threat.distances(from: item.images, to: found)
    // Noise of two radii and a step of one; single precision.
    #expect(distances.allSatisfy { $0 <= 1.5 + 1e-5 } && distances.contains { $0 > 0.5 }, "\(distances)")
  }

  @Test func projectedGradientMakesAllStepsOnEveryImage() throws {
    let item = try Case(isNormalized: true)
    let objective = ProjectedGradientTraining(threat: TrainingThreat(threat), steps: 3, stepSize: 0.04)
    let found = try objective.images(for: item.batch, model: item.model)
    expectInside(found, item.images, threat)
    let attack = ProjectedGradient(steps: 3, stepSize: 0.04, earlyStop: false)
    let expected = try attack.perturb(
      AttackTask(
        images: item.images, ids: item.batch.examples.ids, goal: .misclassify(labels: item.labels), threat: threat,
        random: item.batch.random), model: AttackedModel(item.model))
    #expect(found == expected)
    let pass = try objective.pass(through: item.model, over: item.batch)
    try item.check(pass) { parameters in
      mean(crossEntropies(try item.trainingLogits(found, parameters), item.labels))
    }
  }

  @Test func tradesAscendsTheDivergence() throws {
    let item = try Case(isNormalized: true)
    let objective = Trades(threat: TrainingThreat(threat), beta: 1, steps: 2, stepSize: 0.03)
    let found = try objective.images(for: item.batch, model: item.model)
    expectInside(found, item.images, threat)
    let oracle = try ReferenceModel(network: item.network, parameters: item.parameters.double)
    let p = oracle.logits(of: item.images.double).probabilities
    var start = item.images
    start.withUnsafeMutableScalars { scalars in
      for (row, id) in item.batch.examples.ids.enumerated() {
        var stream = item.batch.random.stream(.noise, example: id)
        for index in row * 16..<(row + 1) * 16 { scalars[index] += 1e-3 * stream.normal() }
      }
    }
    var points = start.scalars
    for _ in 0..<2 {
      let images = Tensor(shape: item.images.shape, scalars: points).double
      let q = oracle.logits(of: images).probabilities
      let cotangent = zip(p, q).flatMap { p, q in zip(p, q).map { $1 - $0 } }
      let slopes = oracle.pullback(at: images, cotangent: Tensor(shape: [6, 3], scalars: cotangent)).inputGradient
      for (index, slope) in slopes.scalars.enumerated() {
        let x = item.images.scalars[index]
        let moved = min(max(points[index] + (slope > 0 ? 0.03 : -0.03), x - 0.1), x + 0.1)
        points[index] = min(max(moved, 0), 1)
      }
    }
    // The divergence is flat at the start, its slopes near the noise of single precision: a few signs may differ.
    let differing = zip(found.scalars, points).count { abs($0 - $1) > 1e-5 }
    #expect(differing <= 4, "\(differing) of 96 differ")
  }

  @Test func aRampScalesRadiusAndStep() throws {
    let ramped = TrainingThreat(threat, rampEpochs: 4)
    #expect([0, 1, 4, 9].map { ramped.share(atEpoch: $0) } == [0, 0.25, 1, 1])
    let quarter = try Case(isNormalized: false, epoch: 1)
    let found = try ProjectedGradientTraining(threat: ramped, steps: 1, stepSize: 0.08, randomStart: false)
      .images(for: quarter.batch, model: quarter.model)
    let moves = zip(found.scalars, quarter.images.scalars).map { abs($0 - $1) }
    #expect(abs((moves.max() ?? 0) - 0.02) < 1e-6)
    let none = try Case(isNormalized: false, epoch: 0)
    let same = try ProjectedGradientTraining(threat: ramped, steps: 2, stepSize: 0.08)
      .images(for: none.batch, model: none.model)
    #expect(same == none.images)
  }

  @Test func imagesDoNotDependOnWorkersOrOnTheirBatch() throws {
    let item = try Case(isNormalized: true)
    let rows = [4, 1]
    let part = Minibatch(
      examples: item.batch.examples.gathering(rows),
      context: TrainingContext(seed: 5, step: 77, exampleIDs: rows.map { item.batch.examples.ids[$0] }), epoch: 0.7,
      epochs: 10)
    func check(_ make: (Workers) -> some AdversarialObjective) throws {
      let whole = try make(Workers(count: 1)).images(for: item.batch, model: item.model)
      #expect(try make(Workers(count: 3)).images(for: item.batch, model: item.model) == whole)
      #expect(try make(Workers(count: 1)).images(for: part, model: item.model) == whole.gathering(rows))
    }
    let threat = TrainingThreat(threat)
    try check { ProjectedGradientTraining(threat: threat, steps: 3, workers: $0) }
    try check { FastAdversarialTraining(threat: threat, workers: $0) }
    try check { NoisyFastAdversarialTraining(threat: threat, workers: $0) }
    try check { Trades(threat: threat, beta: 1, steps: 3, stepSize: 0.03, workers: $0) }
    try check { MixedTraining(threat: threat, workers: $0) }
  }

  @Test func epochsAndReplaysHaveRandomStartsOfTheirOwn() throws {
    let objective = FastAdversarialTraining(threat: TrainingThreat(threat))
    let now = try Case(isNormalized: false)
    let later = try Case(isNormalized: false, epoch: 1.2)
    #expect(
      try objective.images(for: now.batch, model: now.model) != objective.images(for: later.batch, model: now.model))
  }

  @Test func mixedLabelsAreRefused() throws {
    let item = try Case(isNormalized: false)
    let mixed = Minibatch(
      examples: item.batch.examples, context: item.batch.context, epoch: 0, epochs: 1,
      mixture: Mixture(labels: item.labels, shares: item.labels.map { _ in 0.5 }))
    #expect(throws: TrainingError.self) {
      try FastAdversarialTraining(threat: TrainingThreat(threat)).pass(through: item.model, over: mixed)
    }
  }
}
