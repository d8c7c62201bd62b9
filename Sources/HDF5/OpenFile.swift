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
      let failure = flushed < 0 ? location().error(ErrorStack().message) : nil
      let closed = H5Fclose(id)
      if let failure { throw failure }
      try location().check(closed)
    }
  }
}

extension OpenFile {
  /// Opens a file for reading. Waits for a lock that another program holds for a moment; on a file system without locks
  /// the file is read without.
  static func reading(_ path: String, limits: Limits) throws(HDF5Error) -> OpenFile {
    let probe = try FileProbe(file: path)
    for _ in 0..<5 {
      guard case .opened(let file) = try open(probe, limits: limits, locking: true) else {
        switch LockState(of: path) {
        case .free: continue
        case .taken: usleep(100_000)
        case .unsupported: return try opened(probe, limits: limits, locking: false)
        }
        continue
      }
      return file
    }
    return try opened(probe, limits: limits, locking: true)
  }

  /// How an attempt to open a file ended.
  private enum Attempt {
    case opened(OpenFile)
    case cannotLock(HDF5Error)
  }

  private static func opened(_ probe: FileProbe, limits: Limits, locking: Bool) throws(HDF5Error) -> OpenFile {
    switch try open(probe, limits: limits, locking: locking) {
    case .opened(let file): return file
    case .cannotLock(let error): throw error
    }
  }

  private static func open(_ probe: FileProbe, limits: Limits, locking: Bool) throws(HDF5Error) -> Attempt {
    let location = Location(file: probe.path)
    return try Library.locked { () throws(HDF5Error) -> Attempt in
      let access = try fileAccess(location, locking: locking)
      let id = H5Fopen(probe.path, chdf5_read_only(), access.id)
      guard id < 0 else {
        return .opened(OpenFile(path: probe.path, limits: limits, size: probe.size, identifier: id))
      }
      let stack = ErrorStack()
      let error = openingFailure(probe, stack)
      guard stack.isLocking else { throw error }
      return .cannotLock(error)
    }
  }

  /// Opens a file held in memory.
  static func image(_ bytes: [UInt8], name: String, limits: Limits) throws(HDF5Error) -> OpenFile {
    let probe = try FileProbe(image: bytes, name: name)
    let location = Location(file: name)
    return try Library.locked { () throws(HDF5Error) -> OpenFile in
      let access = try fileAccess(location, locking: false)
      try location.check(H5Pset_fapl_core(access.id, 1 << 16, false))
      // The library only copies the bytes, though its signature does not say so.
      let status = bytes.withUnsafeBytes {
        H5Pset_file_image(access.id, UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
      }
      try location.check(status)
      // The library distinguishes images by name alone, and the name must not be that of a file.
      let id = H5Fopen("\(name) in memory \(access.id)", chdf5_read_only(), access.id)
      guard id >= 0 else { throw openingFailure(probe, ErrorStack()) }
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

  private static func fileAccess(_ location: Location, locking: Bool) throws(HDF5Error) -> OwnedIdentifier {
    let access = try location.own(H5Pcreate(chdf5_file_access_class()), H5Pclose)
    try location.check(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG))
    try location.check(H5Pset_file_locking(access.id, locking, true))
    return access
  }

  /// Classifies the library's errors on opening a file with the signature: by their numbers, and where one number has
  /// many causes, by the content of the file.
  private static func openingFailure(_ probe: FileProbe, _ stack: ErrorStack) -> HDF5Error {
    let (reason, remedy): (HDF5Error.Reason, String) =
      if stack.isTruncation {
        (.truncated, "")
      } else if stack.isLocking {
        (.unreadable, "; another program may be writing it, or set HDF5_USE_FILE_LOCKING=FALSE")
      } else if probe.isMarkedOpen {
        (.content, "; it was not closed properly: run `h5clear -s` on it if nothing is writing it")
      } else {
        (.content, "")
      }
    return HDF5Error(reason: reason, file: probe.path, object: nil, message: stack.message + remedy)
  }
}

/// Whether a file could be locked for reading, asked of the system: the library's own answer is a text.
private enum LockState {
  case free
  case taken
  case unsupported

  init(of path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      self = .taken
      return
    }
    // Closing it releases the lock.
    defer { close(descriptor) }
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
      self = .free
    } else {
      self = errno == EWOULDBLOCK || errno == EINTR ? .taken : .unsupported
    }
  }
}
