import CHDF5

/// A dataset of numbers to which rows are added at its end.
public struct GrowingDataset: Sendable {
  /// The number of rows.
  public private(set) var count = 0

  private let object: OpenObject
  private let rowShape: [Int]

  fileprivate init(_ object: OpenObject, rowShape: [Int]) {
    (self.object, self.rowShape) = (object, rowShape)
  }

  /// The dataset's attributes.
  public var attributes: Attributes { Attributes(object: object) }

  /// Adds rows.
  ///
  /// - Parameter values: The numbers of whole rows, in row-major order.
  /// - Throws: `HDF5Error` where they are no whole rows, or cannot be written.
  public mutating func append<Value: Number>(_ values: UnsafeBufferPointer<Value>) throws(HDF5Error) {
    let size = rowShape.reduce(1, *)
    guard let base = values.baseAddress, !values.isEmpty else { return }
    let location = Location(file: object.file.path, object: object.path, writing: true)
    guard size > 0, values.count.isMultiple(of: size) else {
      throw location.error("expected rows of \(size) numbers, found \(values.count) numbers")
    }
    let rows = count..<count + values.count / size
    let shape = [rows.upperBound] + rowShape
    try Library.locked { () throws(HDF5Error) in
      try location.check(H5Dset_extent(object.handle.id, shape.map { hsize_t($0) }))
      let space = try location.own(H5Dget_space(object.handle.id), H5Sclose)
      try selectRows(rows, shape: shape, in: space, at: location)
      let memory = try dataSpace([rows.count] + rowShape, at: location)
      try location.check(
        H5Dwrite(object.handle.id, Value.elementType.memoryType, memory.id, space.id, hid_t(H5P_DEFAULT), base))
    }
    count = rows.upperBound
  }
}

extension Group {
  /// Creates a dataset to which rows are added.
  ///
  /// - Parameters:
  ///   - path: Its path; missing groups on it are created.
  ///   - type: What it holds.
  ///   - rowShape: The shape of a row.
  ///   - expecting: How many rows there will be; there may be more or fewer.
  ///   - storage: How the blocks of rows are stored.
  /// - Returns: The dataset, without rows.
  /// - Throws: `HDF5Error` where it cannot be created.
  public func createGrowing<Value: Number>(
    _ path: String, of type: Value.Type, rowShape: [Int] = [], expecting: Int, storage: Storage = .plain
  ) throws(HDF5Error) -> GrowingDataset {
    try Library.locked { () throws(HDF5Error) -> GrowingDataset in
      var plan = DatasetPlan(
        type: Value.elementType.fileType, bytesEach: MemoryLayout<Value>.stride, shape: [max(expecting, 1)] + rowShape,
        storage: storage)
      plan.isGrowing = true
      return GrowingDataset(try create(path, plan), rowShape: rowShape)
    }
  }
}
