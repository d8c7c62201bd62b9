import Glibc
import Wording

/// What lies in a directory: the names of its files and of its directories, both in the order of their bytes, as Python
/// sorts them. A link counts as what it leads to; hidden entries are left out.
struct DirectoryContent {
  /// Which directory it is, whatever path leads to it.
  struct Identity: Hashable {
    let device: UInt
    let node: UInt
  }

  /// The names of everything but directories.
  let files: [String]
  /// The names of the directories.
  let folders: [String]
  let identity: Identity

  /// Reads a directory.
  ///
  /// - Throws: `ExchangeError` where it cannot be read, or holds a name that is not UTF-8.
  init(_ path: String) throws(ExchangeError) {
    guard !path.utf8.contains(0), let directory = opendir(path) else { throw Self.unreadable(path) }
    defer { closedir(directory) }
    var status = stat()
    guard fstat(dirfd(directory), &status) == 0 else { throw Self.unreadable(path) }
    identity = Identity(device: status.st_dev, node: status.st_ino)
    var (files, folders): ([String], [String]) = ([], [])
    while true {
      errno = 0
      guard let entry = readdir(directory) else { break }
      guard let name = Self.name(of: entry) else {
        throw ExchangeError(file: path, expected: "names in UTF-8", found: "one in another encoding")
      }
      guard !name.hasPrefix(".") else { continue }
      if Self.isFolder(entry, in: directory) { folders.append(name) } else { files.append(name) }
    }
    guard errno == 0 else { throw Self.unreadable(path) }
    self.files = files.sorted(by: Self.areInOrder)
    self.folders = folders.sorted(by: Self.areInOrder)
  }

  /// The order of the bytes: Swift's own takes `é` for one character however it is written, and puts it elsewhere.
  static func areInOrder(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> String? {
    withUnsafeBytes(of: &entry.pointee.d_name) { String(validating: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func isFolder(_ entry: UnsafeMutablePointer<dirent>, in directory: OpaquePointer) -> Bool {
    switch Int(entry.pointee.d_type) {
    case Int(DT_DIR): return true
    case Int(DT_LNK), Int(DT_UNKNOWN):
      var status = stat()
      let code = withUnsafeBytes(of: &entry.pointee.d_name) { name in
        name.baseAddress.map { fstatat(dirfd(directory), $0.assumingMemoryBound(to: CChar.self), &status, 0) } ?? -1
      }
      return code == 0 && status.st_mode & S_IFMT == S_IFDIR
    default: return false
    }
  }

  private static func unreadable(_ path: String) -> ExchangeError {
    ExchangeError(kind: .missing, file: path, message: "the directory cannot be read: \(systemMessage(errno))")
  }
}
