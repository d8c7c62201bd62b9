internal import Compute
internal import Networks
internal import Training

/// How a work is measured: the same for all of them.
struct BenchMeasurement {
  let workers: Workers
  let seed: UInt64
  /// The options of attacks.
  let gradients: PrecisionOptions
  /// Timed runs; one that is not timed comes first.
  let repetitions: Int
  /// Whether the time of every kernel is kept.
  let keepsTimes: Bool
  /// Called after every run.
  let onRun: () -> Void

  /// How many runs a work takes: the warm-up and the timed ones, and for a task two more for its profile.
  static func runCount(of work: BenchWork, repetitions: Int) -> Int { repetitions + (work.task == nil ? 1 : 3) }

  /// Measures a task in this process.
  ///
  /// - Throws: `CancellationError` at Ctrl-C; what the engine throws.
  func result(of work: BenchWork, _ task: BenchTask) throws -> BenchResult {
    let subject = try BenchSubject(task, seed: seed)
    let run = BenchRun(subject, workers, gradients: gradients.arithmetic)
    let model = try run.makeModel()
    let (_, images) = try counted(run(model))
    let rates = try (0..<repetitions).map { _ in Double(task.unitCount) / (try counted(run(model)).seconds) }
    // Before anything that is not the work.
    let memory = PeakMemory.ofThisProcess
    var losses = (before: try subject.loss(at: subject.examples.images, run.makeModel()), after: Double?.none)
    if task.activity != .inference { losses.after = try subject.loss(at: images, model) }
    return BenchResult(
      work, task, precision: task.isAttack ? gradients.precision : .float32, rates: rates,
      operations: BenchArithmetic(subject.network, task.activity).operations,
      profile: try profile(run, subject), keepsTimes: keepsTimes, peakMemory: memory, losses: losses)
  }

  /// Measures the start of the program: a whole process that attacks what ships with the lab, as it would be typed.
  func startUp(of program: String?) throws -> BenchResult {
    guard let program else { throw ProcessFailure("start-up: this process is not the program advlab") }
    let processes = try (0...repetitions).map { _ in
      try counted(FinishedProcess(running: program, ["attack", "--fgsm", "--eps", "0.1"]))
    }.dropFirst()
    return BenchResult(startUp: processes.map(\.seconds), peakMemory: processes.map(\.peakMemory).max())
  }

  /// One run with a profile, outside of what is timed: measuring every step takes time, too.
  private func profile(_ run: BenchRun, _ subject: BenchSubject) throws -> BenchProfile {
    let profile = Profile()
    let model = try run.makeModel(profile)
    _ = try counted(run(model))
    profile.reset()
    let seconds = try counted(run(model)).seconds
    return BenchProfile(profile, seconds: seconds, of: subject, threads: workers.count)
  }

  private func counted<Outcome>(_ run: @autoclosure () throws -> Outcome) rethrows -> Outcome {
    defer { onRun() }
    return try run()
  }
}
