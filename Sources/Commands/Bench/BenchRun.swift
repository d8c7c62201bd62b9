internal import Compute
internal import Networks
internal import Reports

/// Measures benchmarks, one after the other.
struct BenchRun {
  let benchmarks: [Benchmark]
  let settings: BenchmarkSettings
  let display: ProgressLine.Display
  /// The program, where this process is it.
  let program: String?
  /// Whether this process has run anything before the benchmarks.
  var hasWorked = false

  /// Writes weights and images of every network that is measured, as many images as its largest batch has.
  mutating func save(to directory: String, command: [String], force: Bool) throws {
    hasWorked = true
    try makeDirectory(directory)
    let workloads = benchmarks.flatMap(settings.workloads)
    for workloads in Dictionary(grouping: workloads, by: \.fileName).values {
      guard let largest = workloads.max(by: { $0.batchSize < $1.batchSize }) else { continue }
      try WorkloadInputs(largest, seed: settings.seed).write(to: directory, command: command, force: force)
    }
  }

  /// Measures all of them.
  ///
  /// - Returns: The report of what was measured, and the error that ended the run early, if any.
  /// - Throws: Where the machine's peak cannot be measured.
  func callAsFunction() throws -> (report: BenchReport, failure: (any Error)?) {
    InterruptSignal.listen()
    // Memory that the process used earlier would count as memory of a benchmark.
    guard let program, benchmarks.count > 1 || hasWorked else { return try measureHere() }
    let (reports, failure) = collect(total: benchmarks.count, unit: "works") { benchmark, progress in
      defer { progress.advance() }
      let process = try FinishedProcess(running: program, settings.arguments(for: benchmark))
      return try StandardOutput.value(ofJSON: process.output) as BenchReport
    }
    // The largest of several measurements: other programs can only lower it.
    let peak = reports.compactMap(\.peakGflops.value).max()
    return (BenchReport(reports.flatMap(\.works), threads: settings.workers.count, peak: peak), failure)
  }

  private func measureHere() throws -> (report: BenchReport, failure: (any Error)?) {
    let runs = benchmarks.reduce(0) { $0 + BenchmarkRunner.runCount(of: $1, settings) }
    let (results, failure) = collect(total: runs, unit: "runs") { benchmark, progress in
      try BenchmarkRunner(settings: settings, program: program, onRun: { progress.advance() }).measure(benchmark)
    }
    let peak = try PeakArithmetic.measure(settings.workers) / 1e9
    return (BenchReport(results.flatMap(\.self), threads: settings.workers.count, peak: peak), failure)
  }

  /// The results of all benchmarks up to the first that fails.
  private func collect<Result>(
    total: Int, unit: String, _ measure: (Benchmark, ProgressLine) throws -> Result
  ) -> (results: [Result], failure: (any Error)?) {
    let progress = ProgressLine("bench", total: total, unit: unit, display: display)
    defer { progress.finish() }
    var results: [Result] = []
    for benchmark in benchmarks {
      progress.advance(by: 0, note: benchmark.rawValue)
      do {
        results.append(try measure(benchmark, progress))
      } catch is CancellationError {
        let done = "\(results.count) of \(counted(benchmarks.count, "work", "works"))"
        return (results, Interruption(description: "interrupted after \(done)"))
      } catch {
        return (results, error)
      }
    }
    return (results, nil)
  }
}

extension BenchmarkSettings {
  /// The command line that measures one benchmark in the same way.
  fileprivate func arguments(for benchmark: Benchmark) -> [String] {
    var arguments = ["bench", benchmark.rawValue, "--json", "--quiet", "--precision", precision.rawValue]
    arguments += ["--seed", "\(seed)", "--threads", "\(workers.count)", "--repeat", "\(repetitions)"]
    if let batchSize { arguments += ["--batch-size", "\(batchSize)"] }
    if let steps { arguments += ["--steps", "\(steps)"] }
    return arguments + (keepsTimes ? ["--profile"] : [])
  }
}
