package import Isolation

/// A dataset.
package struct DatasetRequest: IsolatedRequest {
  package static let name = "dataset"
  package let path: String
  /// How it is understood.
  package let selection: DatasetSelection

  /// Asks for a dataset.
  package init(path: String, selection: DatasetSelection) { (self.path, self.selection) = (path, selection) }

  package var byteCount: Int { ReadBytes.count(of: [path] + (selection.labelsFile.map { [$0] } ?? [])) }

  /// - Throws: `ExchangeError`, which names the format where the file is another one of the lab.
  package func read() throws -> Dataset {
    // Adversarial examples hold two sets of images: which one is meant has to be said.
    if selection.imagesKey == nil, let found = FileFormat(ofFile: path), found != .dataset {
      throw ExchangeError(file: path, expected: FileFormat.dataset.title, found: found.title)
    }
    return try Dataset.read(from: path, selection)
  }

  package static func message(_ content: Dataset) throws -> FlatMessage<Dataset.FlatHead> { content.flat }

  package func content(of message: FlatMessage<Dataset.FlatHead>) throws -> Dataset {
    try Dataset(flat: message, file: path)
  }
}
