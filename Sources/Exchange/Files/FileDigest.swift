import Glibc
import Synchronization

/// The SHA-256 digest of the files that something was read from: computed once, when it is asked for or before that in
/// the background.
///
/// It is that of the whole files, however few of their rows were read. So the digest in a record can be compared with
/// what `sha256sum` prints, and with the records of every file written so far. A digest of the rows alone could not, and
/// would differ from selection to selection. But reading a large file to its end takes longer than attacking a hundred of
/// its images. So only what records the digest waits for it.
public final class FileDigest: Sendable {
  /// Where a digest comes from.
  enum Source: Hashable, Codable {
    /// A given digest.
    case given(String)
    /// The digest of a file.
    case file(String)
    /// The digest of the lines that `sha256sum` prints for files.
    case files([String])
    /// The digest of the lines that it prints in a directory for paths below it.
    case directory(String, [String])

    /// Whether it is of more files than a dataset has.
    var isOfTooMany: Bool {
      switch self {
      case .given, .file: false
      case .files(let paths): paths.count > FileDigest.mostFiles
      case .directory(_, let paths): paths.count > FileDigest.mostFilesInDirectory
      }
    }
  }

  /// The most files that are kept open.
  static let mostFiles = 64
  /// The most files of a directory: more than the training images of ImageNet.
  static let mostFilesInDirectory = 1 << 21

  let source: Source
  /// Opened at once: a file that is replaced later is not the one that was read.
  private let files: [InputFile]
  /// Of a directory there are too many to be kept open: by these they are known again.
  private let stamps: [FileStamp]
  private let result: Mutex<Result>

  private enum Result {
    case unknown
    case known(String?)
  }

  /// A digest that is known.
  public init(_ hexadecimal: String) {
    source = .given(hexadecimal)
    (files, stamps) = ([], [])
    result = Mutex(.known(hexadecimal))
  }

  /// The digest of a file.
  ///
  /// - Throws: `ExchangeError` where it cannot be opened.
  public convenience init(ofFile path: String) throws(ExchangeError) {
    try self.init(.file(path))
  }

  /// The digest of the lines that `sha256sum` prints for files.
  ///
  /// - Throws: `ExchangeError` where one cannot be opened.
  public convenience init(ofFiles paths: [String]) throws(ExchangeError) {
    try self.init(.files(paths))
  }

  /// The digest of the lines that `sha256sum` prints, in a directory, for paths below it.
  ///
  /// - Throws: `ExchangeError` where there is no such file.
  convenience init(ofDirectory directory: String, _ paths: [String]) throws(ExchangeError) {
    try self.init(.directory(directory, paths))
  }

  init(_ source: Source) throws(ExchangeError) {
    self.source = source
    var files: [InputFile] = []
    var stamps: [FileStamp] = []
    switch source {
    case .given: break
    case .file(let path): files.append(try InputFile(path))
    case .files(let paths): for path in paths { files.append(try InputFile(path)) }
    case .directory(let directory, let paths):
      for path in paths { stamps.append(try FileStamp(ofFile: "\(directory)/\(path)")) }
    }
    (self.files, self.stamps) = (files, stamps)
    if case .given(let hexadecimal) = source {
      result = Mutex(.known(hexadecimal))
    } else {
      result = Mutex(.unknown)
    }
  }

  /// The digest in hexadecimal. Waits for it where it is being computed. Nil where a file can no longer be read, or has
  /// been changed since it was opened.
  public var hexadecimal: String? {
    result.withLock { result in
      if case .known(let digest) = result { return digest }
      let digest = try? compute()
      result = .known(digest)
      return digest
    }
  }

  /// Starts to compute the digest on a thread of its own.
  public func start() {
    var thread = pthread_t()
    let digest = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { digest in
        guard let digest else { return nil }
        _ = Unmanaged<FileDigest>.fromOpaque(digest).takeRetainedValue().hexadecimal
        return nil
      }, digest.toOpaque())
    // Without a thread, the first call of `hexadecimal` computes it.
    if code == 0 { pthread_detach(thread) } else { digest.release() }
  }

  private func compute() throws(ExchangeError) -> String? {
    var digests: [String] = []
    for file in files {
      digests.append(try SHA256.hex(of: file))
      guard file.isUnchanged else { return nil }
    }
    switch source {
    case .given(let hexadecimal): return hexadecimal
    case .file: return digests.first
    case .files(let paths): return SHA256.hex(of: zip(paths, digests).map { ($0, $1) })
    case .directory(let directory, let paths): return try digest(of: paths, in: directory)
    }
  }

  private func digest(of paths: [String], in directory: String) throws(ExchangeError) -> String? {
    var hash = SHA256()
    for (path, stamp) in zip(paths, stamps) {
      let file = try InputFile("\(directory)/\(path)")
      let digest = try SHA256.hex(of: file)
      guard file.stamp == stamp, file.isUnchanged else { return nil }
      hash.update("\(digest)  \(path)\n")
    }
    return hash.finalized()
  }
}

extension SHA256 {
  private static let blockBytes = 1 << 20

  /// The digest of a file, in hexadecimal: what `sha256sum` prints.
  public static func hex(ofFile path: String) throws(ExchangeError) -> String {
    try hex(of: try InputFile(path))
  }

  /// One digest for several files: that of the lines `sha256sum` prints for them, by name without directory.
  public static func hex(ofFiles paths: [String]) throws(ExchangeError) -> String {
    var digests: [(path: String, digest: String)] = []
    for path in paths { digests.append((path, try hex(ofFile: path))) }
    return hex(of: digests)
  }

  fileprivate static func hex(of lines: [(path: String, digest: String)]) -> String {
    var hash = SHA256()
    for (path, digest) in lines {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      hash.update("\(digest)  \(name)\n")
    }
    return hash.finalized()
  }

  /// The digest of a file that has been opened and not been read from.
  fileprivate static func hex(of file: InputFile) throws(ExchangeError) -> String {
    var hash = SHA256()
    while true {
      let bytes = try file.read(atMost: blockBytes)
      if bytes.isEmpty { return hash.finalized() }
      hash.update(bytes)
    }
  }
}
