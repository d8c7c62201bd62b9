import HDF5
import Testing

struct GrowingDatasetTests {
  private func grow(
    _ parts: [[Float]], expecting: Int, storage: Storage, to path: String, rowShape: [Int] = [2, 3]
  ) throws {
    try File.write(atomicallyTo: path) { root in
      var dataset = try root.createGrowing(
        "g/x", of: Float.self, rowShape: rowShape, expecting: expecting, storage: storage)
      try dataset.attributes.set("layout", to: "ND")
      for part in parts { try part.withUnsafeBufferPointer { try dataset.append($0) } }
    }
  }

  /// Whatever was expected: more rows, fewer, or none.
  @Test(arguments: [Storage.plain, .compressed()], [0, 1, 5, 1_000_000])
  func rowsAreAddedAtTheEnd(storage: Storage, expecting: Int) throws {
    let directory = try TemporaryDirectory()
    let values = (0..<30).map { Float($0) }
    try grow(
      [Array(values[..<6]), [], Array(values[6..<24]), Array(values[24...])], expecting: expecting, storage: storage,
      to: directory("f.h5"))
    let dataset = try File(reading: directory("f.h5")).root.dataset("g/x")
    #expect(dataset.shape == [5, 2, 3])
    #expect(try dataset.read(as: Float.self) == values)
    #expect(try dataset.attributes.string("layout") == "ND")
    #expect(try dataset.readRows(1..<3, as: Float.self) == Array(values[6..<18]))
  }

  @Test func partsOfRowsAreRefused() throws {
    let directory = try TemporaryDirectory()
    let error = #expect(throws: HDF5Error.self) {
      try grow([[1, 2, 3, 4]], expecting: 1, storage: .plain, to: directory("f.h5"))
    }
    #expect(error?.message == "expected rows of 6 numbers, found 4 numbers")
    #expect(error?.reason == .cannotWrite && error?.object == "/g/x")
  }

  /// The layout in the file depends on the parts; the same parts give the same bytes.
  @Test func sameContentGivesSameBytes() throws {
    let directory = try TemporaryDirectory()
    let parts = [(0..<600).map { Float($0 % 7) }, (0..<6).map { Float($0) }]
    for name in ["a.h5", "b.h5"] {
      try grow(parts, expecting: 101, storage: .compressed(), to: directory(name))
    }
    #expect(try bytes(of: directory("a.h5")) == bytes(of: directory("b.h5")))
  }
}
