/// The result of one benchmark.
struct BenchmarkResult: Codable {
  let work: Benchmark
  let architecture: String
  /// How many times the smallest of a series; null for a work by itself.
  let growth: JSONNumber
  let batchSize: JSONNumber
  let steps: JSONNumber
  /// What is counted, or `seconds` where the time itself is the result.
  let unit: String
  /// Units per second: the median of the runs.
  let rate: Double
  let rates: [Double]
  let gflops: JSONNumber
  private(set) var shareOfPeak = JSONNumber(nil)
  let kernelSeconds: JSONNumber
  let outsideSeconds: JSONNumber
  let peakMemory: JSONNumber
  let lossBefore: JSONNumber
  let lossAfter: JSONNumber
  /// The share of the images that an evaluation left standing, or that bounds certified.
  let accuracy: JSONNumber
  /// The mean bound of the least margins of a certification.
  let marginBound: JSONNumber
  /// The precision of attack gradients.
  let precision: Precision
  let profile: [KernelTime]?

  init(
    _ benchmark: Benchmark, _ workload: Workload, precision: Precision, rates: [Double], operations: Double,
    profile: KernelProfile?, keepsTimes: Bool, peakMemory: Int?, losses: (before: Double, after: Double?),
    _ outcome: WorkloadOutcome
  ) {
    work = benchmark
    architecture = workload.architecture
    growth = JSONNumber(workload.growth.map(Double.init))
    batchSize = JSONNumber(Double(workload.batchSize))
    steps = JSONNumber(Double(workload.steps))
    unit = workload.unit
    rate = median(rates)
    self.rates = rates
    gflops = JSONNumber(operations > 0 ? rate * operations / 1e9 : nil)
    kernelSeconds = JSONNumber(profile?.kernelSeconds)
    outsideSeconds = JSONNumber(profile?.outsideSeconds)
    self.peakMemory = JSONNumber(peakMemory.map(Double.init))
    (lossBefore, lossAfter) = (JSONNumber(losses.before), JSONNumber(losses.after))
    (accuracy, marginBound) = (JSONNumber(outcome.accuracy), JSONNumber(outcome.marginBound))
    self.precision = precision
    self.profile = keepsTimes ? profile?.times : nil
  }

  /// For the start of the program: the seconds that whole processes took.
  init(startUp seconds: [Double], peakMemory: Int?) {
    let none = JSONNumber(nil)
    (work, architecture, unit, precision) = (.startUp, "digits-cnn", "seconds", .float32)
    (rate, rates) = (median(seconds), seconds)
    (batchSize, steps, growth, gflops, kernelSeconds, outsideSeconds) = (none, none, none, none, none, none)
    (lossBefore, lossAfter, accuracy, marginBound) = (none, none, none, none)
    self.peakMemory = JSONNumber(peakMemory.map(Double.init))
    profile = nil
  }

  /// The same with its GFLOP/s as a share of the machine's peak in single precision.
  func comparedWith(peak: Double?) -> BenchmarkResult {
    var result = self
    if let peak, let gflops = gflops.value { result.shareOfPeak = JSONNumber(gflops / peak) }
    return result
  }
}

/// The median of at least one number; of an even count the mean of the middle two.
private func median(_ numbers: [Double]) -> Double {
  let sorted = numbers.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// `bench --json`.
struct BenchReport: Codable {
  let command: String
  let threads: Int
  let peakGflops: JSONNumber
  let works: [BenchmarkResult]

  init(_ works: [BenchmarkResult], threads: Int, peak: Double?) {
    command = "bench"
    self.threads = threads
    peakGflops = JSONNumber(peak)
    self.works = works.map { $0.comparedWith(peak: peak) }
  }
}
