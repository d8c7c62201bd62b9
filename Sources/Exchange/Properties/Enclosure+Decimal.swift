extension Enclosure {
  /// Reads a decimal: digits with or without a point, an exponent or a sign. Nil for anything else, infinities and NaN
  /// included.
  ///
  /// A decimal that no Double equals is enclosed by the two Doubles beside it.
  init?(decimal text: String) {
    guard let decimal = Decimal(text), let nearest = Double(text) else { return nil }
    let magnitude = nearest.magnitude
    let ends: (lower: Double, upper: Double) =
      switch decimal.relation(to: magnitude) {
      case .equal: (magnitude, magnitude)
      case .above: (magnitude, magnitude.nextUp)
      case .below: (magnitude.nextDown, magnitude)
      }
    self =
      decimal.isNegative
      ? Enclosure(lower: -ends.upper, upper: -ends.lower, nearest: nearest)
      : Enclosure(lower: ends.lower, upper: ends.upper, nearest: nearest)
  }
}

/// A decimal as it was written: a whole number times a power of ten.
private struct Decimal {
  let isNegative: Bool
  let digits: WholeNumber
  let exponent: Int

  enum Relation { case below, equal, above }

  /// No number in use has an exponent of more digits; longer ones would overflow.
  private static let exponentDigits = 6

  init?(_ text: String) {
    var rest = Substring(text)
    isNegative = rest.first == "-"
    if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
    let whole = Self.takeDigits(&rest)
    var fraction = Substring()
    if rest.first == "." {
      rest.removeFirst()
      fraction = Self.takeDigits(&rest)
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    var power = 0
    if rest.first == "e" || rest.first == "E" {
      rest.removeFirst()
      let isDown = rest.first == "-"
      if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
      let written = Self.takeDigits(&rest)
      guard !written.isEmpty, written.count <= Self.exponentDigits, let value = Int(written) else { return nil }
      power = isDown ? -value : value
    }
    guard rest.isEmpty else { return nil }
    digits = WholeNumber(digits: whole + fraction)
    exponent = power - fraction.count
  }

  private static func takeDigits(_ text: inout Substring) -> Substring {
    let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
    text = text.dropFirst(digits.count)
    return digits
  }

  /// How the magnitude compares with the Double nearest to it, in exact arithmetic.
  func relation(to nearest: Double) -> Relation {
    if digits.isZero { return .equal }
    if nearest == 0 { return .above }
    guard nearest.isFinite else { return .below }
    // decimal = digits · 10^exponent, nearest = significand · 2^power: multiplied until both are whole.
    var decimal = digits
    var double = WholeNumber(UInt64(nearest.significandBitPattern) | (nearest.isNormal ? 1 << 52 : 0))
    let power = (nearest.isNormal ? Int(nearest.exponent) : -1022) - 52
    if exponent >= 0 { decimal.multiply(by: 10, exponent) } else { double.multiply(by: 10, -exponent) }
    if power >= 0 { double.multiply(by: 2, power) } else { decimal.multiply(by: 2, -power) }
    return decimal == double ? .equal : (decimal < double ? .below : .above)
  }
}

/// A whole number of any size, in words of 32 bits, the lowest first, the last not 0.
private struct WholeNumber: Comparable {
  private var words: [UInt32] = []

  var isZero: Bool { words.isEmpty }

  init(_ value: UInt64) {
    words = [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
    while words.last == 0 { words.removeLast() }
  }

  init(digits: Substring) {
    var rest = digits.utf8[...]
    while !rest.isEmpty {
      let group = rest.prefix(9)
      let factor = group.reduce(UInt32(1)) { product, _ in product * 10 }
      multiply(by: factor, adding: group.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) })
      rest = rest.dropFirst(9)
    }
  }

  /// Multiplies by a power of a base, some factors at once.
  mutating func multiply(by base: UInt32, _ exponent: Int) {
    let stride = base == 2 ? 31 : 9
    let factor = (0..<stride).reduce(UInt32(1)) { product, _ in product * base }
    for _ in 0..<exponent / stride { multiply(by: factor, adding: 0) }
    for _ in 0..<exponent % stride { multiply(by: base, adding: 0) }
  }

  private mutating func multiply(by factor: UInt32, adding addend: UInt32) {
    var carry = UInt64(addend)
    for index in words.indices {
      let product = UInt64(words[index]) * UInt64(factor) + carry
      words[index] = UInt32(truncatingIfNeeded: product)
      carry = product >> 32
    }
    if carry > 0 { words.append(UInt32(carry)) }
  }

  static func < (first: WholeNumber, second: WholeNumber) -> Bool {
    guard first.words.count == second.words.count else { return first.words.count < second.words.count }
    return zip(first.words.reversed(), second.words.reversed()).first { $0 != $1 }.map { $0 < $1 } ?? false
  }
}
