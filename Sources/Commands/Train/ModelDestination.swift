internal import Arguments
internal import Exchange
internal import Glibc

/// Where a trained model was written. Where the disk is full, another place is tried: hours of training are not lost.
struct ModelDestination {
  /// The file; the one that was asked for where there is none.
  let path: String
  /// Whether it is there.
  let isWritten: Bool
  /// Why it is not where it was asked for.
  let failure: UnwrittenModel?

  /// Where the first of several processes writes the model.
  init(writtenByFirstTo output: String) { (path, isWritten, failure) = (output, true, nil) }

  /// Writes a model; where that fails, beside the checkpoints or else among temporary files.
  init(writing model: ModelFile, to output: String, else checkpoints: String?) {
    do throws(ExchangeError) {
      try model.write(to: output)
      (path, isWritten, failure) = (output, true, nil)
    } catch {
      let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? ""
      let directories = [checkpoints, temporary.isEmpty ? "/tmp" : temporary].compactMap(\.self)
      let name = output.split(separator: "/").last.map(String.init) ?? "model.h5"
      // The number of the process: nothing that is there is overwritten.
      let candidates = directories.map { "\($0)/\(getpid())-\(name)" }
      let found = candidates.first { candidate in
        guard access(candidate, F_OK) != 0 else { return false }
        return (try? model.write(to: candidate)) != nil
      }
      (path, isWritten) = (found ?? output, found != nil)
      let end =
        if let found {
          "the model is in \(found)"
        } else if checkpoints != nil {
          "the model is lost, but --resume finds the run at its end and writes it again"
        } else {
          "neither can \(candidates.joined(separator: " nor ")): the model is lost"
        }
      failure = UnwrittenModel(description: "\(error); \(end)")
    }
  }
}

/// A model that could not be written where it was asked for.
struct UnwrittenModel: Error, CustomStringConvertible, ExitCodeProviding {
  let description: String
  var exitCode: Int32 { ExitCode.cannotWrite.rawValue }
}
