internal import Exchange

/// How the classes of a dataset are called.
struct ClassNames {
  private let names: [String]?

  init(_ data: DatasetProperties) { names = data.classNames }

  /// The name of a class, or else its number.
  subscript(label: Int) -> String { name(label) ?? "\(label)" }

  /// The name as far as a folder can have it; numbers sort as they count.
  func folder(_ label: Int) -> String {
    guard let name = name(label) else {
      let digits = String(label)
      return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }
    return name.isEmpty ? "class_\(label)" : String(name.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "_" })
  }

  private func name(_ label: Int) -> String? {
    guard let names, names.indices.contains(label) else { return nil }
    return names[label]
  }
}
