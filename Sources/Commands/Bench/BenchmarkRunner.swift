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

  /// The workload of a benchmark, of the size asked for.
  func workload(of benchmark: Benchmark) -> Workload? {
    guard var workload = benchmark.workload else { return nil }
    if let batchSize { workload.batchSize = batchSize }
    if let steps { workload.steps = steps }
    return workload
  }
}

/// Measures one benchmark.
struct BenchmarkRunner {
  let settings: BenchmarkSettings
  /// The program, for what is measured of whole processes.
  let program: String?
  /// Called after every run.
  let onRun: () -> Void

  /// How many runs a benchmark takes: the warm-up and the timed ones, and for a workload two more for its profile.
  static func runCount(of benchmark: Benchmark, repetitions: Int) -> Int {
    repetitions + (benchmark.workload == nil ? 1 : 3)
  }

  /// Measures in this process; the start of the program is measured by starting others.
  ///
  /// - Throws: `CancellationError` at Ctrl-C; what the engine throws.
  func measure(_ benchmark: Benchmark) throws -> BenchmarkResult {
    guard let workload = settings.workload(of: benchmark) else { return try startUp() }
    let (workers, repetitions) = (settings.workers, settings.repetitions)
    let inputs = try WorkloadInputs(workload, seed: settings.seed)
    let run = WorkloadRunner(inputs, workers, gradients: settings.precision.arithmetic)
    let model = try run.makeModel()
    let (_, images) = try counted(run(model))
    let rates = try (0..<repetitions).map { _ in Double(workload.unitCount) / (try counted(run(model)).seconds) }
    // Before the passes below, which are not part of the benchmark, take memory.
    let memory = PeakMemory.ofThisProcess
    var losses = (before: try inputs.loss(at: inputs.examples.images, run.makeModel()), after: Double?.none)
    if workload.activity != .inference { losses.after = try inputs.loss(at: images, model) }
    return BenchmarkResult(
      benchmark, workload, precision: workload.isAttack ? settings.precision : .float32, rates: rates,
      operations: OperationCount(inputs.network, workload.activity).operations,
      profile: try profile(run, inputs), keepsTimes: settings.keepsTimes, peakMemory: memory, losses: losses)
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
  private func profile(_ run: WorkloadRunner, _ inputs: WorkloadInputs) throws -> KernelProfile {
    let profile = Profile()
    let model = try run.makeModel(profile)
    _ = try counted(run(model))
    profile.reset()
    let seconds = try counted(run(model)).seconds
    return KernelProfile(profile, seconds: seconds, of: inputs, threads: settings.workers.count)
  }

  private func counted<Outcome>(_ run: @autoclosure () throws -> Outcome) rethrows -> Outcome {
    defer { onRun() }
    return try run()
  }
}
