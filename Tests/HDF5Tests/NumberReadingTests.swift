import HDF5
import Testing

struct NumberReadingTests {
  /// A dataset of these values in a file that is read; the directory may go, the open file stays.
  private func stored<Value: Number>(_ values: [Value]) throws -> HDF5Dataset {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { try $0.write("x", values) }
    return try File(reading: directory("f.h5")).root.dataset("x")
  }

  @Test func wideningIsExact() throws {
    #expect(try stored([Int8.min, -1, .max]).read(as: Int64.self) == [-128, -1, 127])
    #expect(try stored([UInt8.max]).read(as: Int16.self) == [255])
    #expect(try stored([Float(0.1)]).read(as: Double.self) == [Double(Float(0.1))])
    #expect(try stored([UInt32.max]).read(as: Double.self) == [4_294_967_295])
  }

  @Test func narrowingIntegersIsChecked() throws {
    #expect(try stored([Int64(-128), 127]).read(as: Int8.self) == [-128, 127])
    #expect(try stored([UInt64(255)]).read(as: UInt8.self) == [255])
    #expect(
      failure { _ = try stored([Int64(1), 300]).read(as: UInt8.self) }?.message
        == "expected uint8, found 300 at element 1")
    #expect(failure { _ = try stored([Int8(-1)]).read(as: UInt64.self) } != nil)
    #expect(failure { _ = try stored([UInt64.max]).read(as: Int64.self) } != nil)
    #expect(failure { _ = try stored([UInt8(128)]).read(as: Int8.self) } != nil)
  }

  @Test func integersOfFloatsAreChecked() throws {
    #expect(try stored([Float(0), -3, 1e6]).read(as: Int.self) == [0, -3, 1_000_000])
    #expect(
      failure { _ = try stored([1, 2.5]).read(as: Int32.self) }?.message == "expected int32, found 2.5 at element 1")
    for value in [Double.nan, .infinity, 1e19, -1] {
      #expect(failure { _ = try stored([value]).read(as: UInt8.self) } != nil)
    }
  }

  @Test func narrowFloatsRound() throws {
    #expect(try stored([0.1, 1e300]).read(as: Float.self) == [Float(0.1), .infinity])
  }

  @Test func truthValuesAreZeroAndOne() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { try $0.write("x", [true, false, true, true], shape: [2, 2]) }
    let dataset = try File(reading: directory("f.h5")).root.dataset("x")
    #expect(dataset.elementType == .boolean && dataset.shape == [2, 2])
    #expect(try dataset.read(as: UInt8.self) == [1, 0, 1, 1])
    #expect(try dataset.read(as: Float.self) == [1, 0, 1, 1])
    #expect(try dataset.readRows(1..<2, as: Int64.self) == [1, 1])
  }

  @Test func textIsNoNumber() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { root in
      try root.write("text", ["a"])
      try root.write("number", [1])
    }
    let root = try File(reading: directory("f.h5")).root
    #expect(failure { _ = try root.dataset("text").read(as: Int.self) }?.message == "expected numbers, found string")
    #expect(failure { _ = try root.dataset("number").readStrings() }?.message == "expected strings, found int64")
  }
}
