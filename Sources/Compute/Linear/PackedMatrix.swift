internal import CKernels
internal import Networks

/// A matrix in double precision, packed for products of rows with it. It is written when it is made and never after.
final class PackedMatrix: @unchecked Sendable {
  /// The most rows to be multiplied at once: enough for a panel of the matrix to be worth loading.
  static let mostRows = 64

  /// The terms of each sum.
  let terms: Int
  /// The sums of each row.
  let columns: Int
  /// Whether no factor is infinite or NaN: then a zero in a row adds nothing.
  private let isFinite: Bool
  private let packed: UnsafeMutablePointer<Double>

  /// Packs the matrix whose scalars are given.
  init(terms: Int, columns: Int, _ scalar: (_ term: Int, _ column: Int) -> Double) {
    self.terms = terms
    self.columns = columns
    let bytes = max(Self.byteCount(terms: terms, columns: columns), Scratch.alignment)
    packed = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Scratch.alignment)
      .bindMemory(to: Double.self, capacity: bytes / MemoryLayout<Double>.stride)
    let plain = [Double](unsafeUninitializedCapacity: terms * columns) { plain, count in
      for term in 0..<terms {
        for column in 0..<columns { plain[term * columns + column] = scalar(term, column) }
      }
      count = terms * columns
    }
    isFinite = plain.allSatisfy(\.isFinite)
    advlab_pack(plain, terms, columns, packed)
  }

  deinit { packed.deallocate() }

  /// The bytes of such a matrix.
  static func byteCount(terms: Int, columns: Int) -> Int {
    advlab_packed_count(terms, columns) * MemoryLayout<Double>.stride
  }

  /// Throws where the matrices of one map do not fit into memory. Small ones are not checked, because looking up the free
  /// memory takes time.
  static func check(byteCount: Int) throws(NetworkError) {
    if byteCount > 64 << 20 { try MemoryLimit.check(byteCount, for: "for a layer's weights in double precision") }
  }

  /// The product of each row; term t of a row is at `places[t]`.
  func multiply(
    _ rows: UnsafePointer<UnsafePointer<Double>?>, count: Int, places: UnsafePointer<Int>,
    into products: UnsafeMutablePointer<Double>, stride: Int
  ) {
    advlab_multiply(rows, count, places, packed, terms, columns, isFinite ? 1 : 0, products, stride)
  }
}
