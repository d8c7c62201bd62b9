public import Networks

/// How a model does on one family of corruptions.
public struct FamilyResult: Sendable {
  /// The family.
  public let corruption: any Corruption
  /// Whether the published mean leaves it out.
  public let isExtra: Bool
  /// For each severity asked for, the right answers.
  public let accuracies: [Proportion]

  /// The mean of the errors over severities; nil without examples.
  public var meanError: Double? { accuracies.meanError }
}

extension [Proportion] {
  /// The mean of the shares that are missed; nil where one is of nothing.
  fileprivate var meanError: Double? {
    let errors = compactMap { $0.fraction.map { 1 - $0 } }
    return errors.isEmpty || errors.count < count ? nil : errors.reduce(0, +) / Double(errors.count)
  }
}

/// How a model does on all families of a suite.
public struct CorruptionResult: Sendable {
  /// The right answers without corruption.
  public let clean: Proportion
  /// The families, in the order of the suite, those last that its mean leaves out.
  public let families: [FamilyResult]

  /// The mean over families of their mean errors: the mCE without normalisation.
  public var meanError: Double? {
    let errors = families.filter { !$0.isExtra }.compactMap(\.meanError)
    return errors.isEmpty ? nil : errors.reduce(0, +) / Double(errors.count)
  }

  /// The corruption error of each family: its errors over all severities as a multiple of a baseline's; nil where the
  /// baseline makes none.
  public func corruptionErrors(over baseline: CorruptionResult) -> [Double?] {
    zip(families, baseline.families).map { own, other in
      guard let error = own.meanError, let base = other.meanError, base > 0 else { return nil }
      return error / base
    }
  }

  /// The mCE of the paper: the mean of the corruption errors; nil where a family has none.
  public func meanCorruptionError(over baseline: CorruptionResult) -> Double? {
    let errors = zip(families, corruptionErrors(over: baseline)).filter { !$0.0.isExtra }.map(\.1)
    let known = errors.compactMap { $0 }
    return known.isEmpty || known.count < errors.count ? nil : known.reduce(0, +) / Double(known.count)
  }
}

extension Evaluator {
  /// Shows models the images of a set under every family and severity. Every image counts, also one that the model gets
  /// wrong without corruption. The images are made once for all models.
  ///
  /// - Parameters:
  ///   - suite: The families.
  ///   - severities: How strong.
  ///   - set: The images.
  ///   - bounds: The range of valid pixels.
  ///   - models: The models, which take the same images.
  /// - Returns: A result for each model; nil where the evaluator was cancelled.
  /// - Throws: `AttackError` for what are no images; what a model throws.
  public func corruptions(
    of suite: CorruptionSuite, severities: [Severity], on set: EvaluationSet, bounds: PixelBox,
    models: [any Classifier]
  ) throws -> [CorruptionResult]? {
    var clean: [Proportion] = []
    for model in models {
      guard let accuracy = try quiet.accuracy(on: set, bounds: bounds, model: model) else { return nil }
      clean.append(accuracy)
    }
    var families = models.map { _ in [FamilyResult]() }
    let all = suite.families + suite.extras
    for (number, corruption) in all.enumerated() {
      let levels = corruption.hasSeverities ? severities : Array(severities.prefix(1))
      var found = models.map { _ in [Proportion]() }
      for (index, severity) in levels.enumerated() {
        let images = try corruption.images(
          severity, of: set.images, ids: set.ids, bounds: bounds, random: random, workers: workers)
        let corrupted = try EvaluationSet(images: images, labels: set.labels, ids: set.ids)
        for (place, model) in models.enumerated() {
          var evaluator = self
          let done = Double(number) + Double(index * models.count + place) / Double(levels.count * models.count)
          let next = done + 1 / Double(levels.count * models.count)
          evaluator.part = done / Double(all.count)...min(next / Double(all.count), 1)
          guard let accuracy = try evaluator.accuracy(on: corrupted, bounds: bounds, model: model) else { return nil }
          found[place].append(accuracy)
        }
      }
      for place in models.indices {
        let repeats = corruption.hasSeverities ? 1 : severities.count
        families[place].append(
          FamilyResult(
            corruption: corruption, isExtra: number >= suite.families.count,
            accuracies: found[place].flatMap { Array(repeating: $0, count: repeats) }))
      }
    }
    return zip(clean, families).map { CorruptionResult(clean: $0, families: $1) }
  }

  /// The right answers to images as they are, of which none is let pass that is not finite or outside the box; nil
  /// where cancelled.
  private func accuracy(on set: EvaluationSet, bounds: PixelBox, model: any Classifier) throws -> Proportion? {
    let threat = ThreatModel(norm: .linf, radius: 0, bounds: bounds)
    let evaluation = try verify(set.images, of: set, threat: threat, budget: .transformation, model: model)
    return evaluation.isComplete ? evaluation.robustAccuracy : nil
  }
}
