internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// The examples of a certification, which are read range by range, and what the model makes of each as it is. Of an example
/// nothing is held but its index, its label, and whether it is classified rightly.
struct CertifiedExamples {
  let subject: AttackSubject
  /// In which ranges they are read.
  let ranges: [Range<Int>]
  /// What is known of all of them.
  let read: ReadExamples
  private(set) var ids: [Int] = []
  private(set) var labels: [Int] = []
  /// Whether the model gives an image its label, in single precision.
  private(set) var isRight: [Bool] = []
  /// All of them, where they are one range.
  private let whole: AttackInputs?

  /// Reads every range once.
  init(_ subject: AttackSubject, _ execution: RunOptions) throws {
    let progress = execution.progress("classify", total: subject.examples.count, unit: "examples")
    defer { progress.finish() }
    try self.init(subject, subject.examples.ranges, whole: nil, execution.workers, progress)
  }

  /// Examples that are in memory.
  init(whole inputs: AttackInputs, _ workers: Workers) throws {
    try self.init(inputs.subject, [0..<inputs.data.count], whole: inputs, workers, nil)
  }

  private init(
    _ subject: AttackSubject, _ ranges: [Range<Int>], whole: AttackInputs?, _ workers: Workers,
    _ progress: ProgressLine?
  ) throws {
    (self.subject, self.ranges) = (subject, ranges)
    var (facts, last) = ([RangeFacts](), whole)
    for range in ranges {
      let inputs = try whole ?? subject.inputs(range)
      facts.append(RangeFacts(start: range.lowerBound, inputs.data))
      let classes = predictions(of: try workers.logits(of: inputs.data.images, subject.model.classifier))
      ids += inputs.data.ids
      labels += inputs.data.labels
      isRight += zip(classes, inputs.data.labels).map { $0 == $1 }
      last = inputs
      progress?.advance(by: range.count)
    }
    read = ReadExamples(facts, of: subject.properties)
    self.whole = ranges.count == 1 ? last : nil
  }

  /// The number of examples.
  var count: Int { labels.count }

  /// The share of the images that have their labels.
  var clean: Proportion { Proportion(hits: isRight.count { $0 }, count: count) }

  /// Reads the examples of a range.
  func inputs(_ range: Range<Int>) throws -> AttackInputs { try whole ?? subject.inputs(range) }

  /// Reads the images of some rows, `[1, C, H, W]` each.
  func images(_ rows: [Int]) throws -> [Int: Tensor<Float>] {
    var images: [Int: Tensor<Float>] = [:]
    for range in ranges {
      let own = rows.filter(range.contains)
      guard !own.isEmpty else { continue }
      let read = try inputs(range).data.images
      for row in own { images[row] = read.examples(row - range.lowerBound..<row - range.lowerBound + 1) }
    }
    return images
  }

  /// The labels by index.
  var labelsByID: [Int: Int] { Dictionary(zip(ids, labels)) { first, _ in first } }

  /// What makes results on them doubtful.
  func warnings(threats: [(ThreatModel, String)]) -> [EvaluationWarning] {
    EvaluationWarning.all(
      of: read.data, read.pixels, subject.model, threats: threats, clean: clean.fraction.map { ($0, clean.count) },
      runs: [], isTargeted: false, canAttackMargin: false)
  }
}
