internal import Exchange
internal import HDF5
internal import Networks

/// What `inspect` finds out about a file.
struct FileInspection {
  private enum Finding {
    case model(ModelFile, notes: [Note])
    case file(FileSummary)
    case dataset(Exchange.Dataset)
  }

  private let path: String
  private let finding: Finding

  init(_ path: String) throws {
    self.path = path
    finding = try Self.inspect(path)
  }

  func text(json: Bool, width: Int?) throws -> String { try report.text(json: json, width: width) }

  private var report: any Report {
    switch finding {
    case .model(let model, let notes): NetworkSummary(path, model.network, model: model, notes: notes)
    case .file(let summary): summary
    case .dataset(let dataset): DatasetReport(dataset, path: path, command: "inspect")
    }
  }

  private static func inspect(_ path: String) throws -> Finding {
    if FileFormat(ofFile: path) == .model { return try model(path) }
    if Exchange.Dataset.isOtherThanHDF5(path) { return try data(path) }
    try ForeignFile.refuse(path, as: .model)
    if ONNXFormat.recognises(path) { return try model(path) }
    guard let format = try KerasFormat.kind(of: path) else {
      return isDescribed(path) ? try model(path) : .file(try weights(path))
    }
    do {
      return try model(path)
    } catch let error as ExchangeError where format != .archive && format != .directory && format != .shardedWeights {
      // Weights alone, or a layer that the lab does not have: the objects in the file are listed all the same.
      let note = [error.object, error.message].compactMap(\.self).joined(separator: ": ")
      return .file(try FileSummary(File(reading: path), notes: [note]))
    }
  }

  /// Weights beside which the lab's description of the network stands.
  private static func isDescribed(_ path: String) -> Bool { (try? PyTorchFormat.architecture(of: path)) != nil }

  /// Weights alone, or any other arrays. An architecture is proposed only where the weights fit one layer after another;
  /// other files are simply shown.
  private static func weights(_ path: String) throws -> FileSummary {
    let families = try ArchitectureProposals(for: path).texts
    let (chain, reason) = try ProposedChain.propose(for: path)
    let notes =
      families.isEmpty
      ? chain.map { "as a model perhaps, \(reason): " + "\($0)".split(separator: "\n").joined(separator: "; ") }
        .map { [$0] } ?? []
      : families.map { "the names and shapes are those of --architecture \($0)" }
    if let listing = try TensorListing(path) { return FileSummary(listing, path: path, notes: notes) }
    return try FileSummary(File(reading: path), notes: notes)
  }

  /// Data that is not HDF5: a directory of images, NumPy's files. Of two splits the test split is shown; an archive
  /// without any is listed.
  private static func data(_ path: String) throws -> Finding {
    var selection = DatasetSelection()
    selection.takesOnlySplit = true
    guard ForeignFile.recognized(at: path) == .npz else {
      return .dataset(try Exchange.Dataset.read(from: path, selection))
    }
    if FileFormat(ofFile: path) != nil { return .file(FileSummary(try NumPyListing(path), path: path)) }
    do {
      return .dataset(try Exchange.Dataset.read(from: path, selection))
    } catch {
      guard error.kind == .content else { throw error }
      let note = [error.object, error.message].compactMap(\.self).joined(separator: ": ")
      return .file(FileSummary(try NumPyListing(path), path: path, notes: ["no dataset: \(note)"]))
    }
  }

  private static func model(_ path: String) throws -> Finding {
    let (model, notes) = try ModelRequest(path: path).read()
    return .model(model, notes: notes)
  }
}
