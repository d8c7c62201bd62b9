import HDF5
import Testing

struct RowAppenderTests {
  @Test(arguments: [Storage.plain, .compressed(level: 1)])
  func batchesAddUp(storage: Storage) throws {
    let directory = try TemporaryDirectory()
    let values = (0..<23 * 12).map { Float($0) }
    try File.write(atomicallyTo: directory("f.h5")) { root in
      let images = try root.appendable("out/x", of: Float.self, rowShape: [3, 2, 2], storage: storage)
      let labels = try root.appendable("out/y", of: UInt8.self, storage: storage)
      try images.attributes.set("layout", to: "NCHW")
      for start in stride(from: 0, to: 23, by: 5) {
        let end = min(start + 5, 23)
        try images.append(Array(values[start * 12..<end * 12]))
        try labels.append((start..<end).map { UInt8($0) })
      }
      try images.append([])
      #expect(images.rows == 23 && labels.rows == 23)
    }
    let group = try File(reading: directory("f.h5")).root.group("out")
    let images = try group.dataset("x")
    #expect(images.shape == [23, 3, 2, 2])
    #expect(try images.read() == values)
    #expect(try images.attributes.string("layout") == "NCHW")
    #expect(try group.dataset("y").read(as: UInt8.self) == Array(0..<23))
  }

  @Test func partsOfRowsAreRefused() throws {
    let directory = try TemporaryDirectory()
    let error = failure {
      try File.write(atomicallyTo: directory("f.h5")) { root in
        try root.appendable("x", of: Double.self, rowShape: [4]).append([1, 2, 3])
      }
    }
    #expect(error?.reason == .cannotWrite && error?.message == "expected rows of 4 values, found 3 values")
    #expect(
      failure {
        try File.write(atomicallyTo: directory("f.h5")) {
          _ = try $0.appendable("x", of: Double.self, rowShape: [-1])
        }
      } != nil)
  }

  @Test func noRowsAtAllIsAnEmptyDataset() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { _ = try $0.appendable("x", of: Int32.self, rowShape: [2]) }
    let dataset = try File(reading: directory("f.h5")).root.dataset("x")
    #expect(dataset.shape == [0, 2])
    #expect(try dataset.read(as: Int32.self) == [])
  }
}
