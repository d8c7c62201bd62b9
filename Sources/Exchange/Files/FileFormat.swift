import HDF5

extension FileFormat {
  /// As messages call it.
  package var title: String {
    switch self {
    case .dataset: "a dataset"
    case .model: "a model"
    case .adversarial: "adversarial examples"
    case .predictions: "predictions"
    case .gradients: "gradients"
    case .checkpoint: "a checkpoint"
    }
  }

  /// What a file written by the lab says it is, as HDF5 or as a NumPy archive; nil for any other file.
  package init?(ofFile path: String) {
    let mark = try? File(reading: path).root.attributes.string(FileFormat.mark)
    guard let name = mark ?? nil else {
      self.init(ofArchive: path)
      return
    }
    self.init(rawValue: name)
  }

  /// Reads a file of this format. Where that fails because the file is of another one, the error says of which.
  package func expected<Content>(at path: String, _ read: () throws -> Content) throws -> Content {
    do {
      return try read()
    } catch let error as ExchangeError where error.kind == .content {
      guard let found = FileFormat(ofFile: path), found != self else { throw error }
      throw ExchangeError(file: path, expected: title, found: found.title)
    }
  }
}
