import CHDF5

/// A dataset that grows by rows, for results that come batch by batch.
public final class RowAppender<Value: Number>: @unchecked Sendable {
  /// The dataset's path in the file.
  public let path: String
  /// The shape of one row.
  public let rowShape: [Int]

  private let object: OpenObject
  private let rowCount: Int
  private var rowsWritten = 0

  fileprivate init(_ object: OpenObject, rowShape: [Int], rowCount: Int) {
    self.object = object
    self.rowShape = rowShape
    self.rowCount = rowCount
    path = object.path
  }

  /// The number of rows so far.
  public var rows: Int {
    var rows = 0
    Library.withLock { rows = rowsWritten }
    return rows
  }

  /// What the file says about the dataset.
  public var attributes: Attributes { Attributes(object: object) }

  /// Adds rows, given one after the other.
  public func append(_ values: [Value]) throws(HDF5Error) {
    var failure: HDF5Error?
    values.withUnsafeBufferPointer { buffer in
      do throws(HDF5Error) { try append(buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Adds rows from a buffer.
  public func append(_ values: UnsafeBufferPointer<Value>) throws(HDF5Error) {
    let location = object.location
    guard rowCount > 0 ? values.count.isMultiple(of: rowCount) : values.isEmpty else {
      throw location.error("expected rows of \(rowCount) values, found \(values.count) values")
    }
    guard let base = values.baseAddress, !values.isEmpty else { return }
    try Library.locked { () throws(HDF5Error) in
      let added = rowsWritten..<rowsWritten + values.count / rowCount
      let shape = [added.upperBound] + rowShape
      try location.check(H5Dset_extent(object.handle.id, shape.map { hsize_t($0) }))
      let space = try location.own(H5Dget_space(object.handle.id), H5Sclose)
      try selectRows(added, shape: shape, in: space, at: location)
      let memory = try dataSpace([added.count] + rowShape, at: location)
      try location.check(H5Dwrite(object.handle.id, Value.elementType.memoryType, memory.id, space.id, 0, base))
      rowsWritten = added.upperBound
    }
  }
}

extension Group {
  /// Makes a dataset of no rows yet, each to be of this shape (empty for single values).
  public func appendable<Value: Number>(
    _ path: String, of type: Value.Type, rowShape: [Int] = [], storage: Storage = .compressed()
  ) throws(HDF5Error) -> RowAppender<Value> {
    try Library.locked { () throws(HDF5Error) -> RowAppender<Value> in
      let location = location(of: path)
      guard rowShape.count < 32, rowShape.allSatisfy({ $0 >= 0 }), let rowCount = checkedProduct(rowShape) else {
        throw location.error("\(rowShape) is no shape of rows")
      }
      let plan = DatasetPlan(
        type: Value.elementType.fileType, bytesEach: MemoryLayout<Value>.stride, shape: [0] + rowShape,
        storage: storage, extendable: true)
      return RowAppender(try create(path, plan), rowShape: rowShape, rowCount: rowCount)
    }
  }
}
