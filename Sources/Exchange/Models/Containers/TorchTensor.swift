import Networks

/// Numbers one after the other, which tensors of an archive view: all or some of them, in whatever order.
struct TorchStorage: Sendable {
  enum Source: Sendable {
    /// An entry of an archive, with the most bytes that it may have.
    case entry(String, ZipArchive, limit: Int)
    /// The bytes of a file from an offset.
    case file(InputFile, offset: Int)
    case memory([UInt8])
  }

  let source: Source
  let element: StoredElement
  /// How many numbers there are.
  let count: Int
  let isBigEndian: Bool

  /// Some of the numbers; the range lies within them.
  func numbers<Scalar: BinaryFloatingPoint>(
    _ range: Range<Int>, as type: Scalar.Type
  ) throws(ExchangeError) -> [Scalar] {
    let bytes = try bytes(range.lowerBound * element.byteCount..<range.upperBound * element.byteCount)
    return element.scalars(bytes, as: type, isBigEndian: isBigEndian)
  }

  private func bytes(_ range: Range<Int>) throws(ExchangeError) -> [UInt8] {
    switch source {
    case .entry(let name, let archive, let limit): return try archive.content(of: name, range, limit: limit) ?? []
    case .file(let file, let offset):
      let bytes = try file.read(atMost: range.count, from: offset + range.lowerBound)
      guard bytes.count == range.count else {
        throw ExchangeError(file: file.path, expected: "\(range.count) bytes of a storage", found: "\(bytes.count)")
      }
      return bytes
    case .memory(let bytes): return Array(bytes[range])
    }
  }
}

/// A tensor of PyTorch, or an array of NumPy: a view of a storage.
struct TorchTensor: StoredTensor {
  let path: String
  let shape: Shape
  let typeName: String
  private let storage: TorchStorage
  private let offset: Int
  /// The distances between neighbours along the axes, in numbers; 0 where they are one number.
  private let strides: [Int]
  /// The numbers of the storage from the first one that is used to the last.
  private let extent: Range<Int>

  private static let mostAxes = 32

  var isFloatingPoint: Bool { storage.element.isFloatingPoint }

  /// A view.
  ///
  /// - Throws: `ExchangeError` where it would reach beyond the storage.
  init(
    path: String, shape: Shape, typeName: String, storage: TorchStorage, offset: Int, strides: [Int], file: String
  ) throws(ExchangeError) {
    let failure = { (expected: String, found: String) in
      ExchangeError(file: file, object: path, expected: expected, found: found)
    }
    guard shape.rank <= Self.mostAxes, shape.rank == strides.count else {
      throw failure("a stride for each of at most \(Self.mostAxes) axes", "\(strides.count) for \(shape.rank)")
    }
    guard let count = shape.checkedCount else { throw failure("a shape of a tensor", "\(shape), which overflows") }
    guard offset >= 0, strides.allSatisfy({ $0 >= 0 }) else {
      throw failure("an offset and strides that are not negative", "\(offset) and \(strides)")
    }
    let last = Self.last(offset, shape, strides)
    guard count == 0 || (last.map { $0 < storage.count } ?? false) else {
      throw failure("a tensor within \(storage.count) numbers", "one up to number \(last.map { "\($0)" } ?? "2⁶³")")
    }
    (self.path, self.shape, self.typeName, self.storage) = (path, shape, typeName, storage)
    (self.offset, self.strides) = (offset, strides)
    extent = count == 0 ? 0..<0 : offset..<(last ?? offset) + 1
  }

  /// The index in the storage of the last number of a shape without empty axes; nil where it overflows.
  private static func last(_ offset: Int, _ shape: Shape, _ strides: [Int]) -> Int? {
    var last = offset
    for (extent, stride) in zip(shape.extents, strides) where extent > 0 {
      let (distance, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(distance)
      guard !overflow, !carry else { return nil }
      last = sum
    }
    return last
  }

  func scalars() throws -> [Float] { try numbers() }

  func preciseScalars() throws -> [Double] { try numbers() }

  private func numbers<Scalar: BinaryFloatingPoint>() throws(ExchangeError) -> [Scalar] {
    guard !extent.isEmpty else { return [] }
    let stored = try storage.numbers(extent, as: Scalar.self)
    return isContiguous ? stored : indices.map { stored[$0] }
  }

  /// Whether the numbers lie in the order of the shape, one after the other.
  private var isContiguous: Bool {
    var stride = 1
    for (extent, found) in zip(shape.extents, strides).reversed() where extent != 1 {
      guard found == stride else { return false }
      stride *= extent
    }
    return true
  }

  /// The index of each number, row by row, from the first of `extent`.
  private var indices: [Int] {
    var indices = [0]
    for (extent, stride) in zip(shape.extents, strides) {
      indices = indices.flatMap { index in (0..<extent).lazy.map { index + $0 * stride } }
    }
    return indices
  }
}
