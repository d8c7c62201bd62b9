internal import Attacks
internal import Certification
internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Reports

/// What `certify --method smoothing` reports.
struct SmoothingDocument: Report {
  private let run: SmoothingRun
  private let result: SmoothingRun.Result
  private let report: SmoothingReport
  /// What a report shows beside.
  private let details: [Document.Block]

  init(_ run: SmoothingRun, _ result: SmoothingRun.Result, seed: UInt64, details: [Document.Block]) {
    (self.run, self.result, self.details) = (run, result, details)
    report = SmoothingReport(run, result, seed: seed)
  }

  func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }

  var document: Document {
    var document = Document("Randomised smoothing")
    let (subject, data) = (run.subject, run.examples.read.data)
    var heading = Heading()
    heading.add(subject.model)
    heading.add(data, path: subject.dataPath, isGiven: subject.isDataGiven)
    heading.add("method", CertificationMethod.smoothing(run.method).title)
    heading.add("norm", "L2, in stored pixel units; noise is not clipped to the pixel range")
    heading.add(
      "clean",
      "\(Cell.percentage(result.clean)) without noise, 95 % interval \(NumberFormat.percentages(result.clean.interval))"
    )
    document.add(heading.facts)
    document.add(table)
    document.summary = summary
    let digests = Facts.digests(subject.model.file, data: data.sha256)
    document.add(details: curve + details + [.facts(digests)])
    return document
  }

  private var summary: String? {
    guard let accuracy = run.judgedAccuracy(result) else { return nil }
    let (radius, curve) = (run.judgedRadius, result.curve)
    let interval = curve.confidenceInterval(at: radius)
    let within = run.areRadiiFitted ? "some L2 radius" : "an L2 radius of \(NumberFormat.significant(radius))"
    return "Behind noise of σ = \(NumberFormat.significant(run.method.sigma)), \(NumberFormat.percentage(accuracy)) of "
      + "\(counted(curve.count, "image", "images")) are certified within \(within) (95 % interval "
      + "\(NumberFormat.percentages(interval.lower...interval.upper))); the mean radius is "
      + "\(NumberFormat.significant(curve.averageRadius)). Without noise \(Cell.percentage(result.clean)) are classified "
      + "rightly."
  }

  /// Certified accuracy over the radius: it falls at the radius of every certified image.
  private var curve: [Document.Block] {
    let curve = result.curve
    guard curve.count > 0 else { return [] }
    let steps = 100
    let points = (0...steps).map { step in
      let radius = run.method.largestRadius * Double(step) / Double(steps)
      let interval = curve.confidenceInterval(at: radius)
      return Figure.Point(x: radius, y: curve.accuracy(at: radius), interval: interval.lower...interval.upper)
    }
    return [
      .figure(
        Figure(
          "Certified accuracy", xLabel: "L2 radius", yLabel: "share of the images",
          [Figure.Series("certified, of the smoothed classifier", points)]))
    ]
  }

  private var table: Table {
    let curve = result.curve
    var table = Table([
      .left("radius"), .right("certified accuracy", short: "certified"), .right("95 % interval", .major),
    ])
    for radius in run.radii {
      let value = Double(radius.value)
      let interval = curve.confidenceInterval(at: value)
      table.append([
        .text(radius.argumentText), curve.count == 0 ? .missing : .percentage(curve.accuracy(at: value)),
        .interval(interval.lower...interval.upper),
      ])
    }
    table.notes = notes
    return table
  }

  private var notes: [String] {
    let curve = result.curve
    var notes = [
      "abstained: \(NumberFormat.percentage(curve.abstentionRate)); average certified radius "
        + "\(NumberFormat.significant(curve.averageRadius)); largest possible "
        + NumberFormat.significant(run.method.largestRadius),
      "of the smoothed classifier, not of the network alone; each certificate fails with probability "
        + "\(NumberFormat.significant(run.method.alpha)) at most",
    ]
    if !result.isComplete {
      notes.insert("partial: \(result.entries.count) of \(result.requested) examples were finished", at: 0)
    }
    let time = NumberFormat.duration(seconds: result.seconds)
    let each = NumberFormat.duration(seconds: result.seconds / Double(max(result.entries.count, 1)))
    notes.append("time \(time), \(each) an image")
    return notes
  }
}

/// `certify --method smoothing --json`.
struct SmoothingReport: Encodable {
  /// Certified accuracy at one radius.
  struct Point: Encodable {
    let radius: Double
    let certifiedAccuracy: Double
    let certifiedAccuracyInterval: [Double]
    /// What the accuracy of the smoothed classifier exceeds, save with probability 0.001, although certificates may fail.
    let highProbabilityAccuracy: Double
  }

  /// One example.
  struct Verdict: Encodable {
    let index: Int
    let label: Int
    /// `certified`, `misclassified` or `abstained`.
    let verdict: String
    /// Null where it abstains.
    let predicted: Int?
    /// 0 where it abstains.
    let radius: Double
    let probabilityLower: Double
    let seconds: Double

    private enum CodingKeys: CodingKey { case index, label, verdict, predicted, radius, probabilityLower, seconds }

    init(_ entry: SmoothingRun.Entry) {
      let (example, certificate) = (entry.example, entry.example.certificate)
      (index, label, predicted) = (example.id, example.label, certificate.certifiedClass)
      verdict = example.verdict
      (radius, probabilityLower) = (certificate.radius, certificate.probabilityLowerBound)
      seconds = entry.seconds
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(index, forKey: .index)
      try container.encode(label, forKey: .label)
      try container.encode(verdict, forKey: .verdict)
      try container.encode(predicted, forKey: .predicted)
      try container.encode(radius, forKey: .radius)
      try container.encode(probabilityLower, forKey: .probabilityLower)
      try container.encode(seconds, forKey: .seconds)
    }
  }

  let command = "certify"
  let programVersion = Provenance.programVersion
  let method: MethodSummary
  let model: ModelSummary
  let data: DataSummary
  /// The examples that were finished, of `requested`.
  let count: Int
  let requested: Int
  let norm = Norm.l2
  let seed: UInt64
  /// Of the network without noise.
  let cleanAccuracy: JSONNumber
  /// The least at the radii that were asked for: what `--require-certified-accuracy` judges. Without any, at radius 0.
  let certifiedAccuracy: JSONNumber
  let abstentionRate: JSONNumber
  let averageRadius: JSONNumber
  let largestRadius: Double
  let curve: [Point]
  let verdicts: [Verdict]
  let seconds: Double

  init(_ run: SmoothingRun, _ result: SmoothingRun.Result, seed: UInt64) {
    let curve = result.curve
    method = MethodSummary(.smoothing(run.method))
    model = ModelSummary(run.subject.model)
    data = DataSummary(run.examples.read.data, path: run.subject.dataPath)
    (count, requested) = (curve.count, result.requested)
    self.seed = seed
    cleanAccuracy = JSONNumber(result.clean.fraction)
    certifiedAccuracy = JSONNumber(run.judgedAccuracy(result))
    abstentionRate = JSONNumber(curve.count == 0 ? nil : curve.abstentionRate)
    averageRadius = JSONNumber(curve.count == 0 ? nil : curve.averageRadius)
    largestRadius = run.method.largestRadius
    self.curve = run.radii.map { radius in
      let value = Double(radius.value)
      let interval = curve.confidenceInterval(at: value)
      return Point(
        radius: value, certifiedAccuracy: curve.accuracy(at: value),
        certifiedAccuracyInterval: [interval.lower, interval.upper],
        highProbabilityAccuracy: curve.highProbabilityAccuracy(at: value, alpha: run.method.alpha))
    }
    verdicts = result.entries.map(Verdict.init)
    seconds = result.seconds
  }
}

extension SmoothingRun {
  /// The certified accuracy that a requirement is about: at the largest radius asked for, or at 0; nil without examples.
  func judgedAccuracy(_ result: Result) -> Double? {
    result.entries.isEmpty ? nil : result.curve.accuracy(at: judgedRadius)
  }

  /// At which radius that is.
  var judgedRadius: Double { areRadiiFitted ? 0 : radii.map { Double($0.value) }.max() ?? 0 }
}
