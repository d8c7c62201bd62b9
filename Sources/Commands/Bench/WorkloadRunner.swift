internal import Attacks
internal import Compute
internal import Defences
internal import Networks
internal import Training

/// Runs a workload once.
struct WorkloadRunner {
  private let inputs: WorkloadInputs
  private let workers: Workers
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

  /// Runs all steps.
  ///
  /// - Returns: The seconds that they took, and the images as they are then; an attack moves them. The model keeps what
  ///   it has learnt.
  /// - Throws: `CancellationError` where Ctrl-C came meanwhile; what the engine throws.
  func callAsFunction(_ model: CompiledModel) throws -> (seconds: Double, images: Tensor<Float>) {
    let outcome = try runActivity(model)
    guard !InterruptSignal.isRaised else { throw CancellationError() }
    return outcome
  }

  private func runActivity(_ model: CompiledModel) throws -> (Double, Tensor<Float>) {
    switch inputs.workload.activity {
    case .attack(let radius, let stepSize):
      let attack = ProjectedGradient(steps: inputs.workload.steps, stepSize: stepSize, earlyStop: false)
      return try perturb(attack, ThreatModel(norm: .linf, radius: radius), model)
    case .training: return (try train(model), inputs.examples.images)
    case .inference: return (try predict(model), inputs.examples.images)
    }
  }

  private func perturb(
    _ attack: ProjectedGradient, _ threat: ThreatModel, _ model: CompiledModel
  ) throws -> (Double, Tensor<Float>) {
    let (parts, random) = (parts, RandomSource(seed: inputs.seed))
    let start = ContinuousClock.now
    let points = try workers.map(parts.count) { part in
      let examples = parts[part]
      return try attack.perturb(
        AttackTask(misclassifying: examples, threat: threat, random: random), model: AttackedModel(model))
    }
    return (Self.seconds(since: start), Tensor.concatenating(points))
  }

  private func predict(_ model: CompiledModel) throws -> Double {
    let parts = parts
    let start = ContinuousClock.now
    for _ in 0..<inputs.workload.steps { _ = try workers.map(parts.count) { try model.logits(of: parts[$0].images) } }
    return Self.seconds(since: start)
  }

  /// Training on one batch for as many epochs as there are steps, so that every step is one update.
  private func train(_ model: CompiledModel) throws -> Double {
    let preset = try Preset.named("fast-mnist", for: inputs.workload.imageShape)
    let objective = try preset.defence.objective(workers: workers)
    var loop = TrainingLoop(
      epochs: inputs.workload.steps, batchSize: inputs.workload.batchSize, learningRate: preset.loop.learningRate,
      seed: inputs.seed)
    loop.workers = workers
    model.updateParameters { $0 = inputs.parameters }
    var optimizer = preset.optimizer
    let start = ContinuousClock.now
    _ = try loop.run(
      model, on: inputs.examples, objective: objective, optimizer: &optimizer,
      isCancelled: { InterruptSignal.isRaised })
    return Self.seconds(since: start)
  }

  private static func seconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .seconds(1)
  }
}
