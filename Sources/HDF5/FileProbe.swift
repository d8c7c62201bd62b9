import Glibc

/// A look at a file's first bytes before the library sees it, to tell the ways of not being HDF5 apart.
struct FileProbe {
  let path: String

  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The size of the file, if it can be read, is a regular file and carries the signature of HDF5.
  func checkFile() throws(HDF5Error) -> Int {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw error(.missing, "no file has such a path") }
    // Non-blocking, so that a named pipe is refused below and not waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      throw error(code == ENOENT || code == ENOTDIR ? .missing : .unreadable, describe(errno: code))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw error(.unreadable, describe(errno: errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw error(.unreadable, status.st_mode & S_IFMT == S_IFDIR ? "is a directory" : "is not a regular file")
    }
    let size = Int(status.st_size)
    try checkSignature(size: size) { offset, count in
      var bytes = [UInt8](repeating: 0, count: count)
      let read = pread(descriptor, &bytes, count, off_t(offset))
      return Array(bytes.prefix(max(read, 0)))
    }
    return size
  }

  /// The same for a file held in memory.
  func checkImage(_ image: [UInt8]) throws(HDF5Error) {
    try checkSignature(size: image.count) { offset, count in Array(image.dropFirst(offset).prefix(count)) }
  }

  /// The signature stands at the start, or after a user block of 512, 1024, 2048, … bytes.
  private func checkSignature(size: Int, read: (Int, Int) -> [UInt8]) throws(HDF5Error) {
    let start = read(0, 32)
    guard !start.isEmpty else { throw error(.truncated, "the file is empty") }
    if start.count < 8, Self.signature.starts(with: start) {
      throw error(.truncated, "the file ends after \(start.count) bytes")
    }
    var offset = 0
    while offset <= size - Self.signature.count {
      if read(offset, Self.signature.count) == Self.signature { return }
      offset = offset == 0 ? 512 : offset * 2
    }
    throw error(.notHDF5, Self.guess(start))
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

  private func error(_ reason: HDF5Error.Reason, _ message: String) -> HDF5Error {
    HDF5Error(reason: reason, file: path, object: nil, message: message)
  }
}

/// The system's text for an error number.
func describe(errno code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  _ = strerror_r(code, &buffer, buffer.count)
  return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
