import Attacks
import Compute
import Defences
import Exchange
import Hyperparameters
import Networks
import TestSupport
import Testing
import Training

@Suite struct DetectorTests {
  /// Features in the plane: class 0 around the origin, class 1 around (4, 0).
  private let features = Tensor<Float>(
    shape: [8, 2], scalars: [1, 0, -1, 0, 0, 2, 0, -2, 5, 0, 3, 0, 4, 2, 4, -2])
  private let labels = [0, 0, 0, 0, 1, 1, 1, 1]

  /// Covariance diag(1/2, 2) plus a thousandth of its mean variance, 0.00125.
  @Test func mahalanobisByHand() throws {
    let score = try Mahalanobis(fitting: features, labels: labels, classCount: 2)
    let near = score.score(of: [1, 1], predicted: 0)
    #expect(abs(near.value - (1 / 0.50125 + 1 / 2.00125)) < 1e-12)
    let other = score.score(of: [5, 1], predicted: 0)
    #expect(abs(other.value - near.value) < 1e-12, "the nearest class counts, not the predicted one")
    #expect(throws: DefenceError.self) { try Mahalanobis(fitting: features, labels: labels, classCount: 3) }
  }

  @Test func kernelDensityByHand() throws {
    let score = try KernelDensity(fitting: features, labels: labels, classCount: 2, bandwidth: 2)
    // Squared distances from the origin: 1, 1, 4, 4; from (4, 0) for the other class 17, 17 more or less.
    let expected = -logarithm((2 * exponential(-0.25) + 2 * exponential(-1)) / 4)
    #expect(abs(score.score(of: [0, 0], predicted: 0).value - expected) < 1e-12)
    #expect(score.score(of: [0, 0], predicted: 1).value > expected)
    #expect(score.score(of: [1e4, 0], predicted: 0).value.isFinite)
    // Nearest neighbours in the class: 2 for two of the points, √5 for the other two.
    let chosen = try KernelDensity(fitting: features, labels: labels, classCount: 2)
    #expect(abs(chosen.bandwidth - 5.0.squareRoot()) < 1e-12)
    #expect(throws: DefenceError.self) { try KernelDensity(fitting: features, labels: labels, classCount: 3) }
  }

  /// Points at distances 1, 2 and 4 along a line: −1 / ((log ¼ + log ½ + 0) / 3) = 3 / log 8 = 1.4427.
  @Test func localIntrinsicDimensionByHand() throws {
    let line = Tensor<Float>(shape: [4, 1], scalars: [1, -2, 4, 100])
    let score = try LocalIntrinsicDimension(fitting: line, neighbours: 3)
    #expect(abs(score.score(of: [0], predicted: 0).value - 3 / logarithm(8)) < 1e-12)
    #expect(score.score(of: [1], predicted: 0).value.isFinite)
    #expect(throws: DefenceError.self) { try LocalIntrinsicDimension(fitting: line, neighbours: 5) }
  }

  /// Two-sided differences in double precision, h = 1e-5: errors of order h² and 1e-16 / h.
  @Test func gradientsOfScores() throws {
    var stream = RandomSource(seed: 1).stream(.data)
    let features = Tensor<Float>(shape: [60, 5], scalars: (0..<300).map { _ in stream.normal() })
    let labels = (0..<60).map { $0 % 3 }
    let scores: [any FeatureScore] = [
      try Mahalanobis(fitting: features, labels: labels, classCount: 3),
      try KernelDensity(fitting: features, labels: labels, classCount: 3),
      try LocalIntrinsicDimension(fitting: features, neighbours: 8),
    ]
    for score in scores {
      let point = (0..<5).map { _ in Double(stream.normal()) }
      let gradient = score.score(of: point, predicted: 1).gradient
      for i in 0..<5 {
        func value(_ step: Double) -> Double {
          var moved = point
          moved[i] += step
          return score.score(of: moved, predicted: 1).value
        }
        let numeric = (value(1e-5) - value(-1e-5)) / 2e-5
        #expect(abs(gradient[i] - numeric) < 1e-6 * max(1, abs(numeric)), "\(score), \(i)")
      }
    }
  }

  /// A smooth squeezer, so that the gradient can be compared with differences: h = 0.005 of slopes of order 1, h² and
  /// 1e-7 / h.
  @Test func theGradientOfFeatureSqueezing() throws {
    let model = LinearClassifier.random(inputShape: [1, 5, 4], classCount: 3, seed: 8)
    let detector = try FeatureSqueezing(model: model, squeezers: [GaussianFilter(sigma: 1), MeanFilter(size: 2)])
    let images = randomImages(count: 4, shape: [1, 5, 4])
    let (scores, gradient) = try detector.pullback(at: images)
    #expect(try detector.scores(of: images) == scores)
    #expect(scores.allSatisfy { (0...2).contains($0) } && scores.contains { $0 > 0.01 })
    let direction = randomImages(count: 4, shape: [1, 5, 4], seed: 31)
    func value(_ step: Float) throws -> Double {
      try detector.scores(
        of: Tensor(shape: images.shape, scalars: zip(images.scalars, direction.scalars).map { $0 + step * $1 })
      ).reduce(0, +)
    }
    let numeric = try (value(5e-3) - value(-5e-3)) / 1e-2
    let found = inner(gradient, direction)
    #expect(abs(found - numeric) < 1e-3 * max(0.1, abs(numeric)), "\(found), not \(numeric)")
  }

  @Test func networksAreCutAtTheirLastDenseLayer() throws {
    let file = try Digits.file()
    let cut = try file.network.truncated(after: file.network.penultimateIndex)
    #expect(cut.nodes.count == file.network.nodes.count - 1)
    let keys = Set(cut.parameterSpecifications.map(\.key))
    let model = try CompiledModel(
      network: cut, parameters: Parameters(file.parameters.tensors.filter { keys.contains($0.key) }))
    let images = try Digits.images("test", count: 3).images
    let features = try model.logits(of: images)
    // The dense layer by hand gives the logits back.
    let dense = try #require(file.network.nodes.last?.name)
    let weight = try #require(file.parameters[dense, .weight]), bias = try #require(file.parameters[dense, .bias])
    let logits = try Digits.classifier().logits(of: images)
    let size = features.exampleSize
    for i in 0..<30 {
      var sum = Double(bias.scalars[i % 10])
      for k in 0..<size {
        sum += Double(weight.scalars[i % 10 * size + k]) * Double(features.scalars[i / 10 * size + k])
      }
      // Sums of some hundred products in single precision, logits of order 10.
      #expect(abs(sum - Double(logits.scalars[i])) < 1e-4)
    }
    #expect(throws: NetworkError.self) { try file.network.truncated(after: 99) }
  }

  /// On the digits: detection of plain adversarial images, and how an attack that knows the detector fares.
  @Test(arguments: ["feature-squeezing:bits=3", "mahalanobis"])
  func theAdaptiveAttackIsDetectedLess(word: String) throws {
    let model = try Digits.classifier()
    let file = try Digits.file()
    let training = try Digits.images("train")
    let subject = DetectorSubject(
      model: model, bounds: 0...1,
      features: {
        let cut = try file.network.truncated(after: file.network.penultimateIndex)
        let keys = Set(cut.parameterSpecifications.map(\.key))
        return try CompiledModel(
          network: cut, parameters: Parameters(file.parameters.tensors.filter { keys.contains($0.key) }))
      },
      training: { try LabelledImages(images: training.images, labels: training.labels, ids: training.ids) })
    let detector = try DetectorCatalog.method(word).detector(for: subject)
    let set = try Digits.testSet(count: 80)
    let threat = ThreatModel(norm: .linf, radius: 0.2)
    let clean = try detector.scores(of: set.images)
    func area(_ evaluation: Evaluation, _ candidates: Tensor<Float>) throws -> (broken: Int, area: Double) {
      let broken = evaluation.examples.indices.filter { evaluation.examples[$0].isBroken }
      let roc = ROC(negatives: clean, positives: try detector.scores(of: candidates.gathering(broken)))
      return (broken.count, try #require(roc.area))
    }
    let found = try Evaluator().evaluateCandidates(
      of: ProjectedGradient(earlyStop: false), on: set, threat: threat, model: model)
    let oblivious = try area(found.evaluation, found.images)
    let attack = DetectorAwareAttack(steps: 60)
    let task = AttackTask(images: set.images, ids: set.ids, goal: set.goal, threat: threat)
    let candidates = try attack.perturb(task, model: AttackedModel(model), detector: detector)
    let aware = try area(
      try Evaluator().verify(candidates, of: set, threat: threat, model: model), candidates)
    #expect(aware.area < oblivious.area - 0.05, "oblivious \(oblivious), aware \(aware)")
    #expect(Double(aware.broken) > 0.9 * Double(oblivious.broken))
    // One example by itself gives the same.
    let alone = try attack.perturb(task.gathering([7]), model: AttackedModel(model), detector: detector)
    #expect(alone == candidates.examples(7..<8))
  }

  @Test(arguments: [
    "magnet", "", "mahalanobis:x=1", "lid:neighbours=1", "lid:neighbours=x", "kernel-density:bandwidth=0",
    "feature-squeezing:bits=0",
  ]) func otherWordsAreNotRead(word: String) {
    #expect(throws: HyperparameterError.self) { try DetectorCatalog.method(word) }
  }
}
