internal import Certification
internal import Exchange
internal import Hyperparameters
internal import Networks

/// The examples that a certification has finished within each radius, kept in a file so that a run that was stopped can go
/// on. Attacks are made again: they take little time, and give the same.
struct CertificationJournal<Entry: Codable & Sendable>: Sendable {
  /// What makes one certification another than the next.
  private struct Identity: Codable, Equatable {
    let method: String
    let attack: String?
    let norm: Norm
    let arithmetic: String
    let radii: [Float]
    let margins: Bool
    let pixelBounds: PixelBox
    let seed: UInt64
    let ids: [Int]
    let modelSHA256: String
    let dataSHA256: String?
  }

  private let file: ResumeFile<Identity, [[Entry]]>

  /// Reads the file, or begins one.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - examples: What is certified.
  ///   - method: How.
  ///   - attack: The attack beside that.
  ///   - norm: The norm of the balls.
  ///   - arithmetic: That of the network which certificates speak about.
  ///   - radii: Their radii; 0 where entries belong to none.
  ///   - margins: Whether the best bounds are asked for.
  ///   - seed: The seed of everything random.
  ///   - isPossible: Whether an entry may be one of this run: it may have been edited.
  /// - Throws: `ExchangeError` where there is a file that is not of this certification, or none can be written.
  init(
    _ path: String, of examples: CertifiedExamples, _ method: CertificationMethod, attack: String? = nil, norm: Norm,
    arithmetic: NetworkArithmetic = .real, radii: [Float], margins: Bool = false, seed: UInt64,
    isPossible: (Entry) -> Bool
  ) throws {
    let identity = Identity(
      method: "\(method.configuration.fullText)", attack: attack, norm: norm,
      arithmetic: arithmetic.rawValue, radii: radii, margins: margins,
      pixelBounds: examples.read.data.pixelRange, seed: seed, ids: examples.ids,
      modelSHA256: examples.subject.model.file.sha256, dataSHA256: examples.read.data.sha256)
    let kind = ResumeFile<Identity, [[Entry]]>.Kind(
      format: "advlab certification", expected: "finished examples of this certification",
      other: "another certification", impossible: "results that no certification writes")
    file = try ResumeFile(path, kind, of: identity, none: radii.map { _ in [] }) { finished in
      finished.count == radii.count && finished.allSatisfy { $0.allSatisfy(isPossible) }
    }
  }

  /// What is finished within each radius.
  var finished: [[Entry]] { file.finished }

  /// The number of finished examples, each once for every radius.
  var finishedCount: Int { finished.reduce(0) { $0 + $1.count } }

  /// Enters an example. The file may lie behind by a few seconds until `save`.
  func add(_ entry: Entry, at radius: Int) throws {
    try file.change(writingEvery: .seconds(2)) { $0[radius].append(entry) }
  }

  /// Writes what is not written yet.
  func save() throws { try file.save() }
}

extension CertificationJournal where Entry == ExampleCertificate {
  /// The journal of bounds or exact verification.
  init(_ path: String, of run: CertifyRun, seed: UInt64) throws {
    let (labels, imageSize) = (run.examples.labelsByID, run.examples.read.data.imageShape.count)
    try self.init(
      path, of: run.examples, run.method, attack: run.attack.map { "\($0.fullText)" }, norm: run.norm,
      arithmetic: run.arithmetic, radii: run.radii.map(\.value), margins: run.enough == .infinity, seed: seed
    ) { entry in
      labels[entry.id] == entry.label && entry.counterexample.map { $0.count == imageSize } ?? true
        && entry.verdict != .misclassified && entry.seconds.isFinite
        && (entry.verdict == .falsified) == (entry.counterexample != nil)
    }
  }
}
