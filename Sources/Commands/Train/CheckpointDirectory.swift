internal import Arguments
internal import Exchange
internal import Glibc
internal import HDF5

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The directory of a run's state, which belongs to one process: others are refused until that one ends, in whatever way.
/// Of the processes that share a run it belongs to the first.
final class CheckpointDirectory {
  /// The directory.
  let path: String
  private let lock: Int32

  /// The file with the state.
  var file: String { path + "/" + Self.fileName }

  private static let fileName = "checkpoint.h5"

  /// Takes a directory that exists, and removes what a run that was killed left half written.
  ///
  /// - Throws: Where it does not exist, or another process has it.
  init(_ path: String) throws {
    self.path = path
    let name = path + "/.lock"
    lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else {
      let isMissing = errno == ENOENT
      throw ExchangeError(
        kind: isMissing ? .missing : .cannotWrite, file: path,
        message: isMissing
          ? "expected a directory with the state of a run, found none"
          : "cannot be taken by this run: \(name): \(String(cString: strerror(errno)))")
    }
    // The system gives the lock back when the process ends.
    while flock(lock, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      guard errno == EWOULDBLOCK else {
        StandardError.print(
          "Warning: \(name): cannot be locked here (\(String(cString: strerror(errno)))): take care that no second run "
            + "uses this directory")
        break
      }
      close(lock)
      throw ExchangeError(
        kind: .cannotWrite, file: path,
        message: "expected a directory that no other run uses, found one in use: wait for that run to end, or choose "
          + "another --checkpoint")
    }
    removePartialFiles()
  }

  /// Takes a directory for a new run; it is made where it does not exist.
  ///
  /// - Throws: Where it cannot be written to, holds a run, or another process has it.
  convenience init(forNewRun path: String) throws {
    try makeDirectory(path)
    try self.init(path)
    guard !holdsState else {
      throw ValidationError(
        "There is a run in \(file) already: --resume continues it; remove it, or choose another directory, to begin "
          + "anew.")
    }
    _ = try AtomicFile(replacing: file)
  }

  /// The directory that the first of several processes has taken, to be read by another one.
  init(takenByFirst path: String) { (self.path, lock) = (path, -1) }

  deinit { if lock >= 0 { close(lock) } }

  /// Whether there is a state.
  var holdsState: Bool { access(file, F_OK) == 0 }

  private func removePartialFiles() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where TemporaryFiles.isPartial(name, of: Self.fileName) {
      unlink(path + "/" + name)
    }
  }
}
