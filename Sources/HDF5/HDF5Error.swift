import CHDF5

/// What went wrong with an HDF5 file, where in it, and the library's explanation.
public struct HDF5Error: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure that a caller may want to distinguish.
  public enum Reason: Equatable, Sendable {
    /// There is no file at the path.
    case missing
    /// There is a file, but it cannot be opened: no permission, a directory, locked by another program.
    case unreadable
    /// The file holds something other than HDF5.
    case notHDF5
    /// The file begins as HDF5 and ends too early.
    case truncated
    /// The file is HDF5, but not what was asked for: an object is absent, of another type, damaged or beyond a limit.
    case content
    /// The file, or something in it, cannot be written.
    case cannotWrite
  }

  /// The kind of failure.
  public let reason: Reason
  /// The path of the file, or the name given to a file image.
  public let file: String
  /// The path of the group, dataset or attribute, where the failure concerns one.
  public let object: String?
  /// What was expected and what was found.
  public let message: String

  /// File, object and message in one line.
  public var description: String {
    object.map { "\(file): \($0): \(message)" } ?? "\(file): \(message)"
  }
}

/// Where an operation takes place; turns a failing status into an error that says so.
struct Location: Sendable {
  let file: String
  var object: String?
  var writing = false

  func error(_ message: String) -> HDF5Error {
    HDF5Error(reason: writing ? .cannotWrite : .content, file: file, object: object, message: message)
  }

  /// Returns `status`, or throws the library's explanation of a negative one. Must run before any other call of the
  /// library, which would replace that explanation.
  @discardableResult
  func check<Status: SignedInteger>(_ status: Status) throws(HDF5Error) -> Status {
    guard status >= 0 else { throw error(ErrorStack().message) }
    return status
  }

  /// Takes ownership of a new identifier, or throws the library's explanation of its absence.
  func own(_ id: hid_t, _ close: @escaping OwnedIdentifier.Close) throws(HDF5Error) -> OwnedIdentifier {
    try check(id)
    return OwnedIdentifier(id: id, close: close)
  }

  /// The same place for one of the object's attributes.
  func attribute(_ name: String) -> Location {
    Location(file: file, object: "\(object ?? "/")@\(name)", writing: writing)
  }
}

/// The library's record of what failed on this thread. Taken before any other call of the library, which replaces it.
struct ErrorStack {
  private var texts: [String] = []
  /// The library's numbers for the kinds of failure, which differ from run to run.
  private var kinds: Set<hid_t> = []

  /// Takes the record as it is now. Call inside the lock.
  init() {
    withUnsafeMutablePointer(to: &self) { context in
      let collect: H5E_walk2_t = { _, entry, context in
        let stack = context?.assumingMemoryBound(to: ErrorStack.self)
        guard let entry = entry?.pointee, let stack else { return 0 }
        stack.pointee.kinds.insert(entry.min_num)
        if let text = entry.desc { stack.pointee.texts.append(String(cString: text)) }
        return 0
      }
      _ = H5Ewalk2(hid_t(H5E_DEFAULT), H5E_WALK_DOWNWARD, collect, context)
    }
  }

  /// Whether a file ended before its content did.
  var isTruncation: Bool { kinds.contains(chdf5_error_truncated()) }
  /// Whether a file could not be locked.
  var isLocking: Bool { kinds.contains(chdf5_error_cannot_lock_file()) }

  /// What was being done, and in parentheses the deepest cause.
  var message: String {
    guard let outermost = texts.first, let innermost = texts.last else {
      return "the HDF5 library gives no explanation"
    }
    return texts.count == 1 ? outermost : "\(outermost) (\(innermost))"
  }
}
