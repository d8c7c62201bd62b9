import HDF5
import Testing

struct AttributesTests {
  private func written(_ body: (Attributes) throws -> Void) throws -> Attributes {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { try body($0.attributes) }
    return try File(reading: directory("f.h5")).root.attributes
  }

  @Test func numbersComeBack() throws {
    let attributes = try written { attributes in
      try attributes.set("eps", to: 0.1)
      try attributes.set("steps", to: 40)
      try attributes.set("shape", to: [Int32(1), 28, 28])
      try attributes.set("none", to: [Float]())
    }
    #expect(try attributes.names() == ["eps", "none", "shape", "steps"])
    #expect(try attributes.number("eps", as: Double.self) == 0.1)
    #expect(try attributes.number("steps", as: Int.self) == 40)
    #expect(try attributes.numbers("shape", as: Int.self) == [1, 28, 28])
    #expect(try attributes.numbers("none", as: Int.self) == [])
    let description = try #require(try attributes.description(of: "shape"))
    #expect(description.elementType == .integer(bits: 32, signed: true) && description.shape == [3])
    #expect(try attributes.description(of: "eps")?.shape == [])
  }

  @Test func numbersHaveAShape() throws {
    let attributes = try written { attributes in
      try attributes.set("ends", to: [0, 1, 2, 3, 4, 5] as [Float], shape: [3, 2])
      let error = try #require(failure { try attributes.set("wrong", to: [0, 1, 2], shape: [2, 2]) })
      #expect(error.message == "expected values for the shape [2, 2], found 3")
    }
    #expect(try attributes.description(of: "ends")?.shape == [3, 2])
    #expect(try attributes.numbers("ends", as: Float.self) == [0, 1, 2, 3, 4, 5])
    #expect(try attributes.names() == ["ends"])
  }

  @Test(arguments: [StringLayout.variable, .fixed])
  func stringsComeBack(layout: StringLayout) throws {
    let long = String(repeating: "x", count: layout == .fixed ? 60_000 : 1_000_000)
    let attributes = try written { attributes in
      try attributes.set("one", to: "naïve 名", layout: layout)
      try attributes.set("list", to: ["conv", "", "dense_1"], layout: layout)
      try attributes.set("long", to: long, layout: layout)
      try attributes.set("none", to: [String](), layout: layout)
    }
    #expect(try attributes.string("one") == "naïve 名")
    #expect(try attributes.strings("one") == ["naïve 名"])
    #expect(try attributes.strings("list") == ["conv", "", "dense_1"])
    #expect(try attributes.string("long") == long)
    #expect(try attributes.strings("none") == [])
    #expect(try attributes.description(of: "one")?.shape == [])
  }

  @Test func absenceIsNilAndMismatchAnError() throws {
    let attributes = try written { attributes in
      try attributes.set("text", to: "0.1")
      try attributes.set("pair", to: [1, 2])
    }
    #expect(try attributes.string("none") == nil)
    #expect(try attributes.numbers("none", as: Int.self) == nil)
    let error = try #require(failure { _ = try attributes.number("text", as: Double.self) })
    #expect(error.object == "/@text" && error.message == "expected numbers, found string")
    #expect(failure { _ = try attributes.string("pair") }?.message == "expected strings, found int64")
    #expect(failure { _ = try attributes.number("pair", as: Int.self) }?.message == "expected one value, found 2")
  }

  @Test func settingAgainReplaces() throws {
    let attributes = try written { attributes in
      try attributes.set("x", to: 1)
      try attributes.set("x", to: "one")
    }
    #expect(try attributes.string("x") == "one")
  }

  @Test func sizeIsLimited() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) {
      try $0.attributes.set("x", to: [UInt8](repeating: 1, count: 200))
    }
    var limits = Limits()
    limits.attributeBytes = 1599
    let attributes = try File(reading: directory("f.h5"), limits: limits).root.attributes
    #expect(failure { _ = try attributes.numbers("x", as: UInt8.self) }?.message.contains("at most 1599") == true)
  }
}
