internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// What `corruptions` reports.
struct CorruptionsDocument: Report {
  private let run: CorruptionsRun
  private let result: CorruptionResult
  private let errors: [Double?]?
  private let report: CorruptionsReport

  init(
    _ run: CorruptionsRun, _ results: (own: CorruptionResult, baseline: CorruptionResult?), seed: UInt64,
    seconds: Double
  ) {
    (self.run, result) = (run, results.own)
    errors = results.baseline.map(results.own.corruptionErrors)
    report = CorruptionsReport(run, results, seed: seed, seconds: seconds)
  }

  func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }

  var document: Document {
    var document = Document("Corruptions")
    var heading = Heading()
    heading.add(run.model)
    if let baseline = run.baseline { heading.add("baseline", baseline.path) }
    heading.add(run.data.properties, path: run.dataPath, isGiven: run.isDataGiven)
    let choice = run.isSuiteFitted ? ", chosen by the channels of the data; --suite names another" : ""
    heading.add("suite", "\(run.suite.name.rawValue) (\(run.suite.name.citation))\(choice)")
    let clean = NumberFormat.percentage(1 - (result.clean.fraction ?? .nan))
    heading.add("clean", "\(clean) errors \(NumberFormat.percentages(result.clean.errorInterval))")
    document.add(heading.facts)
    document.add(table)
    return document
  }

  private var table: Table {
    var columns: [Table.Column] = [.left("errors under"), .left("kind", .minor)]
    columns += run.severities.map { .right("severity \($0.rawValue)", short: "\($0.rawValue)") }
    columns.append(.right("mean"))
    if errors != nil { columns.append(.right("of baseline's")) }
    var table = Table(columns)
    for (index, family) in result.families.enumerated() {
      table.append(
        [.text(family.corruption.name + (family.isExtra ? " (extra)" : "")), .text(family.corruption.kind.rawValue)]
          + family.accuracies.map { .percentage(1 - ($0.fraction ?? .nan)) } + [.errorRate(family.meanError)]
          + (errors.map { [.errorRate($0[index])] } ?? []))
    }
    let blanks = Array(repeating: Cell.text(""), count: run.severities.count)
    table.append(
      ["mean of families (mCE)", ""] + blanks + [.errorRate(result.meanError)]
        + (errors == nil ? [] : [.errorRate(report.normalizedMce.value)]))
    table.notes = notes
    return table
  }

  private var notes: [String] {
    var notes = run.remarks
    let constant = run.suite.families.filter { !$0.hasSeverities }.map(\.name)
    if !constant.isEmpty { notes.append("the same at every severity: \(constant.joined(separator: ", "))") }
    if !run.suite.extras.isEmpty { notes.append("extra: not in the mean, as published") }
    if run.suite.name == .cifar, run.data.imageShape[0] != 3 {
      notes.append("saturate: images that are not of three channels stay as they are")
    }
    if errors?.contains(where: { $0 == nil }) == true {
      notes.append("–: the baseline makes no errors there, and so there is no mCE of all families")
    }
    notes.append("constants as published, random numbers our own: close to the published files, not the same images")
    return notes
  }
}

extension Cell {
  /// A share of errors that may be missing.
  fileprivate static func errorRate(_ share: Double?) -> Cell { .optional(share) { .percentage($0) } }
}

extension Proportion {
  /// The interval of the share that is missed.
  fileprivate var errorInterval: ClosedRange<Double> { 1 - interval.upperBound...1 - interval.lowerBound }
}

/// `corruptions --json`.
struct CorruptionsReport: Encodable {
  let command = "corruptions"
  let programVersion = Provenance.programVersion
  let suite: String
  let severities: [Int]
  let model: ModelSummary
  let baseline: ModelSummary?
  let data: DataSummary
  let count: Int
  let cleanError: JSONNumber
  let cleanErrorInterval: [Double]
  let families: [Family]
  /// The mean over families of their mean errors.
  let meanError: JSONNumber
  /// The mCE of the papers; null without a baseline.
  let normalizedMce: JSONNumber
  let remarks: [String]
  let seed: UInt64
  let seconds: Double

  /// One family.
  struct Family: Encodable {
    let name: String
    let kind: String
    let isInMean: Bool
    /// One for each severity.
    let errors: [JSONNumber]
    let intervals: [[Double]]
    let meanError: JSONNumber
    /// The errors over those of the baseline; null without one.
    let corruptionError: JSONNumber

    init(_ result: FamilyResult, corruptionError: Double?) {
      (name, kind, isInMean) = (result.corruption.name, result.corruption.kind.rawValue, !result.isExtra)
      errors = result.accuracies.map { JSONNumber($0.fraction.map { 1 - $0 }) }
      intervals = result.accuracies.map { [$0.errorInterval.lowerBound, $0.errorInterval.upperBound] }
      meanError = JSONNumber(result.meanError)
      self.corruptionError = JSONNumber(corruptionError)
    }
  }

  init(
    _ run: CorruptionsRun, _ results: (own: CorruptionResult, baseline: CorruptionResult?), seed: UInt64,
    seconds: Double
  ) {
    let own = results.own
    suite = run.suite.name.rawValue
    severities = run.severities.map(\.rawValue)
    model = ModelSummary(run.model)
    baseline = run.baseline.map { ModelSummary($0) }
    data = DataSummary(run.data.properties, path: run.dataPath)
    count = run.data.count
    cleanError = JSONNumber(own.clean.fraction.map { 1 - $0 })
    cleanErrorInterval = [own.clean.errorInterval.lowerBound, own.clean.errorInterval.upperBound]
    let errors = results.baseline.map(own.corruptionErrors) ?? own.families.map { _ in nil }
    families = zip(own.families, errors).map { Family($0, corruptionError: $1) }
    meanError = JSONNumber(own.meanError)
    normalizedMce = JSONNumber(results.baseline.flatMap(own.meanCorruptionError))
    remarks = run.remarks
    self.seed = seed
    self.seconds = seconds
  }
}
