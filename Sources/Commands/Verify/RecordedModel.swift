internal import Arguments
internal import Compute
internal import Exchange
internal import Networks

/// The model that the record of a file names.
struct RecordedModel {
  /// The file with the record.
  private let file: String
  /// As the record calls the model.
  private let name: String
  private let source: ModelSource

  /// Understands the command line that wrote a file; nil where it is none that runs attacks.
  ///
  /// - Parameters:
  ///   - arguments: The command line.
  ///   - file: The file.
  ///   - form: The data that the model is read for.
  ///   - dataDirectory: Where the data that ships with the lab is now, where it is not where the record says.
  ///   - reader: Reads the model.
  /// - Throws: `ExchangeError` where the model that ships with the lab is not found.
  init?(_ arguments: [String], in file: String, for form: DataForm, dataDirectory: String?, _ reader: Reader) throws {
    guard let command = attackingCommand(of: arguments) else { return nil }
    self.file = file
    name = command.model.model ?? "that ships with advlab"
    source = try Self.naming(name, in: file) {
      try command.model.source(for: form, dataDirectory: dataDirectory ?? command.data.dataDirectory, reader)
    }
  }

  /// Reads it.
  func load(_ engine: any Engine) throws -> LoadedModel {
    try Self.naming(name, in: file) { try source.load(engine) }
  }

  /// The exit code of a file that isn't there, whichever process looked for it.
  private static let isMissing: Int32 = 66

  /// Says of a model that is missing who asked for it.
  private static func naming<Result>(_ name: String, in file: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as any ExitCodeProviding where error.exitCode == isMissing {
      throw ExchangeError(
        kind: .missing, file: file,
        message: "it was made with the model \(name), which can't be read: \(error); name the model with --model")
    }
  }
}

extension ModelOptions {
  /// The model for the images of a file of adversarial examples: the one that is given, or else the one that the record of
  /// the file names.
  ///
  /// - Parameters:
  ///   - set: The content of the file.
  ///   - file: The file.
  ///   - dataDirectory: Where the data that ships with the lab is.
  ///   - reader: Reads the model.
  /// - Returns: The model, and whether it is the recorded one.
  /// - Throws: What reading it throws.
  func load(
    for set: AdversarialSet, in file: String, dataDirectory: String?, _ reader: Reader
  ) throws -> (model: LoadedModel, isRecorded: Bool) {
    let form = DataForm(imageShape: set.images.shape.example)
    let engine = engine.engine(gradients: .direct)
    if model == nil,
      let recorded = try RecordedModel(
        set.provenance.command, in: file, for: form, dataDirectory: dataDirectory, reader)
    {
      return (try recorded.load(engine), true)
    }
    return (try source(for: form, dataDirectory: dataDirectory, reader).load(engine), false)
  }
}
