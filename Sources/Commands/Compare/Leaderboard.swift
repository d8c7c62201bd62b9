internal import Networks

/// Models within one threat model, those that withstand most first.
struct Leaderboard {
  /// What is known of a model.
  struct Row {
    let model: RecordedResult.Model
    let cleanAccuracy: Double?
    /// What AutoAttack leaves; nil where it was not run.
    let autoAttack: Double?
    /// The least that any attack leaves, and which one.
    let attacked: (accuracy: Double, interval: ClosedRange<Double>, by: String)?
    /// The most that is certified, and by what.
    let certified: (accuracy: Double, by: String)?
    let isDoubtful: Bool
    /// Whether results of the same model contradict each other: more is certified than an attack leaves, or the clean
    /// accuracies differ.
    let isContradictory: Bool

    /// What models are ranked by: what attacks leave, or what is certified where none was run.
    var accuracy: Double { attacked?.accuracy ?? certified?.accuracy ?? 0 }

    init(_ model: RecordedResult.Model, _ entries: [RecordedResult.Entry]) {
      self.model = model
      cleanAccuracy = entries.compactMap(\.cleanAccuracy).first
      let attacks = entries.compactMap(\.attacked)
      autoAttack = attacks.filter { $0.by.hasPrefix("autoattack") }.map(\.accuracy).min()
      attacked = attacks.min { $0.accuracy < $1.accuracy }
      certified = entries.compactMap(\.certified).max { $0.accuracy < $1.accuracy }
      isDoubtful = entries.contains(where: \.isDoubtful)
      let clean = Set(entries.compactMap(\.cleanAccuracy))
      isContradictory = clean.count > 1 || (certified?.accuracy ?? 0) > (attacked?.accuracy ?? 1)
    }
  }

  let threat: RecordedResult.Threat
  /// Best first.
  let rows: [Row]

  /// A leaderboard for each threat model, in the order of radius within norm and data.
  static func all(of entries: [RecordedResult.Entry]) -> [Leaderboard] {
    let groups = Dictionary(grouping: entries, by: \.threat)
    let order = groups.keys.sorted { one, other in
      (one.dataPath, one.count, one.norm.symbol, one.epsilon) < (
        other.dataPath, other.count, other.norm.symbol, other.epsilon
      )
    }
    return order.map { threat in
      let models = Dictionary(grouping: groups[threat] ?? [], by: \.model).map { Row($0.key, $0.value) }
      return Leaderboard(
        threat: threat, rows: models.sorted { ($1.accuracy, $0.model.path) < ($0.accuracy, $1.model.path) })
    }
  }
}
