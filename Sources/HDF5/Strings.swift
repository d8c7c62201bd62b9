import CHDF5
import Glibc

/// How strings are laid out in a file.
public enum StringLayout: Hashable, Sendable {
  /// Each of its own length, as h5py and Keras write them.
  case variable
  /// All of the length of the longest, filled up with NUL bytes.
  case fixed
}

/// A read of stored text.
struct StringReading: ~Copyable {
  private let type: OwnedIdentifier
  private let fixedBytes: Int?
  private let padding: H5T_str_t
  private let location: Location

  /// Refuses what is not text. Call inside the lock.
  init(of stored: borrowing OwnedIdentifier, at location: Location) throws(HDF5Error) {
    let elementType = ElementType(describing: stored.id)
    guard case .string(let bytes) = elementType else { throw location.error("expected strings, found \(elementType)") }
    // The type in memory is that in the file: the bytes come as they are, whatever character set they claim.
    let type = try location.own(H5Tcopy(stored.id), H5Tclose)
    padding = H5Tget_strpad(type.id)
    fixedBytes = bytes
    self.type = type
    self.location = location
  }

  var bytesPerElement: Int { fixedBytes ?? MemoryLayout<UnsafeMutablePointer<CChar>>.stride }

  /// Strings may all refer to one long one, so their number says nothing about the memory they take. One alone is no
  /// longer than the file (and the library's own count of it is wrong in a scalar data space).
  func checkVariableSize(of object: OpenObject, _ space: borrowing OwnedIdentifier, count: Int) throws(HDF5Error) {
    guard fixedBytes == nil, count > 1 else { return }
    var bytes: hsize_t = 0
    try location.check(H5Dvlen_get_buf_size(object.handle.id, type.id, space.id, &bytes))
    guard bytes <= object.file.limits.bytes else {
      throw location.error("expected at most \(object.file.limits.bytes) bytes of text, found \(bytes)")
    }
  }

  /// The strings, where `count` is not 0. Call inside the lock.
  func strings(
    count: Int, space: borrowing OwnedIdentifier, _ transfer: (hid_t, UnsafeMutableRawPointer) -> herr_t
  ) throws(HDF5Error) -> [String] {
    guard let fixedBytes else { return try variable(count: count, space: space, transfer) }
    let bytes = try array(of: UInt8.self, count: count * fixedBytes) { (destination) throws(HDF5Error) in
      try location.check(transfer(type.id, destination))
    }
    return (0..<count).map { decode(bytes[$0 * fixedBytes..<($0 + 1) * fixedBytes]) }
  }

  private func variable(
    count: Int, space: borrowing OwnedIdentifier, _ transfer: (hid_t, UnsafeMutableRawPointer) -> herr_t
  ) throws(HDF5Error) -> [String] {
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    // After a failure the state of the elements is unknown, so their memory cannot be freed.
    try location.check(pointers.withUnsafeMutableBytes { $0.baseAddress.map { transfer(type.id, $0) } ?? 0 })
    let strings = pointers.map { $0.map { String(cString: $0) } ?? "" }
    _ = pointers.withUnsafeMutableBytes { chdf5_reclaim(type.id, space.id, $0.baseAddress) }
    return strings
  }

  private func decode(_ bytes: ArraySlice<UInt8>) -> String {
    switch padding {
    case H5T_STR_NULLTERM:
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    default:
      let filler = padding == H5T_STR_SPACEPAD ? UInt8(ascii: " ") : 0
      let end = bytes.lastIndex { $0 != filler && $0 != 0 }.map { $0 + 1 } ?? bytes.startIndex
      return String(decoding: bytes[..<end], as: UTF8.self)
    }
  }
}

/// Strings to be written: the type to store them as, and the bytes or pointers that the library takes.
struct StringWriting: ~Copyable {
  let type: OwnedIdentifier
  private let strings: [String]
  private let bytesEach: Int?

  /// Call inside the lock.
  init(_ strings: [String], _ layout: StringLayout, at location: Location) throws(HDF5Error) {
    guard !strings.contains(where: { $0.utf8.contains(0) }) else {
      throw location.error("a string with a NUL byte cannot be stored")
    }
    let type = try location.own(H5Tcopy(chdf5_c_string()), H5Tclose)
    // The library has no strings of size 0.
    let bytesEach = layout == .fixed ? max(strings.map(\.utf8.count).max() ?? 0, 1) : nil
    try location.check(H5Tset_size(type.id, bytesEach ?? chdf5_variable_size()))
    try location.check(H5Tset_cset(type.id, H5T_CSET_UTF8))
    try location.check(H5Tset_strpad(type.id, bytesEach == nil ? H5T_STR_NULLTERM : H5T_STR_NULLPAD))
    self.type = type
    self.strings = strings
    self.bytesEach = bytesEach
  }

  func withElements(_ write: (UnsafeRawPointer) -> herr_t) -> herr_t {
    guard let bytesEach else {
      var pointers = strings.map { strdup($0) }
      defer { for pointer in pointers { free(pointer) } }
      return pointers.withUnsafeMutableBytes { $0.baseAddress.map { write($0) } ?? 0 }
    }
    var bytes: [UInt8] = []
    for string in strings {
      bytes += string.utf8
      bytes += repeatElement(0, count: bytesEach - string.utf8.count)
    }
    return bytes.withUnsafeBytes { $0.baseAddress.map { write($0) } ?? 0 }
  }
}
