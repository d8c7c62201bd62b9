import HDF5

/// The header of a NumPy array: `{'descr': '<f4', 'fortran_order': False, 'shape': (10, 3), }`.
struct NumPyHeader {
  /// A type of numbers, or of texts of at most so many characters of 32 bits.
  struct StoredType {
    let elementType: ElementType
    let bytes: Int
    let isBigEndian: Bool
  }

  /// The elements; nil where they are neither numbers nor texts.
  let type: StoredType?
  /// NumPy's name for the type; nil where the header is damaged.
  let description: String?
  /// The extents; nil where the header is damaged.
  let shape: [Int]?
  /// Whether the first axis varies fastest.
  let isFortran: Bool
  /// What is wrong with it.
  let complaint: String

  private static let mostCharacters = 1 << 24

  init(_ text: String) {
    description = Self.value(of: "descr", in: text).map { $0.filter { $0 != "'" && $0 != "\"" } }
    type = description.flatMap(Self.storedType)
    isFortran = Self.value(of: "fortran_order", in: text)?.hasPrefix("True") ?? false
    shape = Self.shape(text)
    complaint =
      if shape == nil || description == nil {
        "a damaged header"
      } else if type == nil {
        description?.hasSuffix("O") == true ? "Python objects in a pickle" : "elements \(description ?? "")"
      } else {
        "Fortran order: save numpy.ascontiguousarray(array)"
      }
  }

  /// The text after a key, up to the next comma outside parentheses.
  private static func value(of key: String, in text: String) -> String? {
    guard let range = text.firstRange(of: "'\(key)'") else { return nil }
    let rest = text[range.upperBound...].drop { $0 == " " || $0 == ":" }
    return String(rest.prefix { $0 != "," && $0 != "}" })
  }

  private static func shape(_ text: String) -> [Int]? {
    guard let key = text.firstRange(of: "'shape'"), let open = text[key.upperBound...].firstIndex(of: "("),
      let close = text[open...].firstIndex(of: ")")
    else { return nil }
    let extents = text[text.index(after: open)..<close].split(separator: ",").map { part in
      Int(part.filter { $0 != " " && $0 != "L" })
    }
    let known = extents.compactMap { $0 }.filter { $0 >= 0 }
    return known.count == extents.count && extents.count <= 32 ? known : nil
  }

  private static func storedType(_ description: String) -> StoredType? {
    guard let order = description.first, let kind = description.dropFirst().first, "<>|=".contains(order),
      let bytes = Int(description.dropFirst(2))
    else { return nil }
    let type: ElementType
    // Of a text it is the number of characters.
    if kind == "U" {
      guard (1...mostCharacters).contains(bytes) else { return nil }
      return StoredType(elementType: .string(bytes: nil), bytes: 4 * bytes, isBigEndian: order == ">")
    }
    switch (kind, bytes) {
    case ("b", 1): type = .boolean
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8): type = .integer(bits: 8 * bytes, signed: false)
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8): type = .integer(bits: 8 * bytes, signed: true)
    case ("f", 2), ("f", 4), ("f", 8): type = .float(bits: 8 * bytes)
    default: return nil
    }
    return StoredType(elementType: type, bytes: bytes, isBigEndian: order == ">")
  }
}
