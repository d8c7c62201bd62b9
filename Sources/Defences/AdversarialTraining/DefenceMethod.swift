public import Networks
public import Training

/// The methods of training that resist an attacker, by their names on the command line.
public enum DefenceMethod: String, CaseIterable, Sendable, Codable {
  /// `ProjectedGradientTraining`.
  case projectedGradient = "pgd"
  /// `FastAdversarialTraining`.
  case fast
  /// `NoisyFastAdversarialTraining`.
  case noisyFast = "n-fgsm"
  /// `FreeAdversarialTraining`.
  case free
  /// `Trades`.
  case trades
  /// `Mart`.
  case mart
  /// `LogitPairing`.
  case logitPairing = "alp"
  /// `MixedTraining` with the model's own adversarial images.
  case mixture
  /// `MixedTraining` with those of other models too.
  case ensemble
  /// `GradientAlignment`.
  case gradientAlignment = "grad-align"
  /// `InputGradientRegularization`.
  case inputGradient = "input-gradient"
  /// `DefensiveDistillation`: of the teacher without a source model, and with one of the student of that.
  case distillation
  /// Normal noise on every image.
  case gaussian
}

extension DefenceMethod {
  /// How many other models the method trains with.
  private var sourceCount: (range: ClosedRange<Int>, text: String) {
    switch self {
    case .ensemble: (1...Int.max, "at least one for an ensemble")
    case .distillation: (0...1, "the teacher alone, or none to train the teacher")
    case .projectedGradient, .fast, .noisyFast, .free, .trades, .mart, .logitPairing, .mixture, .gradientAlignment,
      .inputGradient, .gaussian:
      (0...0, "none for '\(rawValue)'")
    }
  }

  /// What the method minimises under these settings, which are checked.
  ///
  /// - Parameters:
  ///   - settings: Those that the method has; radius and norm among them where it attacks.
  ///   - bounds: The values a pixel may have.
  ///   - sources: The models of ensemble adversarial training, or the teacher of distillation.
  ///   - workers: Threads of the attacks.
  /// - Returns: The objective.
  /// - Throws: `TrainingError` where a setting is missing or out of its range, or for too many or too few sources.
  public func objective(
    _ settings: DefenceSettings, bounds: ClosedRange<Float> = 0...1, sources: [any DifferentiableClassifier] = [],
    workers: Workers = Workers(count: 1)
  ) throws(TrainingError) -> any TrainingObjective {
    try settings.check()
    guard sourceCount.range.contains(sources.count) else {
      throw .invalidSetting("source models", expected: sourceCount.text, found: "\(sources.count)")
    }
    let needed = try Needed(settings, method: self, bounds: bounds)
    let loss = Loss.crossEntropy(labelSmoothing: settings.labelSmoothing ?? 0)
    switch self {
    case .gaussian: return StandardObjective(loss: loss)
    case .distillation:
      return DefensiveDistillation(temperature: try needed(\.temperature, "temperature"), teacher: sources.first)
    case .inputGradient:
      return InputGradientRegularization(
        weight: try needed(\.penalty, "penalty"), difference: 1e-3 * (bounds.upperBound - bounds.lowerBound),
        workers: workers)
    case .free:
      return FreeAdversarialTraining(
        threat: try needed.threat().model, replays: try needed(\.replays, "replays"), loss: loss, workers: workers)
    case .gradientAlignment:
      return GradientAlignment(
        threat: try needed.threat(), weight: try needed(\.penalty, "penalty"), workers: workers)
    case .fast:
      return needed.perturbingWeights(
        FastAdversarialTraining(
          threat: try needed.threat(), stepSize: settings.stepSize, clipsStart: settings.clipsStart ?? false,
          loss: loss, workers: workers))
    case .noisyFast:
      return needed.perturbingWeights(
        NoisyFastAdversarialTraining(
          threat: try needed.threat(), noise: try needed(\.noise, "noise"), stepSize: settings.stepSize, loss: loss,
          workers: workers))
    case .projectedGradient:
      return needed.perturbingWeights(try needed.attack(loss: loss, workers))
    case .trades:
      return needed.perturbingWeights(
        Trades(
          threat: try needed.threat(), beta: try needed(\.beta, "beta"), steps: try needed(\.steps, "steps"),
          stepSize: try needed(\.stepSize, "step_size"), workers: workers))
    case .mart:
      return needed.perturbingWeights(
        Mart(attack: try needed.attack(workers), beta: try needed(\.beta, "beta")))
    case .logitPairing:
      return needed.perturbingWeights(
        LogitPairing(attack: try needed.attack(workers), weight: try needed(\.penalty, "penalty")))
    case .mixture, .ensemble:
      return needed.perturbingWeights(
        MixedTraining(
          threat: try needed.threat(), share: try needed(\.share, "share"), sources: sources, workers: workers))
    }
  }
}

/// Settings as far as a method needs them.
private struct Needed {
  let settings: DefenceSettings
  let method: DefenceMethod
  let bounds: ClosedRange<Float>

  init(_ settings: DefenceSettings, method: DefenceMethod, bounds: ClosedRange<Float>) throws(TrainingError) {
    (self.settings, self.method, self.bounds) = (settings, method, bounds)
  }

  func callAsFunction<Value>(
    _ path: KeyPath<DefenceSettings, Value?>, _ name: String
  ) throws(TrainingError) -> Value {
    guard let value = settings[keyPath: path] else {
      throw .invalidSetting(name, expected: "a value for the method '\(method.rawValue)'", found: "none")
    }
    return value
  }

  func threat() throws(TrainingError) -> TrainingThreat {
    let model = ThreatModel(
      norm: try self(\.norm, "norm"), radius: try self(\.radius, "eps"), bounds: bounds)
    return TrainingThreat(model, rampEpochs: settings.rampEpochs ?? 0)
  }

  func attack(loss: Loss = .crossEntropy, _ workers: Workers) throws(TrainingError) -> ProjectedGradientTraining {
    ProjectedGradientTraining(
      threat: try threat(), steps: try self(\.steps, "steps"), stepSize: settings.stepSize, loss: loss,
      workers: workers)
  }

  func perturbingWeights(_ base: some AdversarialObjective) -> any TrainingObjective {
    guard let gamma = settings.gamma, gamma > 0 else { return base }
    return WeightPerturbation(base, gamma: gamma, warmUpEpochs: settings.gammaWarmUp ?? 0)
  }
}
