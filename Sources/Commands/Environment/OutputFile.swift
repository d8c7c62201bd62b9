internal import Arguments
internal import Exchange
internal import Glibc
internal import HDF5
internal import Isolation
internal import Networks

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The path that `--output` names.
struct OutputFile: ArgumentValue, Hashable {
  let path: String

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    path = argument
  }

  var argumentText: String { path }

  /// Checks that there is space for so many bytes, before hours are spent on computing them.
  func check(room bytes: Int) throws {
    guard Launch.ranks.isFirst else { return }
    try DiskSpace.check(for: path, bytes: bytes)
  }

  /// Checks that the file can be written, before hours are spent on its content. A file that is there is not changed. Of
  /// several processes one checks, and writes.
  ///
  /// - Parameters:
  ///   - form: What will be written.
  ///   - inputs: The files and directories that are read: none of them may be written over.
  ///   - force: Whether a file that is not the lab's own may be replaced.
  /// - Throws: `ValidationError` where an input is named, `ExchangeError` where a file may or can not be written.
  func check(_ form: OutputForm, inputs: [String] = [], force: Bool) throws {
    guard Launch.ranks.isFirst else { return }
    try checkSymbolicLink()
    for input in inputs where try isSame(as: input) {
      throw ValidationError("\(path) is read by this command (\(input)): write to another file.")
    }
    if !force { try checkReplaceable(by: form) }
    _ = try AtomicFile(replacing: path)
  }

  /// The same for the output of a command that reads a model and data.
  func check(_ format: FileFormat, reading model: ModelOptions, _ data: DataOptions, _ writing: WritingOptions) throws {
    try check(
      try form(of: format), inputs: model.inputs(dataDirectory: data.dataDirectory) + data.inputs, force: writing.force)
  }

  /// Refuses a symbolic link whose target is missing: replacing the link or creating the target could both be wrong.
  private func checkSymbolicLink() throws {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, stat(path, &status) != 0, errno == ENOENT
    else { return }
    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    throw refusal("is a symbolic link to \(target ?? "a file") that is not there; remove the link or name its target")
  }

  /// Whether the file is an input, or lies in a directory that is one, under whatever name.
  private func isSame(as input: String) throws -> Bool {
    guard let own = FileIdentity(path) else { return false }
    if FileIdentity(input) == own { return true }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: input)) ?? []
    return names.contains { FileIdentity("\(input)/\($0)") == own }
  }

  /// Refuses to replace a file that the lab did not write; an empty one may be replaced.
  private func checkReplaceable(by form: OutputForm) throws {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return }
    let found = try? ReadingOptions().reader().read(MarkRequest(path: path))
    guard found != form.mark || form.mark == nil else { return }
    let content = found.flatMap { FileFormat(rawValue: $0)?.title }.map { "holds \($0)\(form.contrast)" }
    throw refusal("exists and \(content ?? "is not marked as a file of the lab"); --force replaces it")
  }

  private func refusal(_ message: String) -> ExchangeError {
    ExchangeError(kind: .cannotWrite, file: path, message: message)
  }
}

/// The identity of the file at a path, which is the same under every name of the file.
private struct FileIdentity: Equatable {
  private let device: UInt64
  private let index: UInt64

  /// Nil where there is none.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, index) = (UInt64(status.st_dev), UInt64(status.st_ino))
  }
}

/// Whether files that the lab did not write may be replaced.
struct WritingOptions: OptionGroup {
  static let title = "Run"

  @Flag(help: "Replace a file at the place of the output even where it is not one of the lab of the same kind.")
  var force: Bool
}

extension OutputFile {
  /// Writes a text where there is no file yet: one that is there may have been filled in by hand.
  func write(text: String, force: Bool) throws {
    let bytes = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)
    if force { try PlainFile.replace(path, with: bytes) } else { try PlainFile.create(path, with: bytes) }
  }
}

/// Makes a directory where there is none.
func makeDirectory(_ path: String) throws {
  guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
  throw ExchangeError(
    kind: .cannotWrite, file: path, message: "cannot make the directory: \(String(cString: strerror(errno)))")
}

/// Makes a directory for files of a run, with those above it. Of several processes one does.
///
/// - Throws: `ExchangeError` where it cannot be made, is no directory, or holds something already and that is not forced.
func makeEmptyDirectory(_ path: String, force: Bool) throws {
  guard Launch.ranks.isFirst else { return }
  try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  guard let found = try? FileManager.default.contentsOfDirectory(atPath: path) else {
    throw ExchangeError(kind: .cannotWrite, file: path, message: "is no directory that can be made or read")
  }
  guard force || found.isEmpty else {
    throw ExchangeError(
      kind: .cannotWrite, file: path, message: "holds files already; name an empty directory, or say --force")
  }
}
