internal import Attacks
internal import Certification
internal import Compute
internal import Networks
internal import Training

extension WorkloadRunner {
  /// What `evaluate --suite autoattack` does.
  func evaluate(_ model: CompiledModel, _ threat: ThreatModel) throws -> WorkloadOutcome {
    let set = try EvaluationSet(images: inputs.examples.images, labels: inputs.examples.labels)
    let evaluation = try SuiteEvaluation(.autoAttack, on: set, threats: [threat], target: UndefendedModel(model))
    var evaluator = Evaluator()
    evaluator.workers = workers
    evaluator.random = RandomSource(seed: inputs.seed)
    evaluator.isCancelled = { InterruptSignal.isRaised }
    let (seconds, (results, _)) = try timed { try evaluation.run(by: evaluator) }
    return WorkloadOutcome(seconds: seconds, accuracy: results.first?.union.accuracy)
  }

  /// What `certify --method crown --margins` does.
  func certify(within threat: ThreatModel) throws -> WorkloadOutcome {
    let network = try BoundedNetwork(
      network: inputs.network, parameters: inputs.parameters, arithmetic: .real, kernels: DoubleKernels())
    let (examples, classCount) = (inputs.examples, inputs.workload.classCount)
    let (seconds, margins) = try timed {
      try workers.map(examples.count) { row -> Double in
        guard !InterruptSignal.isRaised else { return 0 }
        let image = examples.images.examples(row..<row + 1).reshaped(to: inputs.workload.imageShape)
        return try Crown().leastValues(
          of: OutputFunctions(marginsOf: examples.labels[row], classCount: classCount), network: network,
          region: InputRegion(around: image, threat: threat)
        ).min() ?? -.infinity
      }
    }
    return WorkloadOutcome(
      seconds: seconds, accuracy: Double(margins.count { $0 > 0 }) / Double(margins.count),
      marginBound: margins.reduce(0, +) / Double(margins.count))
  }
}
