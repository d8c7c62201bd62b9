internal import Compute
internal import Networks
internal import Reports

/// Everything one run of `bench` needs.
struct BenchSession {
  private let command: BenchCommand
  private let works: [BenchWork]

  init(_ command: BenchCommand) {
    self.command = command
    works = command.works.isEmpty ? BenchWork.allCases : command.works
  }

  /// Writes weights and images of every network asked for, as many images as its largest batch has.
  func save() throws {
    guard let directory = command.save else { return }
    try makeDirectory(directory)
    let force = command.writing.force
    for tasks in Dictionary(grouping: works.compactMap(task), by: \.architecture).values {
      guard let task = tasks.max(by: { $0.batchSize < $1.batchSize }) else { continue }
      try BenchSubject(task, seed: command.execution.seed).write(to: directory, force: force)
    }
  }

  /// Measures one work after the other.
  ///
  /// - Returns: What was measured, and why not all of it was.
  func measure() throws -> (report: BenchReport, failure: (any Error)?) {
    InterruptSignal.listen()
    // What a process has done before would count as memory of a work.
    guard let program = programPath, works.count > 1 || command.save != nil else { return try measureHere() }
    let (reports, failure) = collect(total: works.count, unit: "works") { work, progress in
      defer { progress.advance() }
      let process = try FinishedProcess(running: program, arguments(for: work))
      return try StandardOutput.value(ofJSON: process.output) as BenchReport
    }
    // The best of all: another program can only make it look less.
    let peak = reports.compactMap(\.peakGflops.value).max()
    return (BenchReport(reports.flatMap(\.works), threads: command.execution.workers.count, peak: peak), failure)
  }

  private func measureHere() throws -> (report: BenchReport, failure: (any Error)?) {
    let (workers, repetitions) = (command.execution.workers, command.repetitions)
    let runs = works.reduce(0) { $0 + BenchMeasurement.runCount(of: $1, repetitions: repetitions) }
    let (results, failure) = collect(total: runs, unit: "runs") { work, progress in
      let measurement = BenchMeasurement(
        workers: workers, seed: command.execution.seed, gradients: command.gradients, repetitions: repetitions,
        keepsTimes: command.profile,
        onRun: { progress.advance() })
      guard let task = task(work) else { return try measurement.startUp(of: programPath) }
      return try measurement.result(of: work, task)
    }
    let peak = try PeakArithmetic.measure(workers) / 1e9
    return (BenchReport(results, threads: workers.count, peak: peak), failure)
  }

  /// What comes of every work, up to the first that fails.
  private func collect<Result>(
    total: Int, unit: String, _ measure: (BenchWork, ProgressLine) throws -> Result
  ) -> (results: [Result], failure: (any Error)?) {
    let progress = command.execution.progress("bench", total: total, unit: unit)
    defer { progress.finish() }
    var results: [Result] = []
    for work in works {
      progress.advance(by: 0, note: work.rawValue)
      do {
        results.append(try measure(work, progress))
      } catch is CancellationError {
        let done = "\(results.count) of \(counted(works.count, "work", "works"))"
        return (results, Interruption(description: "interrupted after \(done)"))
      } catch {
        return (results, error)
      }
    }
    return (results, nil)
  }

  private func arguments(for work: BenchWork) -> [String] {
    var arguments = ["bench", work.rawValue, "--json", "--quiet", "--precision", command.gradients.precision.rawValue]
    arguments += ["--seed", "\(command.execution.seed)", "--threads", "\(command.execution.workers.count)"]
    arguments += ["--repeat", "\(command.repetitions)"]
    if let batchSize = command.batchSize { arguments += ["--batch-size", "\(batchSize)"] }
    if let steps = command.steps { arguments += ["--steps", "\(steps)"] }
    return arguments + (command.profile ? ["--profile"] : [])
  }

  /// The task of a work, of the size asked for.
  private func task(_ work: BenchWork) -> BenchTask? {
    guard var task = work.task else { return nil }
    if let batchSize = command.batchSize { task.batchSize = batchSize }
    if let steps = command.steps { task.steps = steps }
    return task
  }
}
