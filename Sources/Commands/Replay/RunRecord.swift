internal import Attacks
internal import Exchange

/// What `replay` needs to repeat a run and to compare its results; `run` in `--json`.
struct RunRecord: Codable {
  /// The command line, without the name of the program.
  let arguments: [String]
  /// The version of the program.
  let version: String
  let seed: UInt64
  /// The digest of the status and the adversarial image of every example.
  let fingerprint: String

  init(seed: UInt64, fingerprint: String) {
    arguments = commandArguments
    version = Provenance.programVersion
    (self.seed, self.fingerprint) = (seed, fingerprint)
  }

  init(seed: UInt64, _ examples: some Sequence<ExampleOutcome>) {
    self.init(seed: seed, fingerprint: ExampleOutcome.fingerprint(of: examples))
  }
}

/// What `attack --json` and `evaluate --json` printed, as far as a replay needs it.
struct RecordedReport: Decodable {
  /// A model or dataset, of which the digest is compared.
  struct Source: Decodable {
    let sha256: String?
  }

  let run: RunRecord
  let model: Source
  let data: Source
  /// The examples that were finished.
  let count: Int
  /// Those that were asked for; `evaluate` says it where they are more.
  let requested: Int?

  /// Reads a file.
  ///
  /// - Throws: `ExchangeError` where it cannot be read, or is no such report.
  init(_ path: String) throws {
    self = try PrintedJSON.value(
      inFile: path, expected: "a result of attack or evaluate: HDF5, .npz, or what --json printed",
      otherwise: "something else, or a result without a record of its run")
  }
}
