internal import Exchange
internal import Networks

/// What one process can ask another to read from a file.
enum ReadRequest: Codable {
  case model(ModelRequest)
  /// A network without weights, in JSON.
  case architecture(path: String)
  case dataset(path: String, DatasetSelection)
  case adversarialSet(path: String)
  case checkpoint(path: String)
  /// What `inspect` prints of a file, in a terminal of a width.
  case summary(path: String, json: Bool, width: Int?)
  /// Which of its formats the lab wrote there; nothing for a file that it did not write.
  case mark(path: String)
  /// The architecture that weights alone may have.
  case proposal(path: String)

  /// The file.
  var path: String {
    switch self {
    case .model(let request): request.path
    case .architecture(let path), .dataset(let path, _), .adversarialSet(let path), .checkpoint(let path),
      .summary(let path, _, _), .mark(let path), .proposal(let path):
      path
    }
  }

  /// All the files that are read.
  var paths: [String] {
    switch self {
    case .model(let request): [request.path, request.architecture, request.map].compactMap(\.self)
    case .dataset(let path, let selection): [path] + (selection.labelsFile.map { [$0] } ?? [])
    case .architecture, .adversarialSet, .checkpoint, .summary, .mark, .proposal: [path]
    }
  }
}

/// A network as it is sent between processes.
struct ArchitectureHead: Codable {
  let network: Network
  /// The order in which images become the vectors that it takes.
  let vectorOrder: AxisOrder
}

extension ArchitectureHead {
  /// Keras flattens images channels last, everybody else channels first.
  init(_ path: String) throws {
    let (network, isKeras) = try ModelRequest.readArchitecture(path)
    self.init(network: network, vectorOrder: isKeras && network.inputShape.rank == 1 ? .channelsLast : .channelsFirst)
  }
}

// Where the file is of another format of the lab than was expected, the error says of which.

extension Dataset {
  static func readExpected(_ path: String, _ selection: DatasetSelection) throws -> Dataset {
    // Adversarial examples hold two sets of images: which one is meant has to be said.
    if selection.imagesKey == nil, let found = FileFormat(ofFile: path), found != .dataset {
      throw ExchangeError(file: path, expected: FileFormat.dataset.title, found: found.title)
    }
    return try read(from: path, selection)
  }
}

extension AdversarialSet {
  static func readExpected(_ path: String) throws -> AdversarialSet {
    try FileFormat.adversarial.expected(at: path) { try read(from: path) }
  }
}

extension CheckpointFile {
  static func readExpected(_ path: String) throws -> CheckpointFile {
    try FileFormat.checkpoint.expected(at: path) { try read(from: path) }
  }
}
