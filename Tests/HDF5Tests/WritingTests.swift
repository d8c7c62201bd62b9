import HDF5
import Testing

struct WritingTests {
  /// The error of a write into a fresh file.
  private func refusal(_ body: (Group) throws -> Void) throws -> HDF5Error? {
    let directory = try TemporaryDirectory()
    return failure { try File.write(atomicallyTo: directory("f.h5"), body) }
  }

  @Test func mistakesAreErrors() throws {
    let wrongShape = try refusal { try $0.write("x", [1, 2, 3], shape: [2, 2]) }
    #expect(wrongShape?.reason == .cannotWrite && wrongShape?.object == "/x")
    #expect(wrongShape?.message == "expected values for the shape [2, 2], found 3")
    #expect(try refusal { try $0.write("x", [1], shape: [-1, -1]) } != nil)
    #expect(try refusal { try $0.write("x", [1], shape: [.max, .max]) } != nil)
    #expect(try refusal { try $0.write("", [1]) } != nil)
    #expect(try refusal { try $0.write("a/", [1]) } == nil)
    #expect(try refusal { try $0.write("x", [1], storage: .compressed(level: 10)) }?.message.contains("level") == true)
    let twice = try refusal { root in
      try root.write("g/x", [1])
      try root.write("g/x", [1])
    }
    #expect(twice?.message == "there is a dataset of this name already")
    let through = try refusal { root in
      try root.write("x", [1])
      try root.write("x/y", [1])
    }
    #expect(through?.message == "cannot make a group where there is a dataset")
  }

  @Test func groupsOnTheWayAreMadeOnce() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { root in
      let group = try root.createGroup("a/b")
      try group.write("c/x", [1])
      try group.write("/a/y", [2])
      #expect(try root.createGroup("a/b/c").children().map(\.path) == ["x"])
    }
    let root = try File(reading: directory("f.h5")).root
    #expect(try root.walk().map(\.path) == ["a", "a/b", "a/b/c", "a/b/c/x", "a/y"])
  }

  @Test func compressionShrinks() throws {
    let directory = try TemporaryDirectory()
    let values = (0..<100_000).map { Float($0 % 7) }
    try File.write(atomicallyTo: directory("plain.h5")) { try $0.write("x", values) }
    try File.write(atomicallyTo: directory("small.h5")) { try $0.write("x", values, storage: .compressed()) }
    #expect(try bytes(of: directory("plain.h5")).count > 400_000)
    #expect(try bytes(of: directory("small.h5")).count < 40_000)
  }

  @Test func sameContentGivesSameBytes() throws {
    let directory = try TemporaryDirectory()
    for name in ["a.h5", "b.h5"] {
      try File.write(atomicallyTo: directory(name)) { root in
        try root.write("g/x", [1, 2, 3], storage: .compressed())
        try root.attributes.set("seed", to: 1)
      }
    }
    #expect(try bytes(of: directory("a.h5")) == bytes(of: directory("b.h5")))
  }
}
