import FoundationEssentials
import HDF5
import Testing

struct FileProbeTests {
  @Test(arguments: [
    ("PK\u{3}\u{4}....", "zip"), ("version https://git-lfs.github.com/spec/v1\n", "git lfs pull"), ("hello", "no HDF5"),
  ])
  func otherFormatsAreNamed(content: String, word: String) {
    let error = failure { _ = try File(image: Array(content.utf8), name: "x") }
    #expect(error?.reason == .notHDF5 && error?.message.contains(word) == true)
  }

  @Test func beginningsOfAFileAreTruncated() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("whole.h5")) { try $0.write("x", (0..<1000).map { Double($0) }) }
    let whole = try bytes(of: directory("whole.h5"))
    for count in [0, 1, 7, 96, 800, 2048, whole.count - 1] {
      #expect(
        failure { _ = try File(image: Array(whole.prefix(count)), name: "part") }?.reason == .truncated, "\(count)")
      try Data(whole.prefix(count)).write(to: URL(filePath: directory("part.h5")))
      #expect(failure { _ = try File(reading: directory("part.h5")) }?.reason == .truncated, "\(count)")
    }
    // Between the signature and the end of the superblock the library only says that it cannot read it.
    for count in [8, 50, 95] {
      let error = failure { _ = try File(image: Array(whole.prefix(count)), name: "part") }
      #expect(error?.reason == .truncated || error?.reason == .content, "\(count)")
    }
  }
}
