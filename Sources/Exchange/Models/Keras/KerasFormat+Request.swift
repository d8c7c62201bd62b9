import Networks

extension KerasFormat: ModelFormat {
  static let title = "a file of Keras"

  static func recognises(_ path: String) throws -> Bool { try kind(of: path) != nil }

  static func read(_ request: ModelRequest) throws -> (model: ModelFile, notes: [Note]) {
    let path = request.path
    guard let kind = try kind(of: path) else { throw ExchangeError(file: path, expected: title, found: "another") }
    guard request.map == nil else {
      throw ExchangeError(file: path, expected: "no map beside a file of Keras", found: request.map ?? "")
    }
    if request.architecture == nil, !kind.hasArchitecture {
      throw ExchangeError(
        file: path,
        expected: "an architecture beside Keras weights: --architecture with the file that "
          + "model.to_json() wrote", found: "none")
    }
    if let architecture = request.architecture, !InputFile.exists(architecture) {
      throw ExchangeError(
        file: path, expected: "the JSON of model.to_json() as the architecture of Keras weights",
        found: "'\(architecture)', which is no file")
    }
    let imported = try request.normalized(read(path, architecture: request.architecture))
    // Keras flattens images channels last before the first layer of a network that takes vectors; others channels first.
    return try request.model(imported, imported.network.inputShape.rank == 1 ? .channelsLast : .channelsFirst)
  }
}
