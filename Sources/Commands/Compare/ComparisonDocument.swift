internal import Networks
internal import Reports

/// What `compare` prints.
struct ComparisonDocument: Report {
  private let boards: [Leaderboard]
  private let files: [String]

  init(_ boards: [Leaderboard], files: [String]) { (self.boards, self.files) = (boards, files) }

  var document: Document {
    var document = Document("Comparison")
    for board in boards { document.add(table(board)) }
    if boards.count > 2, !curve.series.isEmpty { document.add(curve) }
    if Set(boards.map(\.threat.images)).count > 1 {
      document.warn("The files speak of different images; tables of different images say nothing about each other.")
    }
    document.summary = summary
    return document
  }

  private var summary: String? {
    guard let board = boards.last, let best = board.rows.first else { return nil }
    return "\(counted(Set(boards.flatMap { $0.rows.map(\.model) }).count, "model", "models")) in "
      + "\(counted(files.count, "file", "files")); within \(board.threat.title) \(best.model.title) withstands most: "
      + "\(NumberFormat.percentage(best.accuracy))."
  }

  private func table(_ board: Leaderboard) -> Table {
    let hasAutoAttack = board.rows.contains { $0.autoAttack != nil }
    let hasCertificates = board.rows.contains { $0.certified != nil }
    var table = Table(
      [
        .right("rank"), .left("model"), .right("clean accuracy", short: "clean"),
      ] + (hasAutoAttack ? [.right("AutoAttack", .major)] : []) + [
        .right("best known robust accuracy", short: "robust"), .right("95 % interval", .minor), .left("by", .major),
      ] + (hasCertificates ? [.right("certified")] : []) + [
        .right("parameters", .least), .left("doubts", .minor),
      ], title: board.threat.title)
    for (index, row) in board.rows.enumerated() {
      // Equal accuracies have one rank.
      let rank = board.rows.firstIndex { $0.accuracy == row.accuracy } ?? index
      let model: [Cell] = [.count(rank + 1), .text(row.model.title), .optional(row.cleanAccuracy) { .percentage($0) }]
      let attacks: [Cell] =
        (hasAutoAttack ? [.optional(row.autoAttack) { .percentage($0) }] : []) + [
          .optional(row.attacked) { .percentage($0.accuracy) }, .optional(row.attacked) { .interval($0.interval) },
          .optional(row.attacked) { .text($0.by) },
        ]
      let rest: [Cell] =
        (hasCertificates ? [.optional(row.certified) { .percentage($0.accuracy) }] : []) + [
          .count(row.model.parameters), .text(row.isContradictory ? "contradiction" : row.isDoubtful ? "yes" : ""),
        ]
      table.append(model + attacks + rest)
    }
    table.notes = notes(board)
    return table
  }

  private func notes(_ board: Leaderboard) -> [String] {
    var notes: [String] = []
    if board.rows.contains(where: \.isDoubtful) {
      notes.append("doubts: a run was not finished, or has warnings; its file says which")
    }
    if board.rows.contains(where: \.isContradictory) {
      notes.append("contradiction: clean accuracies differ, or more is certified than an attack leaves")
    }
    if board.rows.contains(where: { $0.attacked == nil }) {
      notes.append("without an attack a model is ranked by what is certified")
    }
    return notes
  }

  /// What is left of each model over the radius, where several radii have the same images and norm.
  private var curve: Figure {
    let models = Set(boards.flatMap { $0.rows.map(\.model) }).sorted { $0.title < $1.title }
    let kinds = Dictionary(grouping: boards) { "\($0.threat.norm.symbol) \($0.threat.images)" }
    let largest = kinds.values.max { $0.count < $1.count } ?? []
    let series = models.map { model in
      Figure.Series(
        model.title,
        largest.compactMap { board in
          board.rows.first { $0.model == model }?.attacked.map {
            Figure.Point(x: Double(board.threat.epsilon), y: $0.accuracy, interval: $0.interval)
          }
        })
    }
    return Figure(
      "Security curves", xLabel: "eps", yLabel: "robust accuracy", series.filter { $0.points.count > 1 })
  }

  func encode(to encoder: any Encoder) throws {
    try ComparisonReport(boards).encode(to: encoder)
  }
}

extension RecordedResult.Threat {
  /// Which images.
  fileprivate var images: String { "\(data) \(split) \(count) \(offset)" }

  /// `L∞, eps = 0.1; Data/digits.h5, test: 360 images`.
  fileprivate var title: String {
    let start = offset > 0 ? " from \(NumberFormat.count(offset)) on" : ""
    return "\(norm.symbol), eps = \(NumberFormat.significant(Double(epsilon))); \(dataPath), \(split): "
      + "\(counted(count, "image", "images"))\(start)"
  }
}

extension RecordedResult.Model {
  /// The path, and what stands before the model.
  fileprivate var title: String { defence.map { "\(path) behind \($0)" } ?? path }
}

/// `compare --json`.
private struct ComparisonReport: Encodable {
  struct Board: Encodable {
    let norm: Norm
    let epsilon: Float
    let data: String
    let split: String
    let count: Int
    let offset: Int
    let models: [Model]
  }

  struct Model: Encodable {
    let path: String
    let sha256: String
    let defence: String?
    let parameters: Int
    let cleanAccuracy: JSONNumber
    let autoAttackAccuracy: JSONNumber
    let bestKnownRobustAccuracy: JSONNumber
    let bestKnownBy: String?
    let certifiedAccuracy: JSONNumber
    let certifiedBy: String?
    let doubtful: Bool
    let contradictory: Bool
  }

  let command = "compare"
  let leaderboards: [Board]

  private enum CodingKeys: String, CodingKey { case command, leaderboards }

  init(_ boards: [Leaderboard]) {
    leaderboards = boards.map { board in
      Board(
        norm: board.threat.norm, epsilon: board.threat.epsilon, data: board.threat.dataPath, split: board.threat.split,
        count: board.threat.count, offset: board.threat.offset,
        models: board.rows.map { row in
          Model(
            path: row.model.path, sha256: row.model.sha256, defence: row.model.defence,
            parameters: row.model.parameters, cleanAccuracy: JSONNumber(row.cleanAccuracy),
            autoAttackAccuracy: JSONNumber(row.autoAttack),
            bestKnownRobustAccuracy: JSONNumber(row.attacked?.accuracy), bestKnownBy: row.attacked?.by,
            certifiedAccuracy: JSONNumber(row.certified?.accuracy), certifiedBy: row.certified?.by,
            doubtful: row.isDoubtful, contradictory: row.isContradictory)
        })
    }
  }
}
