import CHDF5
import Glibc

/// The owner of the library's file identifier. Groups and datasets keep it alive; closing it early makes their
/// identifiers invalid, which the library then reports. Sendable because the identifier is used under the library's lock.
final class OpenFile: @unchecked Sendable {
  let path: String
  let limits: Limits
  /// The bytes of the file, where it is only read.
  let size: Int?
  private var identifier: hid_t

  private init(path: String, limits: Limits, size: Int?, identifier: hid_t) {
    self.path = path
    self.limits = limits
    self.size = size
    self.identifier = identifier
  }

  deinit {
    Library.withLock {
      if identifier >= 0 { H5Fclose(identifier) }
    }
  }

  /// The library's identifier; negative once closed. Use inside the lock.
  var id: hid_t { identifier }

  func location(_ object: String? = nil) -> Location {
    Location(file: path, object: object, writing: size == nil)
  }

  /// Writes everything out and closes the file, also to what still refers to it.
  func close() throws(HDF5Error) {
    try Library.locked { () throws(HDF5Error) in
      guard identifier >= 0 else { return }
      let id = identifier
      identifier = -1
      let flushed = size == nil ? H5Fflush(id, H5F_SCOPE_GLOBAL) : 0
      let failure = flushed < 0 ? location().error(ErrorStack.message()) : nil
      let closed = H5Fclose(id)
      if let failure { throw failure }
      try location().check(closed)
    }
  }
}

extension OpenFile {
  /// Opens a file for reading. A lock that another program holds for a moment is waited for; a file system without locks
  /// is read without.
  static func reading(_ path: String, limits: Limits) throws(HDF5Error) -> OpenFile {
    let size = try FileProbe(path: path).checkFile()
    for _ in 0..<5 {
      do throws(HDF5Error) {
        return try open(path, limits: limits, size: size, locking: true)
      } catch {
        guard error.message.contains("unable to lock file") else { throw error }
        guard error.message.contains("errno = \(EAGAIN),") else {
          return try open(path, limits: limits, size: size, locking: false)
        }
        usleep(100_000)
      }
    }
    return try open(path, limits: limits, size: size, locking: true)
  }

  private static func open(_ path: String, limits: Limits, size: Int, locking: Bool) throws(HDF5Error) -> OpenFile {
    let location = Location(file: path)
    return try Library.locked { () throws(HDF5Error) -> OpenFile in
      let access = try fileAccess(location, locking: locking)
      let id = H5Fopen(path, chdf5_read_only(), access.id)
      guard id >= 0 else { throw openingFailure(path, ErrorStack.message()) }
      return OpenFile(path: path, limits: limits, size: size, identifier: id)
    }
  }

  /// Opens a file held in memory.
  static func image(_ bytes: [UInt8], name: String, limits: Limits) throws(HDF5Error) -> OpenFile {
    try FileProbe(path: name).checkImage(bytes)
    let location = Location(file: name)
    return try Library.locked { () throws(HDF5Error) -> OpenFile in
      let access = try fileAccess(location, locking: false)
      try location.check(H5Pset_fapl_core(access.id, 1 << 16, false))
      // The library only copies the bytes, though its signature does not say so.
      let status = bytes.withUnsafeBytes {
        H5Pset_file_image(access.id, UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
      }
      try location.check(status)
      // Images are told apart by name alone, and the name must not be that of a file.
      let id = H5Fopen("\(name) in memory \(access.id)", chdf5_read_only(), access.id)
      guard id >= 0 else { throw openingFailure(name, ErrorStack.message()) }
      return OpenFile(path: name, limits: limits, size: bytes.count, identifier: id)
    }
  }

  /// Creates a file, or empties it. Errors name `target`, which the file is to become.
  static func creating(_ path: String, target: String) throws(HDF5Error) -> OpenFile {
    let location = Location(file: target, writing: true)
    return try Library.locked { () throws(HDF5Error) -> OpenFile in
      let access = try fileAccess(location, locking: false)
      try location.check(H5Pset_libver_bounds(access.id, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18))
      let id = try location.check(H5Fcreate(path, chdf5_truncate(), hid_t(H5P_DEFAULT), access.id))
      return OpenFile(path: target, limits: Limits(), size: nil, identifier: id)
    }
  }

  private static func fileAccess(_ location: Location, locking: Bool) throws(HDF5Error) -> Handle {
    let access = try location.own(H5Pcreate(chdf5_file_access_class()), H5Pclose)
    try location.check(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG))
    try location.check(H5Pset_file_locking(access.id, locking, true))
    return access
  }

  /// Sorts the library's refusals to open a file that carries the signature.
  private static func openingFailure(_ path: String, _ message: String) -> HDF5Error {
    let (reason, text): (HDF5Error.Reason, String) =
      if message.contains("truncated file") {
        (.truncated, message)
      } else if message.contains("unable to lock file") {
        (.unreadable, "\(message); another program may be writing it, or set HDF5_USE_FILE_LOCKING=FALSE")
      } else if message.contains("already open for") || message.contains("consistency flags") {
        (.content, "\(message); it was not closed properly: run `h5clear -s` on it if nothing is writing it")
      } else {
        (.content, message)
      }
    return HDF5Error(reason: reason, file: path, object: nil, message: text)
  }
}
