/// Coefficients of several linear functions of one node's scalars: a row-major matrix with one function in each row.
package struct Rows: Sendable {
  /// The number of functions.
  package let count: Int
  /// The number of scalars.
  package let width: Int
  /// The coefficients.
  package private(set) var scalars: [Double]

  /// Rows of zeros.
  init(count: Int, width: Int) {
    self.init(count: count, width: width, scalars: [Double](repeating: 0, count: count * width))
  }

  /// Rows of given coefficients.
  package init(count: Int, width: Int, scalars: [Double]) {
    precondition(scalars.count == count * width, "\(scalars.count) coefficients for \(count) rows of \(width)")
    self.count = count
    self.width = width
    self.scalars = scalars
  }

  /// Rows that `body` fills completely.
  init(count: Int, width: Int, filledBy body: (UnsafeMutableBufferPointer<Double>) throws -> Void) rethrows {
    self.count = count
    self.width = width
    scalars = try [Double](unsafeUninitializedCapacity: count * width) { buffer, initialized in
      let whole = UnsafeMutableBufferPointer(rebasing: buffer[0..<count * width])
      try body(whole)
      initialized = count * width
    }
  }

  /// Unit rows: the scalars at the indices themselves.
  init(unitsAt indices: [Int], width: Int) {
    self.init(count: indices.count, width: width)
    for (row, index) in indices.enumerated() { scalars[row * width + index] = 1 }
  }

  func withUnsafeScalars<R>(_ body: (UnsafeBufferPointer<Double>) throws -> R) rethrows -> R {
    try scalars.withUnsafeBufferPointer(body)
  }

  mutating func withUnsafeMutableScalars<R>(_ body: (UnsafeMutableBufferPointer<Double>) throws -> R) rethrows -> R {
    try scalars.withUnsafeMutableBufferPointer { try body($0) }
  }

  /// Calls `body` with each row.
  func forEachRow(_ body: (_ row: Int, UnsafeBufferPointer<Double>) throws -> Void) rethrows {
    try withUnsafeScalars { scalars in
      for row in 0..<count {
        try body(row, UnsafeBufferPointer(rebasing: scalars[row * width..<(row + 1) * width]))
      }
    }
  }

  /// Calls `body` with each row, to be changed in place.
  mutating func forEachMutableRow(
    _ body: (_ row: Int, UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows {
    let (count, width) = (count, width)
    try withUnsafeMutableScalars { scalars in
      for row in 0..<count {
        try body(row, UnsafeMutableBufferPointer(rebasing: scalars[row * width..<(row + 1) * width]))
      }
    }
  }

  /// The rows of a range.
  func rows(_ range: Range<Int>) -> Rows {
    Rows(
      count: range.count, width: width, scalars: Array(scalars[range.lowerBound * width..<range.upperBound * width]))
  }

  /// These rows and then their negatives.
  func withNegatives() -> Rows {
    Rows(count: 2 * count, width: width, scalars: scalars + scalars.map { -$0 })
  }

  /// Copies one row of others of the same width.
  mutating func copy(row: Int, of other: Rows, to place: Int) {
    scalars.replaceSubrange(
      place * width..<(place + 1) * width, with: other.scalars[row * width..<(row + 1) * width])
  }

  /// Adds other rows of the same size.
  mutating func add(_ other: Rows) {
    precondition(other.count == count && other.width == width, "rows of another size")
    withUnsafeMutableScalars { scalars in
      other.withUnsafeScalars { for place in scalars.indices { scalars[place] += $0[place] } }
    }
  }
}
