internal import Exchange

/// How the classes of a dataset are called.
struct ClassNames {
  private let names: [String]?

  init(_ data: DatasetProperties) { self.init(data.classNames) }

  /// `nil` where they have none.
  init(_ names: [String]?) { self.names = names }

  /// The name of a class, or else its number.
  subscript(label: Int) -> String { name(label) ?? "\(label)" }

  /// The name as far as a folder can have it; numbers sort as they count.
  func folder(_ label: Int) -> String {
    guard let name = name(label) else { return padded(label, to: 3) }
    return name.isEmpty ? "class_\(label)" : fileName(name)
  }

  private func name(_ label: Int) -> String? {
    guard let names, names.indices.contains(label) else { return nil }
    return names[label]
  }
}

/// A name as far as a file can have it.
func fileName(_ name: String) -> String {
  String(name.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "_" })
}

/// A number with zeros before it, so that names sort as numbers count.
func padded(_ number: Int, to digitCount: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, digitCount - digits.count)) + digits
}
