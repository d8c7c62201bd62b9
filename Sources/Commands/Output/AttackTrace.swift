internal import Attacks
internal import Networks
internal import Reports
internal import Synchronization

/// How loss and margin of single examples go from pass to pass of an attack: each is attacked once more, alone and through
/// every step, with the same random numbers. The first pass is that of the image, the last one that of what was found.
struct AttackTrace {
  /// One pass of the model.
  struct Pass {
    let loss: Double
    /// The logit of the label minus the largest other one: below 0 the example is misclassified.
    let margin: Double
  }

  /// Beyond so many passes an attack is not traced: the plot would not be read, and the time be felt.
  static let mostPasses = 250.0

  /// What is shown of one example under one attack.
  struct Line {
    let title: String
    let passes: [Pass]
  }

  private(set) var lines: [Line] = []
  /// The attacks that were not traced.
  private var omitted: [String] = []

  /// Attacks an example.
  ///
  /// - Throws: What model and attack throw.
  mutating func add(
    _ title: String, _ attack: any Attack, on set: EvaluationSet, threat: ThreatModel,
    model: any DifferentiableClassifier, by evaluator: Evaluator
  ) throws {
    guard attack.passesPerExample <= Self.mostPasses else {
      if !omitted.contains(attack.title) { omitted.append(attack.title) }
      return
    }
    let recorder = RecordingClassifier(model, label: set.labels[0])
    _ = try recorder.logits(of: set.images)
    let found = try evaluator.evaluateCandidates(
      of: CandidateSearch(attack, on: recorder), on: set, threat: threat, model: model)
    _ = try recorder.logits(of: found.images)
    lines.append(Line(title: title, passes: recorder.passes))
  }

  /// Two figures, of margin and loss.
  var blocks: [Document.Block] {
    let shown = lines.filter { $0.passes.count > 1 }
    let remarks = omitted.map { title in
      Document.Block.note(
        Document.Note(
          .remark, "\(title) is not traced: it makes more than \(Int(Self.mostPasses)) passes for an example."))
    }
    guard !shown.isEmpty else { return remarks }
    func figure(_ title: String, _ label: String, _ value: (Pass) -> Double) -> Document.Block {
      .figure(
        Figure(
          title, xLabel: "pass of the model", yLabel: label,
          shown.map { line in
            let points = line.passes.enumerated().map { Figure.Point(x: Double($0.offset), y: value($0.element)) }
            return Figure.Series(line.title, points)
          }))
    }
    return [
      figure("Margin from pass to pass, below 0 misclassified", "margin", \.margin),
      figure("Loss from pass to pass", "cross-entropy", \.loss),
    ] + remarks
  }
}

/// A model that writes down what every pass says of one example; of several points in a pass the one of the least margin.
private final class RecordingClassifier: DifferentiableClassifier {
  private let base: any DifferentiableClassifier
  private let label: Int
  private let recorded = Mutex<[AttackTrace.Pass]>([])

  init(_ base: any DifferentiableClassifier, label: Int) { (self.base, self.label) = (base, label) }

  var passes: [AttackTrace.Pass] { recorded.withLock { $0 } }

  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  var pullbackLogitsAreExact: Bool { base.pullbackLogitsAreExact }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let logits = try base.logits(of: images)
    record(logits)
    return logits
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let found = try base.pullback(at: images, cotangent: cotangent)
    record(found.logits)
    return found
  }

  private func record(_ logits: Tensor<Float>) {
    let labels = Array(repeating: label, count: logits.exampleCount)
    let margins = Loss.margin(logits, labels: labels).values.map { -Double($0) }
    let losses = Loss.crossEntropy(logits, labels: labels).values
    guard let best = margins.indices.min(by: { margins[$0] < margins[$1] }) else { return }
    recorded.withLock { $0.append(AttackTrace.Pass(loss: Double(losses[best]), margin: margins[best])) }
  }
}
