internal import Networks

/// Functions of the image whose coefficients are columns: row j holds the coefficients of the image's scalar j for every
/// scalar of a node. Rows after those of the image belong to what is at most 1 in size: the constant 1, noise.
extension NetworkBounds {
  /// For each column the sum of the largest sizes of its terms.
  func sizes(ofColumns rows: Rows) -> [Double] {
    let magnitudes = nodes[0].magnitudes
    var sizes = [Double](repeating: 0, count: rows.width)
    rows.forEachRow { row, coefficients in
      let magnitude = row < magnitudes.count ? magnitudes[row] : 1
      for place in coefficients.indices { sizes[place] += abs(coefficients[place]) * magnitude }
    }
    return sizes
  }

  /// The least value of each column's function of the image, with a number added; −∞ for NaN. No rounding errors of what is
  /// added are accounted for.
  ///
  /// - Parameters:
  ///   - rows: The coefficients.
  ///   - sign: 1, or −1 for the functions' negatives.
  ///   - sums: What is added to each.
  ///   - workers: Threads over parts of the columns.
  /// - Returns: A bound for each column.
  /// - Throws: Nothing of its own.
  func leastValues(ofColumns rows: Rows, sign: Double = 1, added sums: [Double], workers: Workers) throws -> [Double] {
    let parts = shardRanges(count: rows.width, size: max(8, (1 << 17) / max(region.count, 1)))
    return try workers.map(parts.count) { part in
      let columns = rows.columns(parts[part], of: region.count, sign: sign)
      return region.leastValues(of: columns, added: Array(sums[parts[part]]), self)
    }.flatMap { $0 }
  }
}

extension Rows {
  /// Some columns of the first rows, times a sign, as rows.
  fileprivate func columns(_ range: Range<Int>, of count: Int, sign: Double) -> Rows {
    Rows(count: range.count, width: count) { result in
      withUnsafeScalars { scalars in
        for row in 0..<count {
          for (place, column) in range.enumerated() {
            result[place * count + row] = sign * scalars[row * width + column]
          }
        }
      }
    }
  }
}
