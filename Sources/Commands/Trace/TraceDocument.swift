internal import Exchange
internal import Glibc
internal import Networks
internal import Reports

extension TraceReport: Report {
  /// Classes shown of each prediction.
  private static let shownClasses = 3
  /// Lines that a plot has colours for.
  private static let mostSeries = 8

  var document: Document {
    var document = Document("Trace")
    document.summary = examples.first.map(sentence)
    document.add(heading)
    for example in examples {
      document.add(nodes(of: example))
      document.add(classes(of: example))
    }
    var facts = Facts()
    let difference = examples.compactMap(\.engineDifference.value).max()
    facts.add(
      "engine",
      "\(engineName): logits differ by \(NumberFormat.significant(difference ?? .nan, digits: 2)) of the largest")
    if let images { facts.add("pictures", "\(images): \(counted(examples.count, "folder", "folders"))") }
    document.add(facts)
    document.add(details: [changes].compactMap { $0.map { .figure($0) } })
    if let gallery {
      document.add(details: [.gallery(gallery)])
      if gallery.stages.count < examples.count {
        document.add(details: [.note(.init(.remark, "The pictures of further examples would make the page too large."))]
        )
      }
    }
    return document
  }

  private func sentence(_ example: Example) -> String {
    let found = example.predicted.map { classNames[$0] } ?? "no class"
    let attacked = example.attackedPredicted.map { ", and for \(classNames[$0]) when attacked" } ?? ""
    return "Example \(example.index), class \(classNames[example.label]), is taken for \(found)\(attacked)."
  }

  /// How far an image and what an attack made of it are apart, from node to node; nil where none was attacked.
  private var changes: Figure? {
    let series = examples.compactMap { example -> Figure.Series? in
      let points = example.nodes.enumerated().compactMap { index, node in
        (node.change?.value).map { Figure.Point(x: Double(index), y: $0) }
      }
      return points.isEmpty ? nil : Figure.Series("example \(example.index)", points)
    }
    guard !series.isEmpty else { return nil }
    return Figure(
      "Where the change grows", xLabel: "node", yLabel: "change, as a share of what the image gives",
      Array(series.prefix(Self.mostSeries)))
  }

  private func nodes(of example: Example) -> Table {
    let isAttacked = example.attackedLogits != nil
    var table = Table(
      [
        .left("node"), .left("operation", .minor), .right("output"), .right("smallest"), .right("mean", .major),
        .right("largest"), .right("zeros"),
      ] + (isAttacked ? [.right("change")] : []),
      title: "example \(example.index), class \(classNames[example.label])")
    for node in example.nodes {
      let change: [Cell] = isAttacked ? [.optional(node.change?.value) { .percentage($0) }] : []
      table.append(
        [
          .text(node.node), .text(node.operation), "\(Shape(node.shape))", Self.cell(node.smallest),
          Self.cell(node.mean), Self.cell(node.largest), .percentage(node.zeros),
        ] + change)
    }
    return table
  }

  private static func cell(_ number: JSONNumber) -> Cell { .optional(number.value) { .number($0, digits: 4) } }

  /// The classes with the largest logits, of the image or of what an attack made of it.
  private func classes(of example: Example) -> Table {
    let all = [example.logits, example.attackedLogits].compactMap { $0?.map { $0.value ?? .nan } }
    let shares = all.map { logSoftmax($0, classes: $0.count).map { exp($0) } }
    let titles = all.count == 1 ? [""] : ["image", "attacked"]
    var table = Table(
      [.left("class")]
        + titles.flatMap { title -> [Table.Column] in
          [.right(Self.title(title, "logit")), .right(Self.title(title, "probability"))]
        })
    for label in Self.best(all) {
      table.append(
        [.text(classNames[label])]
          + all.indices.flatMap { index -> [Cell] in
            [Self.cell(JSONNumber(all[index][label])), .percentage(shares[index][label])]
          })
    }
    return table
  }

  private static func title(_ words: String...) -> String { words.filter { !$0.isEmpty }.joined(separator: ", ") }

  private static func best(_ logits: [[Double]]) -> [Int] {
    var found: [Int] = []
    for row in logits {
      let order = row.indices.sorted { (row[$0], -$0) > (row[$1], -$1) }
      for label in order.prefix(shownClasses) where !found.contains(label) { found.append(label) }
    }
    return found
  }
}
