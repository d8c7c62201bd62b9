import Glibc

/// Checks a file's first bytes before the library opens it, so that errors can say what the file is if not HDF5.
struct FileProbe {
  let path: String
  /// The bytes of the file.
  let size: Int
  /// Whether its superblock says that a program has it open for writing. The mark stays when that program crashes.
  private(set) var isMarkedOpen = false

  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
  /// A superblock of this version or a later one: the signature, the version, the sizes of offsets and lengths, flags.
  private static let (versionOffset, flagsOffset, firstVersionWithFlags) = (8, 11, UInt8(3))
  /// Open for writing; open for one writer and many readers.
  private static let openFlags: UInt8 = 0x01 | 0x04

  /// Looks at a file, which must be a readable regular one with the signature of HDF5.
  init(file path: String) throws(HDF5Error) {
    self.path = path
    guard !path.isEmpty, !path.utf8.contains(0) else { throw Self.error(path, .missing, "no file has such a path") }
    // Non-blocking, so that a named pipe is refused below and not waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      throw Self.error(path, code == ENOENT || code == ENOTDIR ? .missing : .unreadable, describe(errno: code))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.error(path, .unreadable, describe(errno: errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      throw Self.error(path, .unreadable, isDirectory ? "is a directory" : "is not a regular file")
    }
    size = Int(status.st_size)
    try checkSuperblock { offset, count in
      var bytes = [UInt8](repeating: 0, count: count)
      let read = pread(descriptor, &bytes, count, off_t(offset))
      return Array(bytes.prefix(max(read, 0)))
    }
  }

  /// The same for a file held in memory.
  init(image: [UInt8], name: String) throws(HDF5Error) {
    (path, size) = (name, image.count)
    try checkSuperblock { offset, count in Array(image.dropFirst(offset).prefix(count)) }
  }

  /// The signature stands at the start, or after a user block of 512, 1024, 2048, … bytes.
  private mutating func checkSuperblock(read: (Int, Int) -> [UInt8]) throws(HDF5Error) {
    let start = read(0, 32)
    guard !start.isEmpty else { throw Self.error(path, .truncated, "the file is empty") }
    if start.count < 8, Self.signature.starts(with: start) {
      throw Self.error(path, .truncated, "the file ends after \(start.count) bytes")
    }
    var offset = 0
    while offset <= size - Self.signature.count {
      let superblock = read(offset, Self.flagsOffset + 1)
      if superblock.starts(with: Self.signature) {
        isMarkedOpen =
          superblock.count > Self.flagsOffset && superblock[Self.versionOffset] >= Self.firstVersionWithFlags
          && superblock[Self.flagsOffset] & Self.openFlags != 0
        return
      }
      offset = offset == 0 ? 512 : offset * 2
    }
    throw Self.error(path, .notHDF5, Self.guess(start))
  }

  private static func guess(_ start: [UInt8]) -> String {
    if start.starts(with: Array("version https://git-lfs".utf8)) {
      return "expected an HDF5 file, found a Git LFS pointer; fetch the file itself with `git lfs pull`"
    }
    if start.starts(with: [0x50, 0x4B, 3, 4]) { return "expected an HDF5 file, found a zip archive" }
    if start.starts(with: [0x1F, 0x8B]) { return "expected an HDF5 file, found gzip data" }
    if start.starts(with: [0x93] + Array("NUMPY".utf8)) { return "expected an HDF5 file, found a NumPy array" }
    return "expected an HDF5 file, found no HDF5 signature"
  }

  private static func error(_ path: String, _ reason: HDF5Error.Reason, _ message: String) -> HDF5Error {
    HDF5Error(reason: reason, file: path, object: nil, message: message)
  }
}

/// The system's text for an error number.
func describe(errno code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  _ = strerror_r(code, &buffer, buffer.count)
  return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
