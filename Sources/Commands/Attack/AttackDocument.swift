internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// What `attack` reports on one attack within one radius.
struct AttackDocument: Report {
  private let run: AttackRun
  private let result: AttackTotals
  private let seed: UInt64
  private let warnings: [EvaluationWarning]
  /// Where the adversarial examples were written.
  private let written: OutputFile?
  /// What pictures were written.
  private let pictures: String?
  /// What a report shows beside the table.
  private let details: [Document.Block]

  init(
    _ run: AttackRun, _ result: AttackTotals, seed: UInt64, written: OutputFile?, pictures: String? = nil,
    details: [Document.Block] = []
  ) {
    (self.run, self.result, self.seed, self.written) = (run, result, seed, written)
    (self.pictures, self.details) = (pictures, details)
    warnings = run.warnings(result)
  }

  private var evaluation: EvaluationSummary { result.summary }

  func encode(to encoder: any Encoder) throws {
    try AttackReport(run, result, seed: seed, warnings: warnings.map(\.text)).encode(to: encoder)
  }

  var document: Document {
    var document = Document("Attack")
    document.add(heading.facts)
    document.add(table)
    for warning in warnings { document.warn(warning.text) }
    if let written { document.add(written: written.path) }
    if let pictures { document.add(written: pictures) }
    document.summary = summary
    if let series = QueryRecord.series(run.attack.title, evaluation) {
      document.add(details: [.figure(QueryRecord.figure("Success against queries", [series]))])
    }
    document.add(details: details)
    document.add(details: [
      .facts(
        .digests(run.subject.model.file, data: result.examples.data.sha256, fingerprint: evaluation.fingerprint))
    ])
    return document
  }

  private var summary: String {
    let robust = evaluation.robustAccuracy
    return sentence(
      run.attack.title, leave: .percentage(robust), robust.interval, of: evaluation.count,
      without: .percentage(evaluation.cleanAccuracy))
  }

  private var heading: Heading {
    let subject = run.subject
    var heading = Heading(holdsDoubts: false)
    heading.add(subject.model)
    if let surrogate = run.surrogate {
      let paths = surrogate.models.map(\.path).joined(separator: ", ")
      heading.add("surrogate", paths + (surrogate.models.count > 1 ? " (mean of the logits)" : ""))
    }
    heading.add(result.examples.data, path: subject.dataPath, isGiven: subject.isDataGiven)
    let limits = (run.attack as? any ChangeLimits)?.limits(for: result.examples.data.imageShape)
    let anywhere = limits ?? "\(run.threat.norm.symbol), any distance"
    heading.add("threat", run.isUnbounded ? run.threat.text(limits: anywhere) : run.threat.text(epsilon: run.epsilon))
    if let targets = subject.targets { heading.add("target", targets.title) }
    heading.add(subject.precision)
    return heading
  }

  private var table: Table {
    let isTargeted = run.subject.targets != nil
    let success: [Table.Column] = isTargeted ? [.right("success rate", short: "success", .major)] : []
    var table = Table(
      [
        .left("attack"), .right("clean accuracy", short: "clean"), .right("robust accuracy", short: "robust"),
        .right("95 % interval", .major),
      ] + success + [
        .right("mean distance", short: "distance", .minor), .right("largest", .least), .right("gradients", .least),
        .right("time", .minor),
      ])
    table.append(
      [
        .text(run.attack.title), .percentage(evaluation.cleanAccuracy), .percentage(evaluation.robustAccuracy),
        .interval(evaluation.robustAccuracy.interval),
      ] + (isTargeted ? [.percentage(evaluation.successRate)] : []) + [
        .optional(evaluation.meanDistance) { .number($0) },
        .optional(evaluation.largestDistance) { .number(Double($0)) }, .count(evaluation.backwards),
        .duration(seconds: evaluation.seconds),
      ])
    table.notes = notes
    return table
  }

  /// What the table alone would hide.
  private var notes: [String] {
    var notes: [String] = []
    if run.surrogate != nil { notes.append("gradients are those of the surrogate; the model judges") }
    if !evaluation.isComplete {
      notes.append("partial: \(evaluation.count) of \(evaluation.requested) examples were finished")
    }
    if let first = evaluation.firstInvalid {
      notes.append(
        "invalid examples, counted as not robust: \(evaluation.invalidCount); the first is example \(first.id): "
          + "\(first.defect)")
    }
    notes += [AttackNotes.queries(run.attack, evaluation), AttackNotes.rounding(run.attack, evaluation)]
      .compactMap { $0 }
    if run.attack is any MinimumNormAttack { notes.append(AttackNotes.norms(run.attack, evaluation)) }
    if evaluation.zeroGradients > 0 {
      notes.append(
        "zero gradients: \(NumberFormat.count(evaluation.zeroGradients)) of \(NumberFormat.count(evaluation.backwards))"
      )
    }
    return notes
  }
}

extension Cell {
  /// A share as percents; a dash out of nothing.
  static func percentage(_ proportion: Proportion) -> Cell {
    .optional(proportion.fraction) { .percentage($0) }
  }

  /// The mean of the shares of all examples as percents; a dash out of nothing.
  static func percentage(_ accuracies: AccuracySummary?) -> Cell {
    .optional(accuracies?.accuracy) { .percentage($0) }
  }
}

extension ThreatModel {
  /// The same with the radius in decimals.
  var text: String { text(epsilon: NumberFormat.significant(Double(radius))) }

  /// `L∞, eps = 0.1 in stored pixel units (25.5/255), pixels in [0, 1]`; the radius as it was typed.
  func text(epsilon: String) -> String {
    let range = NumberFormat.interval(bounds)
    guard norm != .l0 else { return "L0, at most \(epsilon) pixel values changed, pixels in \(range)" }
    // Only there the literature counts in 255ths.
    let isUsual = norm == .linf && bounds == 0...1 && !epsilon.contains("/")
    let fraction = isUsual ? " (\(NumberFormat.significant(Double(radius) * 255))/255)" : ""
    return "\(norm.symbol), eps = \(epsilon) in stored pixel units\(fraction), pixels in \(range)"
  }

  /// `one square of 5×5 pixels, pixels in [0, 1]`: what there is in place of a radius.
  func text(limits: String) -> String { "\(limits), pixels in \(NumberFormat.interval(bounds))" }
}

extension NumberFormat {
  /// A share as percents; a dash out of nothing.
  static func percentage(_ proportion: Proportion) -> String {
    proportion.fraction.map { percentage($0) } ?? missing
  }

  /// `[0, 1]`.
  static func interval(_ range: ClosedRange<Float>) -> String { PixelBox(range).interval }

  /// The same; with a range for each channel: `[-2.1, 2.2], [-2, 2.4], [-1.8, 2.6] by channel`.
  static func interval(_ box: PixelBox) -> String { box.interval }
}
