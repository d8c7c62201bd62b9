internal import Attacks
internal import Defences
internal import Reports

/// One table per radius.
enum EvaluationTable {
  static func text(_ result: RadiusResult, isDefended: Bool) -> String {
    let table = isDefended ? defendedTable(result) : bareTable(result)
    let worst = result.worst
    var text = "eps = \(result.epsilon.argumentText)\n\(table)"
    if isDefended {
      text +=
        "robust accuracy \(percentage(worst)), 95 % interval \(NumberFormat.percentages(worst.interval)): "
        + "the least of all columns with the defence\n"
    }
    let left = worst.shares.count - worst.count
    if left > 0 { text += "examples about which nothing can be said, left out: \(left)\n" }
    return text
  }

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

  private static func bareTable(_ result: RadiusResult) -> Table {
    var table = Table([
      .left("attack"), .right("robust accuracy"), .right("95 % interval"), .right("mean distance"),
      .right("gradients"), .right("time"),
    ])
    func append(_ title: String, _ judgement: Judgement, _ rest: [String] = []) {
      table.append([title, percentage(judgement), NumberFormat.percentages(judgement.interval)] + rest)
    }
    append("none", result.clean.defended)
    for attack in result.attacks {
      guard let evaluation = attack.bare else { continue }
      append(
        attack.attack.title, Judgement(evaluation),
        [
          evaluation.meanDistance.map { NumberFormat.significant($0) } ?? "–",
          NumberFormat.count(evaluation.backwards), NumberFormat.duration(seconds: evaluation.seconds),
        ])
    }
    append("worst of all", result.worst)
    return table
  }

  private static func defendedTable(_ result: RadiusResult) -> Table {
    var table = Table([
      .left("attack"), .right("no defence"), .right("oblivious"), .right("adaptive"), .right("gradients"),
      .right("time"),
    ])
    table.append(["none"] + [result.clean.bare, result.clean.defended, result.clean.defended].map(percentage))
    for attack in result.attacks {
      table.append([
        attack.attack.title, percentage(attack.bare.map { Judgement($0) }), percentage(attack.oblivious),
        percentage(attack.adaptive?.judgement),
        NumberFormat.count(attack.evaluations.reduce(0) { $0 + $1.backwards }),
        NumberFormat.duration(seconds: attack.evaluations.reduce(0) { $0 + $1.seconds }),
      ])
    }
    let columns: [[Judgement?]] = [
      [result.clean.bare] + result.attacks.map { $0.bare.map { Judgement($0) } },
      [result.clean.defended] + result.attacks.map(\.oblivious),
      [result.clean.defended] + result.attacks.map(\.adaptive?.judgement),
    ]
    let isKnown = columns.map { $0.allSatisfy { $0 != nil } }
    table.append(
      ["worst of all"]
        + zip(columns, isKnown).map { percentage($1 ? Judgement(worstOf: $0.compactMap { $0 }) : nil) })
    return table
  }

  private static func percentage(_ judgement: Judgement?) -> String {
    judgement?.accuracy.map { NumberFormat.percentage($0) } ?? "–"
  }
}
