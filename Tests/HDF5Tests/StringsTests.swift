import HDF5
import Testing

struct StringsTests {
  static let texts = ["", "plain", "naïve 名 🙂", "trailing ", String(repeating: "long ", count: 40_000)]

  @Test(arguments: [StringLayout.variable, .fixed])
  func datasetsComeBack(layout: StringLayout) throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { root in
      try root.write("list", Self.texts, layout: layout)
      try root.write("scalar", ["{\"json\": 1}"], shape: [], layout: layout)
      try root.write("table", ["a", "b", "c", "d"], shape: [2, 2], layout: layout)
      try root.write("none", [String](), layout: layout)
      try root.write("blank", ["", ""], layout: layout)
    }
    let root = try File(reading: directory("f.h5")).root
    #expect(try root.dataset("list").readStrings() == Self.texts)
    #expect(try root.dataset("list").elementType == .string(bytes: layout == .fixed ? 200_000 : nil))
    #expect(try root.dataset("scalar").readStrings() == ["{\"json\": 1}"])
    #expect(try root.dataset("table").shape == [2, 2])
    #expect(try root.dataset("table").readStrings() == ["a", "b", "c", "d"])
    #expect(try root.dataset("none").readStrings() == [])
    #expect(try root.dataset("blank").readStrings() == ["", ""])
  }

  @Test func nulBytesAreRefused() throws {
    let directory = try TemporaryDirectory()
    let error = failure { try File.write(atomicallyTo: directory("f.h5")) { try $0.write("x", ["a\0b"]) } }
    #expect(error?.reason == .cannotWrite && error?.object == "/x")
  }

  @Test func totalLengthIsLimited() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { try $0.write("x", Self.texts) }
    var limits = Limits()
    limits.bytes = 200_000
    let dataset = try File(reading: directory("f.h5"), limits: limits).root.dataset("x")
    #expect(failure { _ = try dataset.readStrings() }?.message.contains("bytes of text") == true)
  }
}
