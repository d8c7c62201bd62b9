internal import Arguments
internal import Reports

extension BenchReport: Report {
  var document: Document {
    var document = Document("Speed")
    var facts = Facts()
    facts.add("advlab", AdvLab.configuration.version)
    facts.add("threads", "\(threads)")
    if let peak = peakGflops.value {
      facts.add("peak", "\(NumberFormat.fixed(peak, decimals: 0)) GFLOP/s, measured: multiply-adds on registers")
    }
    document.add(facts)
    guard !works.isEmpty else { return document }
    document.add(Self.table(works))
    if let table = Self.growthTable(works) { document.add(table) }
    let reached = works.compactMap { result in result.reached.map { (result.title, $0) } }
    if !reached.isEmpty {
      var facts = Facts()
      for (title, text) in reached { facts.add(title, text) }
      document.add(facts)
    }
    for result in works {
      if let times = result.profile { document.add(Self.table(times, result)) }
    }
    return document
  }

  private static func table(_ results: [BenchmarkResult]) -> Table {
    var table = Table([
      .left("work"), .right("batch", .minor), .right("rate"), .right("range", .major), .right("GFLOP/s", .minor),
      .right("of peak", .minor), .right("outside kernels", short: "outside", .least), .right("memory", .least),
    ])
    for result in results {
      table.append([
        .text(result.title), .optional(result.batchSize.value) { .count(Int($0)) }, rate(result),
        .text(range(result)), .optional(result.gflops.value) { .decimal($0, decimals: 1) },
        .optional(result.shareOfPeak.value, percentage), .optional(result.outsideShare, percentage),
        .optional(result.peakMemory.value) { .bytes(Int($0)) },
      ])
    }
    return table
  }

  /// What doubled work costs, in parts of the smallest of its series.
  private static func growthTable(_ results: [BenchmarkResult]) -> Table? {
    let series = results.filter { $0.growth.value != nil }
    guard !series.isEmpty else { return nil }
    var table = Table(
      [.left("work"), .left("network", .minor), .right("time"), .right("time, times"), .right("arithmetic, times")],
      title: "Cost against work")
    for result in series {
      guard let first = series.first(where: { $0.work == result.work }), let seconds = result.secondsOfRun,
        let least = first.secondsOfRun, let operations = result.operations, let fewest = first.operations
      else { continue }
      table.append([
        .text(result.title), .text(result.architecture), .duration(seconds: seconds),
        .decimal(seconds / least, decimals: 2), .decimal(operations / fewest, decimals: 2),
      ])
    }
    return table
  }

  private static func rate(_ result: BenchmarkResult) -> Cell {
    result.isTime ? .duration(seconds: result.rate) : .rate(perSecond: result.rate, unit: result.unit)
  }

  private static func range(_ result: BenchmarkResult) -> String {
    let ends = [result.rates.min(), result.rates.max()].compactMap(\.self)
    return ends.map { result.isTime ? NumberFormat.duration(seconds: $0) : NumberFormat.rounded($0) }
      .joined(separator: "–")
  }

  /// The kernels of one benchmark, and the time between them.
  private static func table(_ times: [KernelTime], _ result: BenchmarkResult) -> Table {
    var table = Table(
      [
        .left("node"), .left("direction", .minor), .left("kernel", .least), .right("ms"), .right("share"),
        .right("GFLOP/s", .least),
      ], title: result.title)
    for time in times {
      table.append([
        .text(time.node), .text(time.direction), .text(time.kernel), milliseconds(time.seconds), percentage(time.share),
        time.gflops.value.map { .decimal($0, decimals: 1) } ?? "",
      ])
    }
    table.append([
      "outside kernels", "", "", .optional(result.outsideSeconds.value, milliseconds),
      .optional(result.outsideShare, percentage),
    ])
    return table
  }

  private static func milliseconds(_ seconds: Double) -> Cell { .decimal(seconds * 1000, decimals: 2) }

  private static func percentage(_ share: Double) -> Cell { .percentage(share, decimals: 1) }
}

extension BenchmarkResult {
  /// The work, and how many times the smallest of its series it is.
  fileprivate var title: String {
    work.rawValue + (growth.value.map { " ×\(NumberFormat.count(Int($0)))" } ?? "")
  }

  /// The time of one run.
  fileprivate var secondsOfRun: Double? {
    guard let batchSize = batchSize.value, let steps = steps.value else { return nil }
    return batchSize * steps / rate
  }

  /// The arithmetic of one run in 10⁹ operations.
  fileprivate var operations: Double? {
    guard let gflops = gflops.value, let seconds = secondsOfRun else { return nil }
    return gflops * seconds
  }

  /// What an evaluation or a certification found, in words.
  fileprivate var reached: String? {
    guard let accuracy = accuracy.value else { return nil }
    let share = NumberFormat.percentage(accuracy, decimals: 2)
    guard let bound = marginBound.value else { return "\(share) of the images stand" }
    return "\(share) of the images certified, mean bound of the least margin \(NumberFormat.significant(bound))"
  }

  /// Whether less is better.
  fileprivate var isTime: Bool { unit == "seconds" }

  fileprivate var outsideShare: Double? {
    guard let inside = kernelSeconds.value, let outside = outsideSeconds.value else { return nil }
    return outside / (inside + outside)
  }
}
