public import Isolation

/// A dataset.
public struct DatasetRequest: IsolatedRequest {
  public static let name = "dataset"
  public let path: String
  /// How it is understood.
  public let selection: DatasetSelection

  /// Asks for a dataset.
  public init(path: String, selection: DatasetSelection) { (self.path, self.selection) = (path, selection) }

  public var byteCount: Int { ReadBytes.count(of: [path] + (selection.labelsFile.map { [$0] } ?? [])) }

  /// - Throws: `ExchangeError`, which names the format where the file is another one of the lab.
  public func read() throws -> Dataset {
    // Adversarial examples hold two sets of images: which one is meant has to be said.
    if selection.imagesKey == nil, let found = FileFormat(ofFile: path), found != .dataset {
      throw ExchangeError(file: path, expected: FileFormat.dataset.title, found: found.title)
    }
    return try Dataset.read(from: path, selection)
  }

  public static func message(_ content: Dataset) throws -> FlatMessage<Dataset.FlatHead> { content.flat }

  public func content(of message: FlatMessage<Dataset.FlatHead>) throws -> Dataset {
    try Dataset(flat: message, file: path)
  }
}
