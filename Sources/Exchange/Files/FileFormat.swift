import HDF5

/// What a file written by the lab holds.
public enum FileFormat: String, Hashable, Sendable, CaseIterable {
  /// Images and labels.
  case dataset
  /// A network with its weights.
  case model
  /// Clean and adversarial images with what an attack reports about them.
  case adversarial
  /// Logits.
  case predictions
  /// Gradients of a loss with respect to images.
  case gradients
  /// What is certified of examples within a radius.
  case certificates
  /// The state of a run of training.
  case checkpoint

  /// The version of the formats that this program writes; it reads this and earlier ones.
  public static let version = 1

  /// The attribute of HDF5, or the member of an archive, that says what the lab wrote.
  static let mark = "advlab_format"
}

extension FileFormat {
  /// As messages call it.
  package var title: String {
    switch self {
    case .dataset: "a dataset"
    case .model: "a model"
    case .adversarial: "adversarial examples"
    case .predictions: "predictions"
    case .gradients: "gradients"
    case .certificates: "certificates"
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

  /// What a NumPy archive of the lab says it holds; nil for any other file.
  public init?(ofArchive path: String) {
    // Archives of others may be large: whether one has the mark is seen in the directory at its end.
    guard NumPyFiles.mayHold(Self.mark, in: path), let archive = try? NumPyFiles.archive(path),
      let mark = try? FileRecord.members(of: archive, file: path).text(Self.mark)
    else { return nil }
    self.init(rawValue: mark)
  }
}
