internal import Arguments

/// An amount of memory, such as `500MB` or `4GB`.
struct MemorySize: ArgumentValue {
  let bytes: Int
  let argumentText: String

  /// Enough for MNIST and CIFAR-10.
  static let standard = MemorySize(bytes: 1_000_000_000, argumentText: "1GB")

  private static let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]

  private init(bytes: Int, argumentText: String) { (self.bytes, self.argumentText) = (bytes, argumentText) }

  init(argument: String) throws {
    let expectation = InvalidValue(description: "expected a size such as 500MB or 4GB")
    let word = argument.uppercased()
    guard let (name, unit) = Self.units.first(where: { word.hasSuffix($0.0.uppercased()) }),
      let number = Double(word.dropLast(name.count)), (1...1e15).contains(number * unit)
    else { throw expectation }
    bytes = Int(number * unit)
    argumentText = "\(word.dropLast(name.count))\(name)"
  }
}
