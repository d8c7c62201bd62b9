internal import Arguments
internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// What is gathered of single examples, beside the tables: for a report accuracies by class, confusions and distances, and
/// where it has a place for pictures, examples to look at and the way of the attacks from pass to pass; for the terminal
/// and a directory the pictures that were asked for.
struct AttackDetails {
  private let report: ReportFile?
  private let shownCount: Int?
  private let classNames: ClassNames
  private var tallies: [OutcomeTally]
  private var gallery: ExampleGallery?
  private var directory: PictureDirectory?

  /// `nil` where nothing of it is asked for.
  ///
  /// - Parameters:
  ///   - execution: Where a report is written.
  ///   - pictures: What else is shown.
  ///   - subject: What is attacked.
  ///   - radii: The threat models and how their radii were typed, smallest first.
  ///   - force: Whether pictures may be written beside others.
  /// - Throws: `ExchangeError` and `MismatchedFile` where pictures cannot be written.
  init?(
    _ execution: RunOptions, _ pictures: PictureOptions, _ subject: AttackSubject,
    _ radii: [(threat: ThreatModel, title: String)], force: Bool
  ) throws {
    guard Self.areWanted(execution, pictures) else { return nil }
    let data = subject.properties
    report = execution.report
    shownCount = execution.json ? nil : pictures.show
    classNames = ClassNames(data)
    tallies = radii.map { OutcomeTally($0.title, norm: $0.threat.norm) }
    gallery =
      report?.showsPictures == true || shownCount != nil ? ExampleGallery(data, stages: radii.map(\.title)) : nil
    guard shownCount == nil || gallery != nil else {
      throw MismatchedFile(
        description: "\(subject.dataPath): --show takes grey or coloured images, found examples of \(data.imageShape)")
    }
    directory = try pictures.saveImages.map {
      try PictureDirectory($0, data, dataPath: subject.dataPath, force: force)
    }
  }

  /// Whether anything is to be gathered, for which candidates must be kept.
  static func areWanted(_ execution: RunOptions, _ pictures: PictureOptions) -> Bool {
    execution.report?.showsDetails == true || !pictures.isEmpty
  }

  /// Takes a range of examples: what was found within each radius.
  mutating func append(_ images: Tensor<Float>, _ found: [EvaluatedCandidates]) {
    guard found.count == tallies.count, let last = found.last else { return }
    for (index, found) in found.enumerated() {
      for outcome in found.evaluation.examples { tallies[index].add(outcome) }
    }
    gallery?.append(images, found)
    directory?.append(images, last)
  }

  /// Shows the examples that were asked for in the terminal.
  ///
  /// - Throws: `UnwritableOutput`, and what the model throws.
  func show(_ model: any DifferentiableClassifier) throws {
    guard let shownCount, Launch.ranks.isFirst, let gallery else { return }
    try StandardOutput.print(try gallery.gallery(model, first: shownCount))
  }

  /// What is there to be shown when the run has ended.
  struct Ending {
    /// The blocks of a report.
    var blocks: [Document.Block] = []
    /// The pictures that were written.
    var written: String?
    /// What went wrong: it is thrown after the results, which are worth showing all the same.
    var failure: (any Error)?
  }

  /// Makes the blocks of a report and ends the directory of pictures.
  ///
  /// - Parameters:
  ///   - attacks: Those that were run within the largest radius.
  ///   - threat: The threat model with that radius.
  ///   - model: What was attacked.
  ///   - evaluator: The judge, with the seed of the run.
  /// - Returns: What could be made.
  func ending(
    _ attacks: [any Attack], threat: ThreatModel, model: any DifferentiableClassifier, by evaluator: Evaluator
  ) -> Ending {
    var ending = Ending()
    do { ending.blocks = try blocks(attacks, threat, model, evaluator) } catch { ending.failure = error }
    do {
      try directory?.finish()
      ending.written = directory?.summary
    } catch { ending.failure = error }
    return ending
  }

  private func blocks(
    _ attacks: [any Attack], _ threat: ThreatModel, _ model: any DifferentiableClassifier, _ evaluator: Evaluator
  ) throws -> [Document.Block] {
    guard let report, report.showsDetails else { return [] }
    let tables = TallyBlocks(tallies: tallies, classNames: classNames).blocks
    guard report.showsPictures, let gallery, Launch.ranks.isFirst else { return tables }
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
      let example = "example \(outcome.id) (class \(classNames[outcome.label])), \(outcome.status.name)"
      for attack in attacks {
        let title = attacks.count == 1 ? example : "\(attack.title): \(example)"
        try trace.add(title, attack, on: set, threat: threat, model: model, by: evaluator)
      }
    }
    return trace
  }
}
