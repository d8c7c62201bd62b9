internal import Compute
internal import Networks
internal import Training

/// How every benchmark is measured.
struct BenchmarkSettings {
  let workers: Workers
  let seed: UInt64
  /// The precision of attack gradients.
  let precision: Precision
  /// The number of timed runs; a warm-up that is not timed comes first.
  let repetitions: Int
  /// Instead of the benchmark's own number of images.
  let batchSize: Int?
  /// Instead of the benchmark's own number of steps.
  let steps: Int?
  /// Whether the time of every kernel is kept.
  let keepsTimes: Bool

  /// The workloads of a benchmark, of the size asked for: none, one, or those of a series from the smallest up.
  func workloads(of benchmark: Benchmark) -> [Workload] {
    guard var workload = benchmark.workload else { return [] }
    if let batchSize { workload.batchSize = batchSize }
    if let steps, workload.hasSteps { workload.steps = steps }
    guard let growth = benchmark.growth else { return [workload] }
    return Growth.factors.map { growth.grown(workload, by: $0) }
  }
}

/// Measures one benchmark.
struct BenchmarkRunner {
  let settings: BenchmarkSettings
  /// The program, for what is measured of whole processes.
  let program: String?
  /// Called after every run.
  let onRun: () -> Void

  /// How many runs a benchmark takes: the warm-up and the timed ones, and for the engine's workloads two more for their
  /// profile.
  static func runCount(of benchmark: Benchmark, _ settings: BenchmarkSettings) -> Int {
    let workloads = settings.workloads(of: benchmark)
    guard !workloads.isEmpty else { return settings.repetitions + 1 }
    return workloads.reduce(0) { $0 + settings.repetitions + ($1.hasKernels ? 3 : 1) }
  }

  /// Measures in this process; the start of the program is measured by starting others.
  ///
  /// - Throws: `CancellationError` at Ctrl-C; what the engine throws.
  func measure(_ benchmark: Benchmark) throws -> [BenchmarkResult] {
    let workloads = settings.workloads(of: benchmark)
    guard !workloads.isEmpty else { return [try startUp()] }
    return try workloads.map { try measure(benchmark, $0) }
  }

  private func measure(_ benchmark: Benchmark, _ workload: Workload) throws -> BenchmarkResult {
    let inputs = try WorkloadInputs(workload, seed: settings.seed)
    let run = WorkloadRunner(inputs, settings.workers, gradients: settings.precision.arithmetic)
    let model = try run.makeModel()
    let outcome = try counted(run(model))
    let rates = try (0..<settings.repetitions).map { _ in
      Double(workload.unitCount) / (try counted(run(model)).seconds)
    }
    // Before the passes below, which are not part of the benchmark, take memory.
    let memory = PeakMemory.ofThisProcess
    let losses = try losses(of: outcome, model, run)
    return BenchmarkResult(
      benchmark, workload, precision: workload.isAttack ? settings.precision : .float32, rates: rates,
      operations: OperationCount(inputs.network, workload.activity).operations,
      profile: workload.hasKernels ? try profile(run) : nil, keepsTimes: settings.keepsTimes, peakMemory: memory,
      losses: losses, outcome)
  }

  /// The mean cross-entropy before a run, and after it where it changes images or weights.
  private func losses(
    of outcome: WorkloadOutcome, _ model: CompiledModel, _ run: WorkloadRunner
  ) throws -> (before: Double, after: Double?) {
    let inputs = run.inputs
    let before = try inputs.loss(at: inputs.examples.images, run.makeModel())
    if let points = outcome.points { return (before, try inputs.loss(at: points, model)) }
    guard case .training = inputs.workload.activity else { return (before, nil) }
    return (before, try inputs.loss(at: inputs.examples.images, model))
  }

  /// Measures the start of the program: a whole process that attacks the shipped model, as it would be typed.
  private func startUp() throws -> BenchmarkResult {
    guard let program else { throw ProcessFailure("start-up: this process is not the program advlab") }
    let processes = try (0...settings.repetitions).map { _ in
      try counted(FinishedProcess(running: program, ["attack", "--fgsm", "--eps", "0.1"]))
    }.dropFirst()
    return BenchmarkResult(startUp: processes.map(\.seconds), peakMemory: processes.map(\.peakMemory).max())
  }

  /// One run with a profile, which is not timed: measuring every step takes time, too.
  private func profile(_ run: WorkloadRunner) throws -> KernelProfile {
    let profile = Profile()
    let model = try run.makeModel(profile)
    _ = try counted(run(model))
    profile.reset()
    let seconds = try counted(run(model)).seconds
    return KernelProfile(profile, seconds: seconds, of: run.inputs, threads: settings.workers.count)
  }

  private func counted<Outcome>(_ run: @autoclosure () throws -> Outcome) rethrows -> Outcome {
    defer { onRun() }
    return try run()
  }
}
