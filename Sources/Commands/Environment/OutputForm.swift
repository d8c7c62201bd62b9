internal import Arguments
internal import Exchange

/// What an output file holds, and in which form.
enum OutputForm: Hashable {
  /// HDF5 of the lab.
  case native(FileFormat)
  /// The same arrays in a NumPy archive.
  case numPyArchive(FileFormat)
  /// A model in another tool's form.
  case keras, kerasArchive, kerasWeights, stateDictionary

  /// The mark by which a file that was written in this form is known; nil where other tools' files have none.
  var mark: String? {
    switch self {
    case .native(let format), .numPyArchive(let format): format.rawValue
    case .keras, .kerasArchive, .kerasWeights, .stateDictionary: nil
    }
  }

  /// What messages say this form holds, after what the present file holds.
  var contrast: String {
    switch self {
    case .native(let format), .numPyArchive(let format): ", not \(format.title)"
    case .keras, .kerasArchive, .kerasWeights, .stateDictionary: ""
    }
  }
}

extension OutputFile {
  /// The form in which a command writes such content here: HDF5, or what the suffix asks for.
  ///
  /// - Throws: `ValidationError` where the suffix asks for what is not written.
  func form(of format: FileFormat) throws -> OutputForm {
    switch (suffix, format) {
    case ("npz", let format) where Self.archived.contains(format): return .numPyArchive(format)
    case ("keras", .model): return .kerasArchive
    case (let suffix, _) where Self.torchSuffixes.contains(suffix): throw refusal(Self.torchAdvice(for: path))
    case ("npz", _), ("keras", _):
      throw refusal("\(format.title): not written as .\(suffix) but as HDF5; end the name in .h5")
    case (let suffix, _) where Self.otherSuffixes.contains(suffix):
      let others = Self.archived.contains(format) ? ", or in .npz" : ""
      throw refusal("\(format.title): written as HDF5, not as .\(suffix); end the name in .h5\(others)")
    default: return .native(format)
    }
  }

  /// Refuses a name whose suffix belongs to another form than the one asked for.
  func check(suffixFor form: OutputForm) throws {
    if Self.torchSuffixes.contains(suffix) { throw refusal(Self.torchAdvice(for: path)) }
    let isWeights = path.lowercased().hasSuffix(".weights.h5")
    let expected: String? =
      switch form {
      case .native, .keras, .stateDictionary: suffix == "keras" || isWeights ? ".h5" : nil
      case .numPyArchive: suffix == "npz" ? nil : ".npz"
      case .kerasArchive: ["h5", "hdf5"].contains(suffix) ? ".keras, or in .weights.h5 for weights alone" : nil
      case .kerasWeights: isWeights ? nil : ".weights.h5"
      }
    if let expected { throw refusal("the name contradicts the form that was asked for, which ends in \(expected)") }
    guard Self.otherSuffixes.contains(suffix) || suffix == "npz" && form.isModel else { return }
    throw refusal("a model is not written as .\(suffix)")
  }

  /// What follows the last dot of the name, in lower case; empty where there is none.
  private var suffix: String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  /// What may be written as a NumPy archive.
  private static let archived: Set<FileFormat> = [.adversarial, .predictions, .gradients, .certificates]
  private static let torchSuffixes: Set = ["pt", "pth", "ckpt"]
  /// Suffixes of forms that are well known and not written here. Any other may be part of a name.
  private static let otherSuffixes: Set = [
    "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "svg", "pdf", "csv", "tsv", "json", "yaml", "yml", "txt", "md",
    "html", "npy", "pkl", "pickle", "onnx", "safetensors", "pb", "tflite", "zip", "gz", "tar", "mat", "py", "parquet",
  ]

  private static func torchAdvice(for path: String) -> String {
    "PyTorch's own files are pickles, which are not written: 'advlab convert MODEL state.h5 --to pytorch' writes a state "
      + "dictionary in HDF5, and python -c \"import h5py,torch; torch.save({k: torch.tensor(v[()]) for k, v in "
      + "h5py.File('state.h5').items()}, '\(path)')\" makes the file of it"
  }

  private func refusal(_ message: String) -> ValidationError {
    ValidationError("\(path): \(message).")
  }
}

extension OutputForm {
  fileprivate var isModel: Bool {
    switch self {
    case .native(let format): format == .model
    case .numPyArchive: false
    case .keras, .kerasArchive, .kerasWeights, .stateDictionary: true
    }
  }
}
