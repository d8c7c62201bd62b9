internal import Arguments
internal import Exchange

/// The model that the record of a file names.
struct RecordedModel {
  let options: ModelOptions
  let dataDirectory: String?

  /// Understands the command that wrote the file; nil where it names no attack.
  init?(_ provenance: Provenance) {
    guard let request = try? Parser(root: AdvLab.self).parse(provenance.command), case .run(let command, _) = request
    else { return nil }
    switch command {
    case let command as AttackCommand: (options, dataDirectory) = (command.model, command.data.dataDirectory)
    case let command as EvaluateCommand: (options, dataDirectory) = (command.model, command.data.dataDirectory)
    default: return nil
    }
  }

  /// The exit code of a file that isn't there, whichever process looked for it.
  private static let isMissing: Int32 = 66

  /// Reads it, wherever the data that ships with the lab is now.
  func load(
    _ reading: ReadingOptions, for form: DataForm, dataDirectory given: String?, file: String
  ) throws -> LoadedModel {
    do {
      return try options.load(reading, for: form, dataDirectory: given ?? dataDirectory)
    } catch let error as any ExitCodeProviding where error.exitCode == Self.isMissing {
      throw ExchangeError(
        kind: .missing, file: file,
        message: "it was made with the model \(options.model ?? "that ships with advlab"), which can't be read: "
          + "\(error); name the model with --model")
    }
  }
}
