/// A linear map of one row-major example in which every output scalar is a sum of few input scalars: permutations,
/// padding, cropping, up-sampling, averages. Compressed sparse rows.
public struct SparseRows: Sendable {
  /// The number of input scalars.
  public let inputCount: Int
  /// Where the terms of each output begin; one more than there are outputs.
  public private(set) var starts: [Int32] = [0]
  /// The input of each term.
  public private(set) var sources: [Int32] = []
  /// The factor of each term.
  public private(set) var weights: [Double] = []

  /// The number of output scalars.
  public var outputCount: Int { starts.count - 1 }

  /// The largest number of terms of one output.
  public var termCount: Int { zip(starts.dropFirst(), starts).reduce(0) { max($0, Int($1.0 - $1.1)) } }

  /// The largest number of terms in which one input occurs.
  public var transposedTermCount: Int {
    var counts = Array(repeating: 0, count: inputCount)
    for source in sources { counts[Int(source)] += 1 }
    return counts.max() ?? 0
  }

  /// An empty map with the capacity for its rows and terms.
  ///
  /// - Throws: `NetworkError` where an index does not fit 32 bits.
  init(inputCount: Int, rows: Int, terms: Int) throws(NetworkError) {
    guard max(rows, terms, inputCount) < Int32.max else {
      throw NetworkError(
        node: "", expected: "a network that fits into memory",
        found: "one with an index table of \(max(rows, terms)) entries")
    }
    self.inputCount = inputCount
    starts.reserveCapacity(rows + 1)
    sources.reserveCapacity(terms)
    weights.reserveCapacity(terms)
  }

  mutating func appendRow(_ terms: [(source: Int, weight: Double)]) {
    for term in terms {
      sources.append(Int32(term.source))
      weights.append(term.weight)
    }
    starts.append(Int32(sources.count))
  }
}
