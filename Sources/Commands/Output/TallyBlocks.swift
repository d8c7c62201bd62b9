internal import Networks
internal import Reports

/// Tallies within several radii as a report shows them.
struct TallyBlocks {
  /// The most classes of which a matrix can be read; of more, the most frequent confusions are listed.
  private static let mostClasses = 20

  /// The same examples within each radius, smallest first.
  let tallies: [OutcomeTally]
  let classNames: ClassNames

  /// Accuracies of every class, confusions and distances.
  var blocks: [Document.Block] {
    guard let last = tallies.last, !last.classes.isEmpty else { return [] }
    let names = labels.count <= Self.mostClasses ? matrices : tallies.map { .table(frequent($0)) }
    return [.table(byClass)] + names + figures(last)
  }

  /// The classes of which there are images or predictions.
  private var labels: [Int] {
    let pairs = tallies.flatMap { Array($0.clean.keys) + $0.attacked.keys }
    return Set(pairs.flatMap { [$0.label, $0.predicted] } + (tallies.last?.classes.keys.map { $0 } ?? [])).sorted()
  }

  private var byClass: Table {
    var table = Table(
      [.left("class"), .right("images"), .right("clean accuracy")]
        + tallies.map { .right(tallies.count == 1 ? "robust accuracy" : "robust, \($0.title)") },
      title: "By class")
    for label in labels {
      guard let counts = tallies.last?.classes[label] else { continue }
      let share = { (hits: Int) in Cell.percentage(Double(hits) / Double(counts.images)) }
      table.append(
        [.text(classNames[label]), .count(counts.images), share(counts.right)]
          + tallies.map { share($0.classes[label]?.robust ?? 0) })
    }
    return table
  }

  private var matrices: [Document.Block] {
    let clean = tallies.prefix(1).map { matrix("Predicted for the images", $0.clean) }
    return (clean + tallies.map { matrix("Predicted under attack, \($0.title)", $0.attacked) }).map { .matrix($0) }
  }

  private func matrix(_ title: String, _ counts: [OutcomeTally.Confusion: Int]) -> Matrix {
    let names = labels.map { classNames[$0] }
    return Matrix(
      title, axes: ("class", "predicted"), rows: names, columns: names,
      labels.map { label in labels.map { counts[OutcomeTally.Confusion(label: label, predicted: $0)] ?? 0 } })
  }

  private func frequent(_ tally: OutcomeTally) -> Table {
    var table = Table(
      [.left("class"), .left("predicted"), .right("examples")],
      title: "Most frequent confusions under attack, \(tally.title)")
    let wrong = tally.attacked.filter { $0.key.label != $0.key.predicted }
    let order = wrong.sorted { ($1.value, $0.key.label, $0.key.predicted) < ($0.value, $1.key.label, $1.key.predicted) }
    for (pair, count) in order.prefix(Self.mostClasses) {
      table.append([.text(classNames[pair.label]), .text(classNames[pair.predicted]), .count(count)])
    }
    return table
  }

  private func figures(_ tally: OutcomeTally) -> [Document.Block] {
    [(tally.norm, tally.distances), (tally.otherNorm, tally.otherDistances)].compactMap { norm, histogram in
      histogram.figure(
        "How far broken examples were moved, \(tally.title)", xLabel: "\(norm.symbol) distance")
    }
  }
}
