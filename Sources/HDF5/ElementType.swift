import CHDF5

/// What the elements of a dataset or attribute are, as stored in the file and whatever their byte order.
public enum ElementType: Hashable, Sendable, CustomStringConvertible {
  /// A whole number of this precision.
  case integer(bits: Int, signed: Bool)
  /// A floating-point number of this width.
  case float(bits: Int)
  /// The upper half of a 32-bit floating-point number. HDF5 has no such type: Keras and h5py store it as opaque elements
  /// of two bytes without a tag, and nothing else is stored so.
  case bfloat16
  /// The two-valued enumeration FALSE, TRUE by which h5py stores truth values; read as 0 and 1.
  case boolean
  /// Text: of this many bytes, or of variable length where nil.
  case string(bytes: Int?)
  /// A type that is not read, by name.
  case other(String)

  /// The name in the manner of NumPy: `int64`, `uint8`, `float32`, `bool`, `string`, or the type's name in HDF5.
  public var description: String {
    switch self {
    case .integer(let bits, let signed): "\(signed ? "int" : "uint")\(bits)"
    case .float(let bits): "float\(bits)"
    case .bfloat16: "bfloat16"
    case .boolean: "bool"
    case .string(let bytes): bytes.map { "string of \($0) bytes" } ?? "string"
    case .other(let name): name
    }
  }

  /// Whether elements are numbers that need not be whole.
  public var isFloatingPoint: Bool {
    switch self {
    case .float, .bfloat16: true
    case .integer, .boolean, .string, .other: false
    }
  }

  /// Whether elements can be read as numbers.
  public var isNumeric: Bool {
    switch self {
    case .integer, .float, .bfloat16, .boolean: true
    case .string, .other: false
    }
  }
}

extension ElementType {
  /// Describes a type of the library. Call inside the lock.
  init(describing type: hid_t) {
    switch H5Tget_class(type) {
    case H5T_INTEGER:
      self = .integer(bits: H5Tget_precision(type), signed: H5Tget_sign(type) == H5T_SGN_2)
    case H5T_FLOAT:
      self = .float(bits: H5Tget_precision(type))
    case H5T_STRING:
      self = .string(bytes: H5Tis_variable_str(type) > 0 ? nil : H5Tget_size(type))
    case H5T_ENUM:
      self = ElementType(describingEnumeration: type)
    case H5T_OPAQUE: self = ElementType(describingOpaque: type)
    case H5T_COMPOUND: self = .other("compound of \(H5Tget_nmembers(type)) members")
    case H5T_VLEN: self = .other("variable-length sequence")
    case H5T_REFERENCE: self = .other("reference")
    case H5T_BITFIELD: self = .other("bitfield")
    case H5T_ARRAY: self = .other("array type")
    case H5T_TIME: self = .other("time")
    default: self = .other("type unknown to this version of the HDF5 library")
    }
  }

  private init(describingOpaque type: hid_t) {
    let size = H5Tget_size(type)
    let tag = H5Tget_tag(type)
    defer { H5free_memory(tag) }
    self = size == 2 && tag?.pointee == 0 ? .bfloat16 : .other("opaque of \(size) bytes")
  }

  private init(describingEnumeration type: hid_t) {
    let base = H5Tget_super(type)
    guard base >= 0 else {
      self = .other("damaged enumeration")
      return
    }
    let handle = OwnedIdentifier(id: base, close: H5Tclose)
    guard case .integer(let bits, let signed) = ElementType(describing: handle.id) else {
      self = .other("enumeration of something other than integers")
      return
    }
    let isBoolean =
      H5Tget_nmembers(type) == 2 && Self.memberName(type, 0) == "FALSE" && Self.memberName(type, 1) == "TRUE"
    self = isBoolean ? .boolean : .integer(bits: bits, signed: signed)
  }

  private static func memberName(_ type: hid_t, _ index: UInt32) -> String? {
    guard let name = H5Tget_member_name(type, index) else { return nil }
    defer { H5free_memory(name) }
    return String(cString: name)
  }

  /// The library's predefined type of such numbers in memory, or an invalid identifier.
  var memoryType: hid_t {
    switch self {
    case .integer(let bits, let signed): chdf5_native_integer(Int32(clamping: bits), signed ? 1 : 0)
    case .float(let bits): chdf5_native_float(Int32(clamping: bits))
    case .bfloat16, .boolean, .string, .other: -1
    }
  }

  /// The library's predefined type of such numbers in a file: always little-endian.
  var fileType: hid_t {
    switch self {
    case .integer(let bits, let signed): chdf5_little_endian_integer(Int32(clamping: bits), signed ? 1 : 0)
    case .float(let bits): chdf5_little_endian_float(Int32(clamping: bits))
    case .bfloat16, .boolean, .string, .other: -1
    }
  }
}
