internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// What a report shows beside the tables: accuracies by class, confusions and distances, and where it has a place for
/// pictures, examples to look at and the way of the attacks from pass to pass.
struct AttackDetails {
  private let classNames: [String]?
  private var tallies: [OutcomeTally]
  private var gallery: ExampleGallery?

  /// `nil` where no report is asked for that would show any of it.
  ///
  /// - Parameters:
  ///   - report: Where it is written.
  ///   - data: What is attacked.
  ///   - radii: The threat models and how their radii were typed, smallest first.
  init?(_ report: ReportFile?, _ data: DatasetProperties, _ radii: [(threat: ThreatModel, title: String)]) {
    guard let report, report.showsDetails else { return nil }
    classNames = data.classNames
    tallies = radii.map { OutcomeTally($0.title, norm: $0.threat.norm) }
    gallery = report.showsPictures ? ExampleGallery(data, stages: radii.map(\.title)) : nil
  }

  /// Takes a range of examples: what was found within each radius.
  mutating func append(_ images: Tensor<Float>, _ found: [EvaluatedCandidates]) {
    guard found.count == tallies.count else { return }
    for (index, found) in found.enumerated() {
      for outcome in found.evaluation.examples { tallies[index].add(outcome) }
    }
    gallery?.append(images, found)
  }

  /// All blocks.
  ///
  /// - Parameters:
  ///   - attacks: Those that were run within the largest radius.
  ///   - threat: The threat model with that radius.
  ///   - model: What was attacked.
  ///   - evaluator: The judge, with the seed of the run.
  /// - Returns: Those that the report has a place for.
  /// - Throws: What model or attack throw.
  func blocks(
    _ attacks: [any Attack], threat: ThreatModel, model: any DifferentiableClassifier, by evaluator: Evaluator
  ) throws -> [Document.Block] {
    let tables = TallyBlocks(tallies: tallies, classNames: classNames).blocks
    guard let gallery, Launch.ranks.isFirst else { return tables }
    let trace = try trace(gallery, attacks, threat, model, evaluator)
    return tables + trace.blocks + [.gallery(try gallery.gallery(model))]
  }

  /// Of one attack some examples, of several one.
  private func trace(
    _ gallery: ExampleGallery, _ attacks: [any Attack], _ threat: ThreatModel, _ model: any DifferentiableClassifier,
    _ evaluator: Evaluator
  ) throws -> AttackTrace {
    var evaluator = evaluator
    evaluator.workers = evaluator.workers.here
    evaluator.onProgress = nil
    var trace = AttackTrace()
    let broken = gallery.entries.filter { $0.last.isBroken }
    let robust = gallery.entries.filter { $0.last.status == .robust }
    let chosen = attacks.count == 1 ? broken.prefix(2) + robust.prefix(2) : (broken + robust).prefix(1)
    for entry in chosen {
      let outcome = entry.last
      let set = try EvaluationSet(
        images: entry.image, labels: [outcome.label], ids: [outcome.id], targets: outcome.target.map { [$0] })
      let example = "example \(outcome.id) (class \(gallery.name(outcome.label))), \(outcome.status.name)"
      for attack in attacks {
        let title = attacks.count == 1 ? example : "\(attack.title): \(example)"
        try trace.add(title, attack, on: set, threat: threat, model: model, by: evaluator)
      }
    }
    return trace
  }
}

extension ExampleGallery.Entry {
  /// How it ended within the largest radius.
  fileprivate var last: ExampleOutcome { stages[stages.count - 1].outcome }
}
