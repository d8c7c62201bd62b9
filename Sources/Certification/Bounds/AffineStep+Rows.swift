internal import Networks

extension AffineStep {
  /// `Σ W x` over the inputs, row by row, without the constants; with the sizes of the factors where `isAbsolute`.
  ///
  /// - Parameters:
  ///   - inputs: Rows of each input. An input may have fewer of them than another: those that it lacks are zeros.
  ///   - width: The number of scalars of the output.
  ///   - isAbsolute: Whether |W| is meant.
  /// - Returns: As many rows as the input with the most of them has.
  func products(_ inputs: [Rows], width: Int, isAbsolute: Bool = false) -> Rows {
    var sum: Rows?
    for (kernel, input) in zip(kernels, inputs) {
      let product = kernel.map { $0.products(input, width: width, isAbsolute: isAbsolute) } ?? input
      sum = sum.map { $0.adding(product) } ?? product
    }
    return sum ?? Rows(count: 0, width: width)
  }

  /// The same, with the rows shared out among threads; no row depends on the others.
  func products(
    _ inputs: [Rows], width: Int, isAbsolute: Bool = false, size: Int, workers: Workers
  ) throws -> Rows {
    let parts = shardRanges(count: inputs.map(\.count).max() ?? 0, size: size)
    guard parts.count > 1, workers.count > 1 else { return products(inputs, width: width, isAbsolute: isAbsolute) }
    let found = try workers.map(parts.count) { part in
      products(inputs.map { $0.rows(parts[part].clamped(to: 0..<$0.count)) }, width: width, isAbsolute: isAbsolute)
    }
    return Rows(joining: found, width: width)
  }

  /// The sizes of what the operation adds up, where `sizes` are those of its inputs' scalars.
  func sizes(_ sizes: [[Double]], width: Int) -> [Double] {
    let rows = sizes.map { Rows(count: 1, width: $0.count, scalars: $0) }
    var result = products(rows, width: width, isAbsolute: true).scalars
    for (place, constant) in (constants ?? []).enumerated() { result[place] += abs(constant) }
    return result
  }

  /// A bound on what rounding does to functions that pass through the operation, with room for sums around it.
  ///
  /// - Parameters:
  ///   - sizes: For each scalar of the output the sum of the sizes of all that is added up in it.
  ///   - rounding: The network's.
  /// - Returns: The bound for each scalar of the output.
  func slack(_ sizes: [Double], _ rounding: Rounding) -> [Double] {
    let share = 4 * (rounding.gamma + relativeError) + networkError * (1 + 0x1p-30)
    return sizes.indices.map { share * sizes[$0] + 2 * (constantErrors?[$0] ?? 0) + underflow }
  }
}

extension LinearKernel {
  fileprivate func products(_ input: Rows, width: Int, isAbsolute: Bool) -> Rows {
    Rows(count: input.count, width: width) { outputs in
      input.withUnsafeScalars {
        if isAbsolute {
          applyAbsolute(to: $0, rows: input.count, into: outputs)
        } else {
          apply(to: $0, rows: input.count, into: outputs)
        }
      }
    }
  }
}

extension Rows {
  /// Parts one after the other.
  init(joining parts: [Rows], width: Int) {
    var scalars: [Double] = []
    scalars.reserveCapacity(parts.reduce(0) { $0 + $1.scalars.count })
    for part in parts { scalars += part.scalars }
    self.init(count: scalars.count / max(width, 1), width: width, scalars: scalars)
  }

  /// The sum with other rows; the rows that one of the two lacks are zeros.
  fileprivate func adding(_ other: Rows) -> Rows {
    var (sum, addend) = other.count > count ? (other, self) : (self, other)
    sum.withUnsafeMutableScalars { sum in
      addend.withUnsafeScalars { addend in
        for place in addend.indices { sum[place] += addend[place] }
      }
    }
    return sum
  }

  /// One row.
  func row(_ index: Int) -> [Double] { Array(scalars[index * width..<(index + 1) * width]) }

  /// Adds numbers to one row.
  mutating func add(_ numbers: [Double], toRow row: Int) {
    let start = row * width
    withUnsafeMutableScalars { scalars in
      for (place, number) in numbers.enumerated() { scalars[start + place] += number }
    }
  }

  /// Sets one number.
  mutating func set(_ number: Double, row: Int, column: Int) {
    let place = row * width + column
    withUnsafeMutableScalars { $0[place] = number }
  }

  /// Adds the factors' products with the first rows, those of an input.
  mutating func add(_ terms: SlopedSources, of input: Rows) {
    let (width, count) = (input.width, input.count)
    forEachMutableRow { row, sums in
      guard row < count else { return }
      input.withUnsafeScalars { input in
        for place in sums.indices {
          sums[place] += terms.slopes[place] * input[row * width + terms.source(of: place)]
        }
      }
    }
  }
}
