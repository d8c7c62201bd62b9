import HDF5

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What is needed to reproduce a file: the attributes common to everything that is written.
public struct Provenance: Hashable, Sendable, Codable {
  /// The version of this program.
  public static let programVersion = "0.1.0"

  /// The arguments of the command that wrote the file.
  public var command: [String]
  /// The seed of the run.
  public var seed: UInt64
  /// The version of the program that wrote the file; nil where it is not known.
  public var version: String?
  /// The SHA-256 digest of the model, where one was used.
  public var modelSHA256: String?
  /// The SHA-256 digest of the dataset, where one was used.
  public var dataSHA256: String?

  /// Creates a record of what this program writes.
  public init(
    command: [String] = [], seed: UInt64 = 0, version: String? = programVersion, modelSHA256: String? = nil,
    dataSHA256: String? = nil
  ) {
    self.command = command
    self.seed = seed
    self.version = version
    self.modelSHA256 = modelSHA256
    self.dataSHA256 = dataSHA256
  }

  /// Writes the record and the file's format. An unknown digest is written as an empty text.
  func write(_ format: FileFormat, to attributes: Attributes) throws {
    try attributes.set(FileFormat.mark, to: format.rawValue)
    try attributes.set("advlab_version", to: FileFormat.version)
    try attributes.set("command", to: commandText())
    try attributes.set("seed", to: seed)
    if let version { try attributes.set("program_version", to: version) }
    try attributes.set("model_sha256", to: modelSHA256 ?? "")
    try attributes.set("data_sha256", to: dataSHA256 ?? "")
  }

  /// The arguments in JSON.
  func commandText() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return String(decoding: try encoder.encode(command), as: UTF8.self)
  }

  /// Reads the record of a file, which must have the given format and a supported version.
  init(_ record: FileRecord, of format: FileFormat, file: String) throws {
    let failure = { (name: String, expected: String, found: String) in
      ExchangeError(
        file: file, object: record.object, expected: "the \(record.noun) \(name) to be \(expected)", found: found)
    }
    let found = try record.text(FileFormat.mark)
    guard found == format.rawValue else { throw failure(FileFormat.mark, format.rawValue, found ?? "none") }
    let version = try record.number("advlab_version", as: Int.self)
    guard let version, (1...FileFormat.version).contains(version) else {
      throw failure("advlab_version", "at most \(FileFormat.version)", version.map(String.init) ?? "none")
    }
    let text = try record.text("command") ?? "[]"
    guard let command = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
      throw failure("command", "a JSON array of strings", text)
    }
    self.command = command
    seed = try record.number("seed", as: UInt64.self) ?? 0
    self.version = try record.text("program_version")
    modelSHA256 = Self.known(try record.text("model_sha256"))
    dataSHA256 = Self.known(try record.text("data_sha256"))
  }

  private static func known(_ digest: String?) -> String? {
    digest.flatMap { $0.isEmpty ? nil : $0 }
  }
}
