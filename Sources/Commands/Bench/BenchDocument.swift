internal import Arguments
internal import Reports

/// What `bench` prints for people.
enum BenchTable {
  static func text(_ report: BenchReport) -> String {
    var heading = Heading()
    heading.add("advlab", AdvLab.configuration.version)
    heading.add("threads", "\(report.threads)")
    if let peak = report.peakGflops.value {
      heading.add("peak", "\(NumberFormat.fixed(peak, decimals: 0)) GFLOP/s, measured: multiply-adds on registers")
    }
    guard !report.works.isEmpty else { return heading.text() }
    let profiles = report.works.compactMap { work in
      work.profile.map {
        "\n\(work.work.rawValue)\n" + table($0, work).text(fitting: Terminal.standardOutput.tableWidth)
      }
    }
    return "\(heading.text())\n\n" + table(report.works).text(fitting: Terminal.standardOutput.tableWidth)
      + profiles.joined()
  }

  private static func table(_ works: [BenchResult]) -> Table {
    var table = Table([
      .left("work"), .right("batch", .minor), .right("rate"), .right("range", .major), .right("GFLOP/s", .minor),
      .right("of peak", .minor), .right("outside kernels", short: "outside", .least), .right("memory", .least),
    ])
    for work in works {
      table.append([
        work.work.rawValue, cell(work.batchSize) { NumberFormat.count(Int($0)) }, rate(work), range(work),
        cell(work.gflops) { NumberFormat.fixed($0, decimals: 1) }, cell(work.shareOfPeak) { percentage($0) },
        cell(work.outsideShare) { percentage($0) },
        cell(work.peakMemory) { NumberFormat.count(Int($0 / 1e6)) + " MB" },
      ])
    }
    return table
  }

  private static func rate(_ work: BenchResult) -> String {
    work.isTime
      ? NumberFormat.duration(seconds: work.rate) : NumberFormat.rate(perSecond: work.rate, of: work.unit)
  }

  private static func range(_ work: BenchResult) -> String {
    let ends = [work.rates.min(), work.rates.max()].compactMap(\.self)
    return ends.map { work.isTime ? NumberFormat.duration(seconds: $0) : NumberFormat.rounded($0) }
      .joined(separator: "–")
  }

  /// The kernels of one work, and what lies outside of them.
  private static func table(_ times: [KernelTime], _ work: BenchResult) -> Table {
    var table = Table([
      .left("node"), .left("direction", .minor), .left("kernel", .least), .right("ms"), .right("share"),
      .right("GFLOP/s", .least),
    ])
    for time in times {
      table.append([
        time.node, time.direction, time.kernel, milliseconds(time.seconds), percentage(time.share),
        time.gflops.value.map { NumberFormat.fixed($0, decimals: 1) } ?? "",
      ])
    }
    table.append([
      "outside kernels", "", "", cell(work.outsideSeconds, milliseconds), cell(work.outsideShare) { percentage($0) },
    ])
    return table
  }

  private static func milliseconds(_ seconds: Double) -> String { NumberFormat.fixed(seconds * 1000, decimals: 2) }

  private static func percentage(_ share: Double) -> String { "\(NumberFormat.fixed(share * 100, decimals: 1)) %" }

  /// A dash where there is no number.
  private static func cell(_ number: JSONNumber, _ text: (Double) -> String) -> String {
    number.value.map(text) ?? "–"
  }
}

extension BenchResult {
  /// Whether less is better.
  fileprivate var isTime: Bool { unit == "seconds" }

  fileprivate var outsideShare: JSONNumber {
    guard let inside = kernelSeconds.value, let outside = outsideSeconds.value else { return JSONNumber(nil) }
    return JSONNumber(outside / (inside + outside))
  }
}
