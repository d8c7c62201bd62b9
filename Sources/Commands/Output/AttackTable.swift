internal import Attacks
internal import Networks
internal import Reports

/// The table of one attack.
enum AttackTable {
  static func text(_ evaluation: Evaluation, attack: any Attack, isTargeted: Bool, width: Int?) -> String {
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
        attack.title, NumberFormat.percentage(evaluation.cleanAccuracy),
        NumberFormat.percentage(evaluation.robustAccuracy),
        NumberFormat.percentages(evaluation.robustAccuracy.interval),
      ] + (isTargeted ? [NumberFormat.percentage(evaluation.successRate)] : []) + [
        evaluation.meanDistance.map { NumberFormat.significant($0) } ?? "–",
        evaluation.largestDistance.map { NumberFormat.significant(Double($0)) } ?? "–",
        NumberFormat.count(evaluation.backwards), NumberFormat.duration(seconds: evaluation.seconds),
      ])
    let notes = notes(evaluation)
    return table.text(fitting: width) + (notes.isEmpty ? "" : "\n") + notes.map { $0.fitting(width) + "\n" }.joined()
  }

  /// What the table alone would hide.
  private static func notes(_ evaluation: Evaluation) -> [String] {
    var notes: [String] = []
    if !evaluation.isComplete {
      notes.append("partial: \(evaluation.examples.count) of \(evaluation.requested) examples were finished")
    }
    let defects = evaluation.examples.compactMap { outcome -> String? in
      guard case .invalid(let defect) = outcome.status else { return nil }
      return "example \(outcome.id): \(defect)"
    }
    if let first = defects.first {
      notes.append("invalid examples, counted as not robust: \(defects.count); the first is \(first)")
    }
    if evaluation.zeroGradients > 0 {
      notes.append(
        "zero gradients: \(NumberFormat.count(evaluation.zeroGradients)) of \(NumberFormat.count(evaluation.backwards))"
      )
    }
    return notes
  }
}

extension NumberFormat {
  /// A share as percents; a dash out of nothing.
  static func percentage(_ proportion: Proportion) -> String {
    proportion.fraction.map { percentage($0) } ?? "–"
  }

  /// `[0, 1]`.
  static func interval(_ range: ClosedRange<Float>) -> String {
    "[\(significant(Double(range.lowerBound))), \(significant(Double(range.upperBound)))]"
  }

  /// The same; `[-2.1, 2.2], [-2, 2.4], [-1.8, 2.6] by channel`, of which no more are shown than fit a line.
  static func interval(_ box: PixelBox) -> String {
    guard box.uniform == nil else { return interval(box.ranges[0]) }
    let shown = box.ranges.prefix(4).map { interval($0) }.joined(separator: ", ")
    return shown + (box.ranges.count > 4 ? " and \(count(box.ranges.count - 4)) more" : "") + " by channel"
  }
}
