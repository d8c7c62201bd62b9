internal import Attacks
internal import Defences
internal import Hyperparameters
internal import Networks
internal import Reports

/// The table of one radius. Its rows are printed as they come, so the columns have fixed widths.
struct EvaluationTable {
  let isDefended: Bool
  let isTargeted: Bool
  private let width: Int?
  private let layout: TableLayout

  init(isDefended: Bool, isTargeted: Bool, width: Int?) {
    (self.isDefended, self.isTargeted, self.width) = (isDefended, isTargeted, width)
    let attack = Table.Column.left("attack", width: Self.titleWidth)
    let costs: [Table.Column] = [.right("gradients", .minor, width: 9), .right("time", .major, width: 7)]
    let columns: [Table.Column] =
      isDefended
      ? [attack, .right("no defence", .major), .right("oblivious"), .right("adaptive")]
      : [
        attack, .right("robust accuracy", short: "robust", width: 8),
        .right("95 % interval", .major, width: 16),
      ] + (isTargeted ? [.right("success rate", short: "success", .major, width: 8)] : []) + [
        .right("mean distance", short: "distance", .least)
      ]
    layout = Table(columns + costs).layout(fitting: width)
  }

  /// That of the longest title of an attack with its default loss or the margin.
  private static let titleWidth =
    (AttackCatalog.attacks.map { $0.init().title } + [ProjectedGradient(loss: .margin).title, Self.worst])
    .map(\.displayWidth).max() ?? 0
  private static let worst = "worst of all"

  /// The lines above the tables.
  static func describe(_ defended: DefendedModel, in heading: inout Heading) {
    heading.add("defence", "\(defended.preprocessor)")
    var adaptive = "\(defended.preprocessor.derivative)"
    if defended.preprocessor.isRandomized {
      adaptive += ", mean over \(counted(defended.samples, "draw", "draws"))"
      heading.add("judged", "by the share of right answers out of \(defended.draws) to every image")
    }
    heading.add("adaptive", adaptive)
  }

  var header: String { layout.header }

  /// The row without any attack.
  func clean(_ clean: (bare: Judgement?, defended: Judgement)) -> String {
    guard isDefended else { return row("none", clean.defended) }
    return layout.line(["none"] + [clean.bare, clean.defended, clean.defended].map(Self.percentage))
  }

  /// The row of an attack.
  func row(_ result: AttackResult) -> String {
    let seconds = result.evaluations.reduce(0) { $0 + $1.seconds }
    let costs = [NumberFormat.count(result.gradients.all), NumberFormat.duration(seconds: seconds)]
    guard isDefended else {
      guard let evaluation = result.bare else { return "" }
      return row(
        result.attack.title, Judgement(evaluation),
        (isTargeted ? [NumberFormat.percentage(evaluation.successRate)] : [])
          + [evaluation.meanDistance.map { NumberFormat.significant($0) } ?? "–"] + costs)
    }
    let judgements = [result.bare.map { Judgement($0) }, result.oblivious, result.adaptive?.judgement]
    return layout.line([result.attack.title] + judgements.map(Self.percentage) + costs)
  }

  /// The row of the union, and what the table alone would hide.
  func end(_ result: RadiusResult) -> String {
    let worst = result.worst
    let title = result.isComplete ? Self.worst : "worst of \(counted(result.attacks.count, "attack", "attacks"))"
    let row = isDefended ? worstDefended(result, title) : row(title, worst)
    return row + notes(result).map { $0.fitting(width) + "\n" }.joined()
  }

  private func notes(_ result: RadiusResult) -> [String] {
    let worst = result.worst
    var notes: [String] = []
    if isDefended {
      notes.append(
        "robust accuracy \(Self.percentage(worst)), 95 % interval \(NumberFormat.percentages(worst.interval)): "
          + "the least of all columns with the defence")
    }
    if !result.isComplete {
      notes.append(
        "partial: \(result.attacks.count) of \(counted(result.requested, "attack was", "attacks were")) finished")
    }
    if !worst.invalid.isEmpty {
      notes.append("invalid examples, counted as not robust: \(NumberFormat.count(worst.invalid.count))")
    }
    for found in result.attacks where found.gradients.zero > 0 {
      notes.append(
        "zero gradients, \(found.attack.title): \(NumberFormat.count(found.gradients.zero)) of "
          + NumberFormat.count(found.gradients.all))
    }
    return notes
  }

  private func row(_ title: String, _ judgement: Judgement, _ rest: [String] = []) -> String {
    layout.line([title, Self.percentage(judgement), NumberFormat.percentages(judgement.interval)] + rest)
  }

  private func worstDefended(_ result: RadiusResult, _ title: String) -> String {
    let columns: [[Judgement?]] = [
      [result.clean.bare] + result.attacks.map { $0.bare.map { Judgement($0) } },
      [result.clean.defended] + result.attacks.map(\.oblivious),
      [result.clean.defended] + result.attacks.map(\.adaptive?.judgement),
    ]
    let isKnown = columns.map { $0.allSatisfy { $0 != nil } }
    return layout.line(
      [title]
        + zip(columns, isKnown).map { Self.percentage($1 ? Judgement(worstOf: $0.compactMap { $0 }) : nil) })
  }

  private static func percentage(_ judgement: Judgement?) -> String {
    judgement?.accuracy.map { NumberFormat.percentage($0) } ?? "–"
  }
}
