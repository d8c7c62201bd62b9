internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// What `universal` reports.
struct UniversalDocument: Report {
  private let run: UniversalRun
  private let result: UniversalResult
  private let report: UniversalReport
  private let warnings: [EvaluationWarning]
  /// Where the images were written.
  private let written: OutputFile?
  /// What pictures were written.
  private let pictures: String?
  /// For those who look closer.
  private let details: [Document.Block]

  init(
    _ run: UniversalRun, _ result: UniversalResult, seed: UInt64, seconds: Double, written: OutputFile?,
    pictures: String?, details: [Document.Block]
  ) {
    (self.run, self.result, self.written) = (run, result, written)
    (self.pictures, self.details) = (pictures, details)
    warnings = run.warnings(result)
    report = UniversalReport(run, result, seed: seed, seconds: seconds, warnings: warnings.map(\.text))
  }

  func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }

  var document: Document {
    var document = Document("Universal attack")
    document.summary = summary
    document.add(heading.facts)
    document.add(table)
    for warning in warnings { document.warn(warning.text) }
    if let written { document.add(written: written.path) }
    if let pictures { document.add(written: pictures) }
    document.add(details: [change].compactMap { $0.map { .gallery($0) } } + details)
    return document
  }

  private var summary: String {
    let rates = (result.judged.found.evaluation.foolingRate, result.judged.random.foolingRate)
    return "The same change of every image alters \(NumberFormat.percentage(rates.0)) of the answers, "
      + "a random one of its size \(NumberFormat.percentage(rates.1))."
  }

  /// What was fitted; nil where it is neither grey nor coloured.
  private var change: Gallery? {
    let shape = result.change.shape.example
    guard let painter = ImagePainter(shape, pixels: run.threat.bounds) else { return nil }
    // A patch replaces pixels, a perturbation is added to them.
    let pictures =
      switch type(of: run.attack).budget {
      case .transformation: painter.image("patch", result.change)
      case .fixed, .minimal: painter.change(result.change)
      }
    guard !pictures.isEmpty else { return nil }
    let view = Gallery.View(outcome: "", pictures, Facts())
    return Gallery("The change", stages: [""], [Gallery.Item("\(run.attack.title), \(shape)", kind: "", [view])])
  }

  private var heading: Heading {
    let inputs = run.inputs
    var heading = Heading(holdsDoubts: false)
    heading.add(inputs.model)
    heading.add(inputs.data.properties, path: inputs.dataPath, isGiven: inputs.isDataGiven)
    let images = counted(run.fitted.count, "image", "images")
    // The first images are those of the first classes where images lie class by class.
    let classes = Set(run.fitted.labels).count
    let part = classes < run.fitted.classCount ? " of \(classes) of \(run.fitted.classCount) classes" : ""
    heading.add(
      "fitted on",
      run.isDivided ? "the \(images) before these, of the same split\(part)" : "\(run.fitted.split): \(images)\(part)")
    heading.add(
      "threat", report.limits.map(run.threat.text(limits:)) ?? run.threat.text(epsilon: run.epsilon.argumentText))
    if let targets = inputs.targets { heading.add("target", targets.title) }
    return heading
  }

  private var table: Table {
    let isTargeted = run.inputs.targets != nil
    var table = Table(
      [
        .left("change"), .right("accuracy"), .right("95 % interval", .minor), .right("fooling rate", short: "fooled"),
        .right("95 % interval", .major),
      ] + (isTargeted ? [.right("reach the target", short: "target")] : []) + [
        .right("fooled of the fit", short: "of fit"), .right("95 % interval", .least),
      ])
    let (judged, fitted) = (result.judged.found.evaluation, result.fitted.found.evaluation)
    table.append(["none", .percentage(judged.cleanAccuracy), .interval(judged.cleanAccuracy.interval)])
    table.append(row(run.attack.title, judged, fitted: fitted))
    table.append(row("the same at random", result.judged.random, fitted: result.fitted.random))
    table.notes = notes
    return table
  }

  private func row(_ name: String, _ judged: Evaluation, fitted: Evaluation) -> [Cell] {
    let (accuracy, rate, rateOfFit) = (judged.changedAccuracy, judged.foolingRate, fitted.foolingRate)
    let cells: [Cell] = [
      .text(name), .percentage(accuracy), .interval(accuracy.interval), .percentage(rate), .interval(rate.interval),
    ]
    return cells + (run.inputs.targets == nil ? [] : [.percentage(judged.targetRate)])
      + [.percentage(rateOfFit), .interval(rateOfFit.interval)]
  }

  private var notes: [String] {
    var notes = ["fooling rate: images whose predicted class changes, right or wrong as it was"]
    let invalid = result.judged.found.evaluation.invalidCount
    if invalid > 0 { notes.append("invalid examples, counted as wrong: \(NumberFormat.count(invalid))") }
    return notes
  }
}

extension Evaluation {
  /// The share of the images that are taken for their targets, whatever they were taken for without the change.
  fileprivate var targetRate: Proportion {
    Proportion(
      hits: examples.count { $0.target != nil && $0.adversarialPrediction == $0.target }, count: examples.count)
  }
}

/// `universal --json`.
struct UniversalReport: Encodable {
  /// What a change does to some images.
  struct Effect: Encodable {
    let count: Int
    let cleanAccuracy: JSONNumber
    let accuracy: JSONNumber
    let accuracyInterval: [Double]
    let robustAccuracy: JSONNumber
    let foolingRate: JSONNumber
    let foolingRateInterval: [Double]
    /// Null without a target.
    let targetRate: JSONNumber
    let invalid: Int

    init(_ evaluation: Evaluation) {
      let (accuracy, rate) = (evaluation.changedAccuracy, evaluation.foolingRate)
      count = evaluation.examples.count
      cleanAccuracy = JSONNumber(evaluation.cleanAccuracy.fraction)
      self.accuracy = JSONNumber(accuracy.fraction)
      accuracyInterval = [accuracy.interval.lowerBound, accuracy.interval.upperBound]
      robustAccuracy = JSONNumber(evaluation.robustAccuracy.fraction)
      foolingRate = JSONNumber(rate.fraction)
      foolingRateInterval = [rate.interval.lowerBound, rate.interval.upperBound]
      targetRate = JSONNumber(
        evaluation.examples.contains { $0.target != nil } ? evaluation.targetRate.fraction : nil)
      invalid = evaluation.invalidCount
    }
  }

  let command = "universal"
  let attack: AttackSummary
  let targets: String?
  let model: ModelSummary
  let data: DataSummary
  /// The split of the fit.
  let fitSplit: String
  let count: Int
  let norm: Norm?
  let epsilon: Float?
  /// What the change keeps to in place of a radius.
  let limits: String?
  let pixelBounds: PixelBox
  /// The shape of the change, as it is written.
  let changeShape: [Int]
  let run: RunRecord
  let cleanAccuracy: JSONNumber
  /// The change, and a random one of its size, on the images that judge.
  let judged: Effect
  let judgedRandom: Effect
  /// The same on the images of the fit.
  let fitted: Effect
  let fittedRandom: Effect
  let seconds: Double
  let warnings: [String]

  init(_ run: UniversalRun, _ result: UniversalResult, seed: UInt64, seconds: Double, warnings: [String]) {
    let evaluation = result.judged.found.evaluation
    attack = AttackSummary(run.attack)
    targets = run.inputs.targets?.argumentText
    model = ModelSummary(run.inputs.model)
    data = DataSummary(run.inputs.data.properties, path: run.inputs.dataPath)
    fitSplit = run.fitted.split
    count = evaluation.examples.count
    (norm, epsilon) = run.epsilon.isWhole ? (nil, nil) : (run.threat.norm, run.threat.radius)
    limits = result.limits?.limits(for: run.inputs.data.imageShape)
    pixelBounds = run.threat.bounds
    changeShape = Array(result.change.shape.extents.dropFirst())
    self.run = RunRecord(seed: seed, evaluation.examples)
    cleanAccuracy = JSONNumber(evaluation.cleanAccuracy.fraction)
    (judged, judgedRandom) = (Effect(evaluation), Effect(result.judged.random))
    (fitted, fittedRandom) = (Effect(result.fitted.found.evaluation), Effect(result.fitted.random))
    (self.seconds, self.warnings) = (seconds, warnings)
  }
}
