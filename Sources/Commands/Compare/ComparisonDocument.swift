internal import Certification
internal import Hyperparameters
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
    let curves = curves
    // A terminal has a plot where there are radii to choose from.
    func spansRadii(_ curve: Figure) -> Bool { curve.series.contains { $0.points.count > 2 } }
    for curve in curves where spansRadii(curve) { document.add(curve) }
    document.add(details: curves.filter { !spansRadii($0) }.map { .figure($0) })
    if Set(boards.map(\.threat.images)).count > 1 {
      document.warn("The files speak of different images; tables of different images say nothing about each other.")
    }
    document.summary = summary
    return document
  }

  private var summary: String? {
    guard let board = boards.last, let best = board.rows.first else { return nil }
    let models = counted(Set(boards.flatMap { $0.rows.map(\.model) }).count, "model", "models")
    let equals = board.rows.count { $0.accuracy == best.accuracy } - 1
    let others = equals == 0 ? "" : " and \(NumberFormat.count(equals)) more"
    return "\(models) in \(counted(files.count, "file", "files")). Best within \(board.threat.ball): "
      + "\(best.model.title)\(others), \(NumberFormat.percentage(best.accuracy)) of "
      + "\(counted(board.threat.count, "image", "images"))\(best.attacked == nil ? ", certified" : "")."
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
    if board.rows.contains(where: { $0.certified?.by == Smoothing.method.name }) {
      notes.append("smoothing: of the classifier behind noise, with certificates that fail with a small probability")
    }
    return notes
  }

  /// What is left of each model over the radius, and what is certified: a figure for the same images and norm, that with
  /// most radii first.
  private var curves: [Figure] {
    let kinds = Dictionary(grouping: boards) { "\($0.threat.norm.symbol) \($0.threat.images)" }
    let sorted = kinds.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map(\.value)
    return sorted.compactMap { curve(of: $0, isOneOfMany: sorted.count > 1) }
  }

  private func curve(of boards: [Leaderboard], isOneOfMany: Bool) -> Figure? {
    var models: [RecordedResult.Model] = []
    for row in boards.flatMap(\.rows) where !models.contains(row.model) { models.append(row.model) }
    let series = models.flatMap { lines(of: $0, in: boards) }.filter { $0.points.count > 1 }
    guard let threat = boards.first?.threat, !series.isEmpty else { return nil }
    return Figure(
      isOneOfMany ? "Security curves, \(threat.norm.symbol); \(threat.source)" : "Security curves", xLabel: "eps",
      yLabel: "robust accuracy", series)
  }

  /// What attacks leave of a model, and what is certified, as far as either is known.
  private func lines(of model: RecordedResult.Model, in boards: [Leaderboard]) -> [Figure.Series] {
    let rows = boards.compactMap { board in board.rows.first { $0.model == model }.map { (board.threat, $0) } }
    let clean = rows.lazy.compactMap { threat, row in
      row.cleanAccuracy.map { ($0, threat.interval(of: $0)) }
    }.first
    let attacked = rows.compactMap { threat, row in
      row.attacked.map { Figure.Point(x: Double(threat.epsilon), y: $0.accuracy, interval: $0.interval) }
    }
    let certified = rows.compactMap { threat, row in
      row.certified.map {
        Figure.Point(x: Double(threat.epsilon), y: $0.accuracy, interval: threat.interval(of: $0.accuracy))
      }
    }
    let curve = AccuracyCurve(clean: clean)
    return [(model.title, attacked), ("\(model.title), certified", certified)].filter { !$1.isEmpty }
      .map { Figure.Series($0, curve.points($1)) }
  }

  func encode(to encoder: any Encoder) throws {
    try ComparisonReport(boards).encode(to: encoder)
  }
}

extension RecordedResult.Threat {
  /// Which images.
  fileprivate var images: String { "\(data) \(split) \(count) \(offset)" }

  /// `L∞, eps = 0.1`.
  fileprivate var ball: String { "\(norm.symbol), eps = \(NumberFormat.significant(Double(epsilon)))" }

  /// `Data/digits.h5, test: 360 images`.
  fileprivate var source: String {
    let start = offset > 0 ? " from \(NumberFormat.count(offset)) on" : ""
    return "\(dataPath), \(split): \(counted(count, "image", "images"))\(start)"
  }

  /// `L∞, eps = 0.1; Data/digits.h5, test: 360 images`.
  fileprivate var title: String { "\(ball); \(source)" }
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
