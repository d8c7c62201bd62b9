import Attacks
import Hyperparameters
import Networks
import Synchronization
import TestSupport
import Testing

// What every attack of the catalogue does where images, labels, radii or models are out of the ordinary.

private let model = LinearClassifier.random(inputShape: [1, 3, 5], classCount: 4, seed: 2)

/// Two images that the model classifies rightly and two that it doesn't, the last of which has its target already.
private func mixedSet(of model: LinearClassifier, targeted: Bool = false) throws -> EvaluationSet {
  let images = images(4, shape: model.inputShape)
  let classes = predictions(of: try model.logits(of: images)).map { $0 ?? 0 }
  let next = classes.map { ($0 + 1) % model.classCount }
  let labels = [classes[0], classes[1], next[2], next[3]]
  let targets = [next[0], next[1], (classes[2] + (model.classCount > 2 ? 2 : 0)) % model.classCount, classes[3]]
  return try EvaluationSet(images: images, labels: labels, targets: targeted ? targets : nil)
}

/// The judged candidates of an attack that gets the misclassified images too. One that makes passes without end is
/// stopped.
private func run(
  _ attack: any Attack, on set: EvaluationSet, threat: ThreatModel, model: any DifferentiableClassifier
) throws -> EvaluatedCandidates {
  var evaluator = evaluator()
  evaluator.attacksMisclassified = true
  let passes = Mutex(0)
  evaluator.isCancelled = {
    passes.withLock { passes in
      passes += 1
      return passes > 10_000
    }
  }
  return try evaluator.evaluateCandidates(of: attack, on: set, threat: threat, model: model)
}

/// Checks what holds for every model: an attack ends; by minimum norm images stay as they are that are misclassified anyway,
/// and those that nothing was found for.
private func expectSense(_ found: EvaluatedCandidates, of attack: any Attack, on set: EvaluationSet, _ text: String) {
  #expect(found.evaluation.isComplete, "\(text) has no end")
  guard found.evaluation.isComplete else { return }
  for (row, example) in found.evaluation.examples.enumerated() {
    let isUnchanged = found.images.examples(row..<row + 1) == set.images.examples(row..<row + 1)
    #expect(example.status != .invalid(.logitsNotFinite) || !isUnchanged, "\(text), image \(row)")
    if type(of: attack).budget == .minimal, example.status == .robust {
      #expect(isUnchanged, "\(text), image \(row)")
    }
    let isReached = set.goal.isReached(row: row, by: example.cleanPrediction)
    if type(of: attack).budget == .minimal, isReached { #expect(isUnchanged, "\(text), image \(row)") }
  }
}

@Test(arguments: quickWords, [false, true]) func faultyModelsDoNoHarm(word: String, targeted: Bool) throws {
  let attack = try AttackCatalog.attack(word)
  let set = try mixedSet(of: model, targeted: targeted)
  for norm in type(of: attack).norms {
    let threat = ThreatModel(norm: norm, radius: usualRadii[norm] ?? 1)
    for fault in FaultyClassifier.Fault.allCases where fault.hasPredictions {
      let faulty = FaultyClassifier(model, fault: fault, images: set.images)
      let found = try run(attack, on: set, threat: threat, model: faulty)
      let text = "\(attack.text), \(norm), \(fault)"
      expectSense(found, of: attack, on: set, text)
      for example in found.evaluation.examples {
        switch example.status {
        case .robust, .misclassified: break
        case .broken, .beyondRadius: #expect(!fault.failsElsewhere && fault != .equalLogits, "\(text)")
        case .invalid(.logitsNotFinite):
          // What no minimum-norm attack gives back.
          #expect(fault.failsElsewhere && type(of: attack).budget != .minimal, "\(text)")
        case .invalid(let defect): Issue.record("\(text): \(defect)")
        }
      }
    }
  }
}

/// Nothing that depends on an image can be told apart; a random start or a draw is as good as another.
@Test(arguments: quickWords) func logitsThatAreNoNumbersEndNothing(word: String) throws {
  let attack = try AttackCatalog.attack(word)
  for norm in type(of: attack).norms {
    for fault in FaultyClassifier.Fault.allCases where !fault.hasPredictions {
      for set in [try mixedSet(of: model), try mixedSet(of: model, targeted: true)] {
        let faulty = FaultyClassifier(model, fault: fault, images: set.images)
        let threat = ThreatModel(norm: norm, radius: usualRadii[norm] ?? 1)
        let points = try attack.perturb(task(attack, set, threat), model: AttackedModel(faulty))
        let text = "\(attack.text), \(norm), \(fault)"
        if type(of: attack).budget == .minimal { #expect(points == set.images, "\(text)") }
        // What the evaluator says of points that a model without numbers is not asked about.
        let judged = try evaluator().verify(
          points, of: EvaluationSet(images: set.images, labels: predicted(set.images)), threat: threat,
          budget: type(of: attack).budget, model: model)
        for example in judged.examples {
          if case .invalid(let defect) = example.status { Issue.record("\(text): \(defect)") }
        }
        // And of images that have no prediction: they are neither attacked nor robust.
        let found = try run(attack, on: set, threat: threat, model: faulty).evaluation
        #expect(found.examples.allSatisfy { $0.status == .invalid(.logitsNotFinite) && $0.forwards == 0 }, "\(text)")
        #expect(found.robustAccuracy.hits == 0 && found.robustAccuracy.count == 4)
      }
    }
  }
}

private func predicted(_ images: Tensor<Float>) throws -> [Int] {
  predictions(of: try model.logits(of: images)).map { $0 ?? 0 }
}

/// As the evaluator would ask.
private func task(_ attack: any Attack, _ set: EvaluationSet, _ threat: ThreatModel) -> AttackTask {
  let radius = type(of: attack).budget == .fixed ? threat.radius : .infinity
  return AttackTask(
    images: set.images, ids: set.ids, goal: set.goal,
    threat: ThreatModel(norm: threat.norm, radius: radius, bounds: threat.bounds), random: RandomSource(seed: 1))
}

/// The attacks that look at rows and columns.
private let onImages = ["di-fgsm", "ti-fgsm", "spatial", "blur", "rotation", "patch"]

/// What an attack says of a model with too few classes for what it ascends, or of vectors where it looks at rows.
private func refusal(of attack: any Attack, shape: Shape, classes: Int) -> AttackError? {
  let name = type(of: attack).name
  let hasFallback = (attack as? any FewClassFallback)?.fallback(classCount: classes) != nil
  if attack.ascendedLoss == nil, hasFallback {
    return .targetedClasses(attack: name, found: classes, expected: 4, instead: "margin")
  }
  if let loss = attack.ascendedLoss, classes < loss.minimumClasses { return .classes(loss: loss, found: classes) }
  return shape.rank == 1 && onImages.contains(name) ? .needsImages(attack: name, found: shape) : nil
}

private let shapes: [Shape] = [[1, 3, 5], [3, 4, 2], [1, 1, 1], [7], [1]]

/// One image at a time, of one channel and several, not square, of one pixel, or no image at all; radii from none to
/// beyond the box; two classes and three.
@Test(arguments: quickWords, [2, 3]) func anyShapeAndRadiusWill(word: String, classes: Int) throws {
  let attack = try AttackCatalog.attack(word)
  for shape in shapes {
    let model = LinearClassifier.random(inputShape: shape, classCount: classes, seed: 5)
    for norm in type(of: attack).norms {
      for (radius, targeted) in [(0, false), (0, true), (1, true), (1000, false), (1000, true)] as [(Float, Bool)] {
        let set = try mixedSet(of: model, targeted: targeted)
        let threat = ThreatModel(norm: norm, radius: radius)
        let text = "\(attack.text), \(norm), \(radius), \(shape), \(classes) classes"
        if let refusal = refusal(of: attack, shape: shape, classes: classes) {
          #expect(throws: refusal, "\(text)") { try run(attack, on: set, threat: threat, model: model) }
          continue
        }
        let found = try run(attack, on: set, threat: threat, model: model)
        expectSense(found, of: attack, on: set, text)
        for example in found.evaluation.examples {
          if case .invalid(let defect) = example.status { Issue.record("\(text): \(defect)") }
        }
        if radius == 0, type(of: attack).budget == .fixed { #expect(found.images == set.images, "\(text)") }
        if radius == 0, type(of: attack).budget != .transformation {
          #expect(found.evaluation.robustAccuracy == found.evaluation.cleanAccuracy, "\(text)")
          #expect(found.evaluation.cleanAccuracy.hits == 2)
        }
      }
    }
  }
}

/// A model of one class can't be wrong, and that of none says nothing.
@Test(arguments: quickWords, [0, 1]) func aModelWithoutAnotherClassIsRefused(word: String, classes: Int) throws {
  let attack = try AttackCatalog.attack(word)
  for norm in type(of: attack).norms {
    #expect(throws: AttackError.noOtherClass(attack: type(of: attack).name, found: classes)) {
      try attack.validate(threat: ThreatModel(norm: norm, radius: 1), classCount: classes)
    }
  }
}

/// A model that can't be asked about nothing.
private struct DemandingClassifier: DifferentiableClassifier {
  let base: LinearClassifier
  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  let pullbackLogitsAreExact = true

  private struct NoImages: Error {}

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    guard images.exampleCount > 0 else { throw NoImages() }
    return try base.logits(of: images)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    guard images.exampleCount > 0 else { throw NoImages() }
    return try base.pullback(at: images, cotangent: cotangent)
  }
}

/// No images give no candidates, and the model is never asked about none.
@Test(arguments: quickWords) func anEmptyBatchIsNoTrouble(word: String) throws {
  let attack = try AttackCatalog.attack(word)
  let demanding = DemandingClassifier(base: model)
  for norm in type(of: attack).norms {
    let threat = ThreatModel(norm: norm, radius: usualRadii[norm] ?? 1)
    for targeted in [false, true] {
      let set = try mixedSet(of: model, targeted: targeted)
      let points = try attack.perturb(task(attack, set.gathering([]), threat), model: AttackedModel(demanding))
      #expect(points.shape == [0, 1, 3, 5], "\(attack.text), \(norm)")
      let found = try run(attack, on: set, threat: threat, model: demanding)
      expectSense(found, of: attack, on: set, "\(attack.text), \(norm)")
      #expect(found.evaluation.invalidCount == 0, "\(attack.text), \(norm): \(found.evaluation.examples)")
    }
  }
}
