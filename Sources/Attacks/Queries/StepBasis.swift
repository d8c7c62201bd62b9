import Glibc
import Networks

/// The vectors of an orthonormal basis of one example, along which SimBA steps.
enum StepBasis {
  /// Single scalars.
  case scalars(count: Int)
  /// Those of the discrete cosine transform.
  case cosines(CosineBasis)

  /// The numbers of the vectors in the order in which they are tried.
  func order(_ stream: inout RandomStream) -> [Int] {
    switch self {
    case .scalars(let count): return stream.permutation(count)
    case .cosines(let basis): return basis.order(stream.permutation(basis.count))
    }
  }

  /// Adds a multiple of a vector to a point.
  func add(_ factor: Float, times vector: Int, to point: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .scalars: point[vector] += factor
    case .cosines(let basis): basis.add(factor, times: vector, to: point)
    }
  }
}

/// The orthonormal cosine transform (DCT-II) of every channel of an image; a feature vector is one row.
struct CosineBasis {
  let count: Int
  private let height: Int
  private let width: Int
  private let frequencies: Int
  /// `rows[u][y]`, `columns[v][x]`.
  private let rows: [[Float]]
  private let columns: [[Float]]

  init(_ example: Shape, frequencies: Int) {
    count = example.count
    (height, width) = example.rank == 3 ? (example[1], example[2]) : (1, example.count)
    self.frequencies = frequencies
    rows = Self.transform(height)
    columns = Self.transform(width)
  }

  private static func transform(_ size: Int) -> [[Float]] {
    (0..<size).map { frequency in
      let scale = ((frequency == 0 ? 1 : 2) / Double(size)).squareRoot()
      return (0..<size).map { place in
        Float(scale * cos(Double.pi * Double(frequency) * (Double(place) + 0.5) / Double(size)))
      }
    }
  }

  /// The vectors in a given order, but low frequencies first.
  func order(_ vectors: [Int]) -> [Int] {
    let shells = vectors.map { vector in
      let place = vector % (height * width)
      return max(0, max(place / width, place % width) - frequencies + 1)
    }
    return vectors.indices.sorted { (shells[$0], $0) < (shells[$1], $1) }.map { vectors[$0] }
  }

  func add(_ factor: Float, times vector: Int, to point: UnsafeMutableBufferPointer<Float>) {
    let (channel, place) = vector.quotientAndRemainder(dividingBy: height * width)
    let (row, column) = (rows[place / width], columns[place % width])
    for y in 0..<height {
      let start = (channel * height + y) * width
      for x in 0..<width { point[start + x] += factor * row[y] * column[x] }
    }
  }
}

/// Where one example is on its way along the vectors of a basis, each in two directions.
struct BasisWalk {
  /// Whether no vector leads anywhere.
  var isStuck = false
  private let basis: StepBasis
  private let id: Int
  private var order: [Int] = []
  private var next = 0
  private var round = 0
  private var isSecondSign = false

  init(basis: StepBasis, id: Int) {
    (self.basis, self.id) = (basis, id)
  }

  /// Moves a point along the next direction; after the last vector comes the first of a new order.
  mutating func step(_ point: UnsafeMutableBufferPointer<Float>, by size: Float, random: RandomSource) {
    if next == order.count {
      var stream = random.stream(.search, example: id, step: round)
      (order, next, round) = (basis.order(&stream), 0, round + 1)
    }
    basis.add(isSecondSign ? -size : size, times: order[next], to: point)
    if isSecondSign { next += 1 }
    isSecondSign.toggle()
  }

  /// The step was good: the other direction is not tried.
  mutating func accept() {
    guard isSecondSign else { return }
    (isSecondSign, next) = (false, next + 1)
  }
}
