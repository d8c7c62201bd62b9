import HDF5
import Testing

struct HDF5DatasetTests {
  /// Writes values, checks type and shape and that they come back, whole and by rows.
  private func roundTrip<Value: Number>(_ values: [Value], shape: [Int], storage: Storage) throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { try $0.write("x", values, shape: shape, storage: storage) }
    let dataset = try File(reading: directory("f.h5")).root.dataset("x")
    #expect(dataset.elementType == Value.elementType && dataset.shape == shape)
    #expect(try dataset.read() == values)
    guard let rows = shape.first, rows > 0 else { return }
    let rowSize = values.count / rows
    for range in [0..<rows, 0..<1, rows - 1..<rows, rows / 2..<rows / 2] {
      let expected = Array(values[range.lowerBound * rowSize..<range.upperBound * rowSize])
      #expect(try dataset.readRows(range, as: Value.self) == expected)
    }
  }

  @Test(arguments: [Storage.plain, .compressed(), .compressed(level: 0)])
  func everyNumberTypeComesBack(storage: Storage) throws {
    try roundTrip(
      [Float](arrayLiteral: 0, -1.5, .infinity, .leastNonzeroMagnitude, 3, 4), shape: [3, 2], storage: storage)
    try roundTrip([1e300, -0.1, .pi, -.infinity], shape: [2, 2], storage: storage)
    try roundTrip([Int8.min, 0, .max], shape: [3], storage: storage)
    try roundTrip([Int16.min, 0, .max], shape: [3], storage: storage)
    try roundTrip([Int32.min, 0, .max], shape: [3, 1], storage: storage)
    try roundTrip([Int64.min, 0, .max], shape: [1, 3], storage: storage)
    try roundTrip([Int.min, 0, .max], shape: [3], storage: storage)
    try roundTrip([UInt8.min, 1, .max], shape: [3], storage: storage)
    try roundTrip([UInt16.min, 1, .max], shape: [3], storage: storage)
    try roundTrip([UInt32.min, 1, .max], shape: [3], storage: storage)
    try roundTrip([UInt64.min, 1, .max], shape: [3], storage: storage)
  }

  @Test(arguments: [Storage.plain, .compressed()])
  func scalarsAndEmptyShapesComeBack(storage: Storage) throws {
    try roundTrip([Float(2.5)], shape: [], storage: storage)
    try roundTrip([Float](), shape: [0], storage: storage)
    try roundTrip([Float](), shape: [0, 3, 4], storage: storage)
    try roundTrip([Float](), shape: [4, 0], storage: storage)
  }

  @Test func rowsSpanChunks() throws {
    // 3 MB of rows of 12 kB: several chunks of at most 1 MiB, and ranges that begin and end inside them.
    let values = (0..<768_000).map { Float($0) }
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) {
      try $0.write("x", values, shape: [250, 3, 32, 32], storage: .compressed(level: 1))
    }
    let dataset = try File(reading: directory("f.h5")).root.dataset("x")
    for range in [0..<250, 84..<172, 249..<250] {
      var rows = [Float](repeating: .nan, count: range.count * 3072)
      try rows.withUnsafeMutableBufferPointer { try dataset.readRows(range, into: $0) }
      #expect(rows == Array(values[range.lowerBound * 3072..<range.upperBound * 3072]))
    }
  }

  @Test func wrongRowsAreRefused() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { root in
      try root.write("x", [1, 2, 3, 4], shape: [2, 2])
      try root.write("scalar", [1], shape: [])
    }
    let root = try File(reading: directory("f.h5")).root
    let dataset = try root.dataset("x")
    #expect(failure { _ = try dataset.readRows(1..<3, as: Int.self) }?.message == "expected rows 1..<3, found 2 rows")
    #expect(failure { _ = try dataset.readRows(-1..<1, as: Int.self) } != nil)
    #expect(failure { _ = try root.dataset("scalar").readRows(0..<1, as: Int.self) } != nil)
    var buffer = [Int](repeating: 0, count: 3)
    let error = failure { try buffer.withUnsafeMutableBufferPointer { try dataset.readRows(0..<1, into: $0) } }
    #expect(error?.message == "expected a buffer for 2 elements, found one for 3")
  }

  @Test func limitsComeBeforeMemory() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { root in
      try root.write("x", [Int32](repeating: 0, count: 1_000_000), storage: .compressed(level: 9))
    }
    var limits = Limits()
    limits.bytes = 3_999_999
    let small = try File(reading: directory("f.h5"), limits: limits).root.dataset("x")
    #expect(failure { _ = try small.read(as: Int32.self) }?.message.contains("at most 3999999 bytes") == true)
    #expect(try small.readRows(0..<999_999, as: Int32.self).count == 999_999)
    // gzip shrinks zeros by nearly its limit of 1032 to 1.
    limits = Limits()
    limits.uncheckedBytes = 1000
    limits.expansion = 100
    let suspicious = try File(reading: directory("f.h5"), limits: limits).root.dataset("x")
    #expect(failure { _ = try suspicious.read(as: Int32.self) }?.message.contains("believable") == true)
    limits.expansion = 1032
    #expect(
      try File(reading: directory("f.h5"), limits: limits).root.dataset("x").read(as: Int32.self).count == 1_000_000)
  }
}
