import HDF5
import Testing

struct GroupTests {
  private func sample(_ directory: borrowing TemporaryDirectory) throws -> Group {
    let path = directory("sample.h5")
    try File.write(atomicallyTo: path) { root in
      try root.write("b/deep/er/x", [1, 2, 3])
      try root.write("/a", ["text"])
      try root.createGroup("b/empty")
      try root.createGroup("naïve/名")
    }
    return try File(reading: path).root
  }

  @Test func childrenAndWalkListEverythingByName() throws {
    let directory = try TemporaryDirectory()
    let root = try sample(directory)
    #expect(try root.children().map(\.path) == ["a", "b", "naïve"])
    #expect(try root.children().map(\.kind) == [.dataset, .group, .group])
    let walk = try root.walk()
    #expect(walk.map(\.path) == ["a", "b", "b/deep", "b/deep/er", "b/deep/er/x", "b/empty", "naïve", "naïve/名"])
    #expect(try root.group("b").walk().map(\.path) == ["deep", "deep/er", "deep/er/x", "empty"])
  }

  @Test func pathsAreRelativeOrAbsolute() throws {
    let directory = try TemporaryDirectory()
    let root = try sample(directory)
    let group = try root.group("b/deep")
    #expect(group.path == "/b/deep")
    #expect(try group.dataset("er/x").path == "/b/deep/er/x")
    #expect(try group.dataset("/a").readStrings() == ["text"])
    #expect(try group.dataset("./er//x").read(as: Int.self) == [1, 2, 3])
    #expect(try root.group("/").path == "/")
    #expect(try root.kind(of: "naïve/名") == .group)
    #expect(try root.kind(of: "b/none/x") == nil)
    #expect(try root.kind(of: "a/x") == nil)
  }

  @Test func errorsSayWhatIsThereInstead() throws {
    let directory = try TemporaryDirectory()
    let root = try sample(directory)
    let absent = failure { _ = try root.dataset("b/shallow") }
    #expect(absent?.reason == .content && absent?.object == "/b/shallow" && absent?.file == directory("sample.h5"))
    #expect(absent?.message == "there is no \"shallow\"; the group holds deep, empty")
    #expect(failure { _ = try root.dataset("b") }?.message == "expected a dataset, found a group")
    #expect(failure { _ = try root.group("a") }?.message == "expected a group, found a dataset")
    #expect(failure { _ = try root.group("a/b") }?.message == "expected a group before \"b\", found a dataset")
  }

  @Test func listingAndWalkingAreLimited() throws {
    let directory = try TemporaryDirectory()
    _ = try sample(directory)
    var limits = Limits()
    limits.objects = 2
    let few = try File(reading: directory("sample.h5"), limits: limits).root
    #expect(failure { _ = try few.children() }?.message == "expected at most 2 entries, found more")
    #expect(try few.group("b").children().count == 2)
    #expect(failure { _ = try few.group("b").walk() }?.message == "expected at most 2 objects, found more")
    limits = Limits()
    limits.depth = 3
    let shallow = try File(reading: directory("sample.h5"), limits: limits).root
    #expect(failure { _ = try shallow.walk() }?.object == "/b/deep/er")
  }

  @Test func readOnlyFilesRefuseWriting() throws {
    let directory = try TemporaryDirectory()
    let root = try sample(directory)
    #expect(failure { try root.write("new", [1]) }?.reason == .cannotWrite)
    #expect(failure { try root.createGroup("new") }?.reason == .cannotWrite)
    #expect(failure { try root.attributes.set("new", to: 1) }?.reason == .cannotWrite)
  }
}
