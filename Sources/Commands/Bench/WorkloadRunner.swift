internal import Attacks
internal import Compute
internal import Defences
internal import Networks
internal import Training

/// What one run of a workload took and reached.
struct WorkloadOutcome {
  let seconds: Double
  /// The images at the end of an attack; nil where they stay as they are.
  var points: Tensor<Float>?
  /// The share of the images that AutoAttack left standing, or that CROWN certified.
  var accuracy: Double?
  /// The mean over the images of the bound of their least margin.
  var marginBound: Double?
}

/// Runs a workload once.
struct WorkloadRunner {
  let inputs: WorkloadInputs
  let workers: Workers
  /// How gradients are computed, as the command that does the same computes them.
  private let gradients: GradientArithmetic
  /// The batch, cut evenly among the threads.
  private let parts: [LabelledImages]

  /// Prepares the runs; training has an arithmetic of its own, and inference computes no gradients.
  init(_ inputs: WorkloadInputs, _ workers: Workers, gradients: GradientArithmetic) {
    self.inputs = inputs
    self.workers = workers
    self.gradients = inputs.workload.isAttack ? gradients : .winograd
    let (count, cuts) = (inputs.workload.batchSize, min(workers.count, inputs.workload.batchSize))
    parts = (0..<cuts).map { cut in
      inputs.examples.gathering(Array(count * cut / cuts..<count * (cut + 1) / cuts))
    }
  }

  /// The engine that runs it.
  func makeModel(_ profile: Profile? = nil) throws -> CompiledModel {
    try CompiledModel(
      network: inputs.network, parameters: inputs.parameters, workers: workers, gradients: gradients,
      profile: profile)
  }

  /// Runs all steps. A model that is trained keeps what it has learnt.
  ///
  /// - Throws: `CancellationError` where Ctrl-C came meanwhile; what the engine throws.
  func callAsFunction(_ model: CompiledModel) throws -> WorkloadOutcome {
    let outcome = try runActivity(model)
    guard !InterruptSignal.isRaised else { throw CancellationError() }
    return outcome
  }

  private func runActivity(_ model: CompiledModel) throws -> WorkloadOutcome {
    switch inputs.workload.activity {
    case .attack(let radius, let stepSize):
      let attack = ProjectedGradient(steps: inputs.workload.steps, stepSize: stepSize, earlyStop: false)
      return try perturb(attack, ThreatModel(norm: .linf, radius: radius), model)
    case .training(let defence): return try train(model, defence)
    case .inference: return try predict(model)
    case .evaluation(let radius): return try evaluate(model, ThreatModel(norm: .linf, radius: radius))
    case .certification(let radius): return try certify(within: ThreatModel(norm: .linf, radius: radius))
    }
  }

  private func perturb(
    _ attack: ProjectedGradient, _ threat: ThreatModel, _ model: CompiledModel
  ) throws -> WorkloadOutcome {
    let (parts, random) = (parts, RandomSource(seed: inputs.seed))
    let (seconds, points) = try timed {
      try workers.map(parts.count) { part in
        let examples = parts[part]
        return try attack.perturb(
          AttackTask(misclassifying: examples, threat: threat, random: random), model: AttackedModel(model))
      }
    }
    return WorkloadOutcome(seconds: seconds, points: Tensor.concatenating(points))
  }

  private func predict(_ model: CompiledModel) throws -> WorkloadOutcome {
    let parts = parts
    let (seconds, _) = try timed {
      for _ in 0..<inputs.workload.steps {
        _ = try workers.map(parts.count) { try model.logits(of: parts[$0].images) }
      }
    }
    return WorkloadOutcome(seconds: seconds)
  }

  /// Training for one epoch, in which every step is one update on the batch.
  private func train(_ model: CompiledModel, _ defence: Workload.Defence) throws -> WorkloadOutcome {
    let preset = try Preset.named(defence.rawValue, for: inputs.workload.imageShape)
    let objective = try preset.defence.objective(workers: workers)
    var loop = TrainingLoop(
      epochs: 1, batchSize: inputs.workload.batchSize, learningRate: preset.loop.learningRate, seed: inputs.seed)
    let images = RepeatedImages(inputs.examples, times: inputs.workload.steps)
    loop.workers = workers
    model.updateParameters { $0 = inputs.parameters }
    var optimizer = preset.optimizer
    let (seconds, _) = try timed {
      try loop.run(
        model, on: images, objective: objective, optimizer: &optimizer,
        isCancelled: { InterruptSignal.isRaised })
    }
    return WorkloadOutcome(seconds: seconds)
  }
}

/// The seconds that a piece of work took, and its result.
func timed<Result>(_ work: () throws -> Result) rethrows -> (seconds: Double, result: Result) {
  let start = ContinuousClock.now
  let result = try work()
  return ((ContinuousClock.now - start) / .seconds(1), result)
}
