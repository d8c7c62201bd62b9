import FoundationEssentials
import Glibc
import HDF5
import Testing

struct AtomicFileTests {
  private struct Interruption: Error {}

  @Test func failureMidwayKeepsTheOldFile() throws {
    let directory = try TemporaryDirectory()
    let path = directory("f.h5")
    try File.write(atomicallyTo: path) { try $0.write("x", [1]) }
    let before = try bytes(of: path)
    #expect(throws: Interruption.self) {
      try File.write(atomicallyTo: path) { root in
        try root.write("x", [2])
        #expect(try directory.names().count == 2)
        throw Interruption()
      }
    }
    #expect(try bytes(of: path) == before)
    #expect(try directory.names() == ["f.h5"])
  }

  @Test func successReplacesTheOldFile() throws {
    let directory = try TemporaryDirectory()
    let path = directory("f.h5")
    try File.write(atomicallyTo: path) { try $0.write("x", [1]) }
    let old = try File(reading: path)
    let result = try File.write(atomicallyTo: path) { root in
      try root.write("x", [2])
      return "done"
    }
    #expect(result == "done")
    // Who has the old file open keeps reading it.
    #expect(try old.root.dataset("x").read(as: Int.self) == [1])
    #expect(try File(reading: path).root.dataset("x").read(as: Int.self) == [2])
    #expect(try directory.names() == ["f.h5"])
  }

  @Test func placesThatCannotBeWrittenAreNamed() throws {
    let directory = try TemporaryDirectory()
    for path in [directory("none/f.h5"), directory.path, "", "/dev/null", "/proc/f.h5"] {
      var called = false
      let error = failure { try File.write(atomicallyTo: path) { _ in called = true } }
      #expect(error?.reason == .cannotWrite && error?.file == path && !called, "\(path)")
    }
    let error = failure { try File.write(atomicallyTo: directory("none/f.h5")) { _ in } }
    #expect(error?.message == "No such file or directory")
    #expect(try directory.names() == [])
  }

  @Test func uncommittedFileVanishes() throws {
    let directory = try TemporaryDirectory()
    do {
      let file = try AtomicFile(replacing: directory("f.h5"))
      try file.root.write("x", [1])
      #expect(try directory.names().count == 1)
    }
    #expect(try directory.names() == [])
    let file = try AtomicFile(replacing: directory("f.h5"))
    try file.root.write("x", [1])
    try file.commit()
    #expect(try directory.names() == ["f.h5"])
  }

  @Test func objectsThatOutliveTheFileAreInvalid() throws {
    let directory = try TemporaryDirectory()
    let (root, dataset) = try File.write(atomicallyTo: directory("f.h5")) { root in
      (root, try root.write("x", [] as [Int]))
    }
    #expect(failure { try dataset.attributes.set("a", to: 1) }?.reason == .cannotWrite)
    #expect(failure { try root.write("y", [1]) } != nil)
    #expect(try File(reading: directory("f.h5")).root.dataset("x").shape == [0])
  }

  @Test func symbolicLinkAndPermissionsStay() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("real.h5")) { try $0.write("x", [1]) }
    #expect(chmod(directory("real.h5"), 0o600) == 0 && symlink("real.h5", directory("link.h5")) == 0)
    try File.write(atomicallyTo: directory("link.h5")) { try $0.write("x", [2]) }
    #expect(try File(reading: directory("real.h5")).root.dataset("x").read(as: Int.self) == [2])
    var status = stat()
    #expect(lstat(directory("link.h5"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(stat(directory("real.h5"), &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test func earlyExitLeavesNothing() async throws {
    let directory = try TemporaryDirectory()
    await #expect(processExitsWith: .exitCode(130)) { [path = directory.path as String] in
      let file = try AtomicFile(replacing: path + "/f.h5")
      try file.root.write("x", [1])
      exit(130)
    }
    #expect(try directory.names() == [])
  }

  /// A file-size limit, in a process of its own, stands in for a full disk: the same calls of the library fail.
  @Test func fullDiskIsCannotWriteAndKeepsTheOldFile() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let path = directory("f.h5")
      try File.write(atomicallyTo: path) { try $0.write("x", [1]) }
      let before = try bytes(of: path)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      for part in FullDiskWriting.allCases {
        let error = failure { try File.write(atomicallyTo: path, part.write) }
        #expect(error?.reason == .cannotWrite && error?.file == path, "\(part): \(String(describing: error))")
        #expect(try bytes(of: path) == before)
        #expect(try directory.names() == ["f.h5"])
      }
      // The library is still usable.
      try File.write(atomicallyTo: path) { try $0.write("x", [3]) }
      #expect(try File(reading: path).root.dataset("x").read(as: Int.self) == [3])
    }
  }
}

/// Contents of more than a megabyte, which reach the disk in different ways.
private enum FullDiskWriting: CaseIterable {
  case wholeDataset
  case chunks
  case manySmallObjects
  case longText

  func write(to root: Group) throws {
    switch self {
    case .wholeDataset: try root.write("x", [Float](repeating: 1, count: 1 << 20))
    case .chunks:
      let values = [Float](repeating: 1, count: 20 << 16)
      try root.write("x", values, shape: [1280, 1024], storage: .compressed(level: 0))
    case .manySmallObjects:
      for index in 0..<2000 { try root.write("group\(index)/x", [index]) }
    case .longText: try root.attributes.set("x", to: String(repeating: "x", count: 3 << 20))
    }
  }
}
