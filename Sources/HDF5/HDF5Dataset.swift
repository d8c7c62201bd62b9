import CHDF5

/// A stored array of numbers or strings.
public struct HDF5Dataset: Sendable {
  /// The lengths of its dimensions when it was opened: empty for a scalar, `[0]` for a dataset without any data space.
  public let shape: [Int]
  /// The type of its elements in the file.
  public let elementType: ElementType

  let object: OpenObject
  let storedElementBytes: Int

  init(_ object: OpenObject) throws(HDF5Error) {
    self.object = object
    let location = object.location
    (shape, elementType, storedElementBytes) = try Library.locked {
      () throws(HDF5Error) -> ([Int], ElementType, Int) in
      let space = try location.own(H5Dget_space(object.handle.id), H5Sclose)
      let type = try location.own(H5Dget_type(object.handle.id), H5Tclose)
      return (try dimensions(of: space, at: location), ElementType(describing: type.id), H5Tget_size(type.id))
    }
  }

  /// The dataset's path in the file.
  public var path: String { object.path }

  /// The dataset's attributes.
  public var attributes: Attributes { Attributes(object: object) }

  /// All elements, in row-major order. A floating-point type takes any number (a narrower one rounds it); an integer type
  /// takes only whole numbers that it can represent, and anything else is an error.
  public func read<Value: Number>(as type: Value.Type = Value.self) throws(HDF5Error) -> [Value] {
    let count = try elementCount(of: shape)
    return try Library.locked { () throws(HDF5Error) -> [Value] in
      let reading = try admit(elements: count, as: Value.self)
      return try reading.values(count: count) { type, destination in
        H5Dread(object.handle.id, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), destination)
      }
    }
  }

  /// The elements of some rows, that is of a range of the first dimension.
  public func readRows<Value: Number>(
    _ rows: Range<Int>, as type: Value.Type = Value.self
  ) throws(HDF5Error) -> [Value] {
    let count = try elementCount(ofRows: rows)
    return try Library.locked { () throws(HDF5Error) -> [Value] in
      let reading = try admit(elements: count, as: Value.self)
      return try array(of: Value.self, count: count) { (destination) throws(HDF5Error) in
        try transfer(rows, into: UnsafeMutableBufferPointer(start: destination, count: count), reading)
      }
    }
  }

  /// Reads some rows into a buffer of exactly their size.
  public func readRows<Value: Number>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Value>
  ) throws(HDF5Error) {
    let count = try elementCount(ofRows: rows)
    guard buffer.count == count else {
      throw object.location.error("expected a buffer for \(count) elements, found one for \(buffer.count)")
    }
    try Library.locked { () throws(HDF5Error) in
      try transfer(rows, into: buffer, admit(elements: count, as: Value.self))
    }
  }

  /// All strings of a dataset of fixed- or variable-length text. What is not UTF-8 is repaired.
  public func readStrings() throws(HDF5Error) -> [String] {
    let count = try elementCount(of: shape)
    return try Library.locked { () throws(HDF5Error) -> [String] in
      let location = object.location
      let type = try location.own(H5Dget_type(object.handle.id), H5Tclose)
      let space = try location.own(H5Dget_space(object.handle.id), H5Sclose)
      let reading = try StringReading(of: type, at: location)
      if count == 0 { return [] }
      try storageCheck.admit(elements: count, bytesEach: reading.bytesPerElement)
      try reading.checkVariableSize(of: object, space, count: count)
      return try reading.strings(count: count, space: space) { type, destination in
        H5Dread(object.handle.id, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), destination)
      }
    }
  }

  private var storageCheck: StorageCheck {
    StorageCheck(
      dataset: object.handle.id, file: object.file, location: object.location, shape: shape,
      storedElementBytes: storedElementBytes)
  }

  private func admit<Value>(elements: Int, as type: Value.Type) throws(HDF5Error) -> NumberReading<Value> {
    let reading = try NumberReading<Value>(of: elementType, at: object.location)
    if elements > 0 { try storageCheck.admit(elements: elements, bytesEach: reading.bytesPerElement) }
    return reading
  }

  private func transfer<Value>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Value>, _ reading: NumberReading<Value>
  ) throws(HDF5Error) {
    let location = object.location
    let space = try location.own(H5Dget_space(object.handle.id), H5Sclose)
    try selectRows(rows, shape: shape, in: space, at: location)
    let memory = try dataSpace([rows.count] + shape.dropFirst(), at: location)
    try reading.fill(buffer) { type, destination in
      H5Dread(object.handle.id, type, memory.id, space.id, hid_t(H5P_DEFAULT), destination)
    }
  }

  private func elementCount(of shape: [Int]) throws(HDF5Error) -> Int {
    guard let count = checkedProduct(shape) else {
      throw object.location.error("the shape \(shape) has more elements than can be counted")
    }
    return count
  }

  private func elementCount(ofRows rows: Range<Int>) throws(HDF5Error) -> Int {
    guard let available = shape.first else {
      throw object.location.error("expected rows, found a scalar")
    }
    guard rows.lowerBound >= 0, rows.upperBound <= available else {
      throw object.location.error("expected rows \(rows), found \(available) rows")
    }
    return try elementCount(of: [rows.count] + shape.dropFirst())
  }
}

/// The lengths of a data space's dimensions. Call inside the lock.
func dimensions(of space: borrowing OwnedIdentifier, at location: Location) throws(HDF5Error) -> [Int] {
  if H5Sget_simple_extent_type(space.id) == H5S_NULL { return [0] }
  var lengths = [hsize_t](repeating: 0, count: 32)
  let rank = try location.check(H5Sget_simple_extent_ndims(space.id))
  guard rank <= 32 else { throw location.error("expected at most 32 dimensions, found \(rank)") }
  try location.check(H5Sget_simple_extent_dims(space.id, &lengths, nil))
  guard lengths.allSatisfy({ $0 <= Int.max }) else { throw location.error("a dimension is too long to count") }
  return lengths.prefix(Int(rank)).map { Int($0) }
}

/// Selects a range of the first dimension. The data space in memory must have the shape of the selection: between shapes
/// of different rank the library works element by element, a hundred times slower in chunked datasets. Call inside the lock.
func selectRows(
  _ rows: Range<Int>, shape: [Int], in space: borrowing OwnedIdentifier, at location: Location
) throws(HDF5Error) {
  let start = [hsize_t(rows.lowerBound)] + [hsize_t](repeating: 0, count: shape.count - 1)
  let count = [hsize_t(rows.count)] + shape.dropFirst().map { hsize_t($0) }
  try location.check(H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, count, nil))
}
