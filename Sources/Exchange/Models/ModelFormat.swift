import Networks

/// A kind of file that models are read from. A new kind costs one conformance, and a place in the catalogue.
protocol ModelFormat: Sendable {
  /// What messages call such a file.
  static var title: String { get }

  /// Whether a file is of this kind, by its content.
  ///
  /// - Throws: `ExchangeError` where the file cannot be opened, or is damaged.
  static func recognises(_ path: String) throws -> Bool

  /// Reads the model that a request asks for.
  ///
  /// - Returns: The model, and notes for the user.
  /// - Throws: `ExchangeError`, `ArchitectureError`, `NetworkError`.
  static func read(_ request: ModelRequest) throws -> (model: ModelFile, notes: [Note])
}

/// The kinds of model files.
enum ModelFormats {
  /// Those that are recognised; any other file holds weights alone, or is refused by the reader of those.
  static let recognised: [any ModelFormat.Type] = [ONNXFormat.self, KerasFormat.self, NativeModel.self]

  /// The kind of a file.
  static func format(of path: String) throws -> any ModelFormat.Type {
    try recognised.first { try $0.recognises(path) } ?? PyTorchFormat.self
  }
}
