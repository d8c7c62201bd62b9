internal import Arguments
internal import Exchange

/// What an output file holds, and in which form.
enum OutputForm: Hashable {
  /// HDF5 of the lab.
  case native(FileFormat)
  /// The same arrays in a NumPy archive.
  case numPyArchive(FileFormat)
  /// A model in another tool's form.
  case model(ModelForm)
  /// A picture as PNG.
  case picture

  /// The mark by which a file that was written in this form is known; nil where other tools' files have none.
  var mark: String? {
    switch self {
    case .native(let format), .numPyArchive(let format): format.rawValue
    case .model(let form): form == .native ? FileFormat.model.rawValue : nil
    case .picture: nil
    }
  }

  /// What messages say this form holds, after what the present file holds.
  var contrast: String {
    switch self {
    case .native(let format), .numPyArchive(let format): ", not \(format.title)"
    case .model(let form): form == .native ? ", not \(FileFormat.model.title)" : ""
    case .picture: ""
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
    case ("keras", .model): return .model(.kerasArchive)
    case (let suffix, .model) where Self.otherModels.contains(suffix):
      throw refusal(
        "a model of the lab: written as HDF5, end the name in .h5; 'advlab convert MODEL \(path)' makes this file of it"
      )
    case ("npz", _), ("keras", _):
      throw refusal("\(format.title): not written as .\(suffix) but as HDF5; end the name in .h5")
    case (let suffix, _) where Self.otherSuffixes.contains(suffix) || Self.otherModels.contains(suffix):
      let others = Self.archived.contains(format) ? ", or in .npz" : ""
      throw refusal("\(format.title): written as HDF5, not as .\(suffix); end the name in .h5\(others)")
    default: return .native(format)
    }
  }

  /// Refuses a name that belongs to another form of model than the one asked for.
  func check(nameFor form: ModelForm) throws {
    // A name with another ending, or none, is the user's own.
    let isForeign = ModelForm.allCases.contains { ends(like: $0) } && !ends(like: form)
    guard !isForeign, form.endings.contains(".weights.h5") || !isKerasWeights else {
      let endings = form == .kerasArchive ? ".keras, or in .weights.h5 for weights alone" : form.endings[0]
      throw refusal("the name contradicts the form that was asked for, which ends in \(endings)")
    }
    guard Self.otherSuffixes.contains(suffix) || suffix == "npz" else { return }
    throw refusal("a model is not written as .\(suffix)")
  }

  /// Checks that a picture can be written here, as `check` does.
  func check(pictureOf input: String, force: Bool) throws {
    guard suffix == "png" else { throw refusal("a picture is written as PNG; end the name in .png") }
    try check(.picture, inputs: [input], force: force)
  }

  /// Whether the name ends as those of a form do.
  func ends(like form: ModelForm) -> Bool {
    let name = path.lowercased()
    return form.endings.contains { name.hasSuffix($0) } && (form == .kerasWeights || !isKerasWeights)
  }

  private var isKerasWeights: Bool { path.lowercased().hasSuffix(".weights.h5") }

  /// What follows the last dot of the name, in lower case; empty where there is none.
  private var suffix: String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  /// What may be written as a NumPy archive.
  private static let archived: Set<FileFormat> = [.adversarial, .predictions, .gradients, .certificates]
  /// Suffixes of models that `convert` alone writes.
  private static let otherModels: Set = ["onnx", "safetensors", "pt", "pth", "ckpt", "json"]
  /// Suffixes of forms that are well known and not written here. Any other may be part of a name.
  private static let otherSuffixes: Set = [
    "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "svg", "pdf", "csv", "tsv", "yaml", "yml", "txt", "md",
    "html", "npy", "pkl", "pickle", "pb", "tflite", "zip", "gz", "tar", "mat", "py", "parquet",
  ]

  private func refusal(_ message: String) -> ValidationError {
    ValidationError("\(path): \(message).")
  }
}
