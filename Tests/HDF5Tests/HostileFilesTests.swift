import Glibc
import HDF5
import Testing

/// Damaged and malicious files. Left out is `flip_16`, whose damage makes libhdf5 1.10 itself write beyond its memory: no
/// caller in the same process can be safe from that.
@Suite(.enabled(if: Fixtures.exist, Comment(rawValue: Fixtures.absence)))
struct HostileFilesTests {
  static let crashing = ["flip_16.h5"]
  static let files = Fixtures.names(in: "bad", extensions: ["h5"]).filter { !crashing.contains($0) }

  private func open(_ name: String) throws(HDF5Error) -> File { try File(reading: Fixtures.path("bad/" + name)) }

  @Test(arguments: files)
  func neverCrashesNorTakesMuchMemory(name: String) {
    let error = failure { try readEverything(open(name)) }
    if let error { #expect(!error.message.isEmpty) }
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    // In KiB. The honest fixtures together take some tens of MiB; the bombs would take 256 MiB to 4 TiB.
    #expect(usage.ru_maxrss < 200 << 10)
  }

  @Test(arguments: ["trunc_0.h5", "trunc_7.h5", "trunc_96.h5", "trunc_17512.h5"])
  func truncationIsNamed(name: String) {
    #expect(failure { _ = try open(name) }?.reason == .truncated)
  }

  @Test func largeFilePointerIsNamed() {
    let error = failure { _ = try open("lfs_pointer.h5") }
    #expect(error?.reason == .notHDF5 && error?.message.contains("git lfs pull") == true)
  }

  @Test func unclosedFileComesWithAdvice() {
    let error = failure { _ = try open("unclosed_swmr.h5") }
    #expect(error?.reason == .content && error?.message.contains("h5clear -s") == true)
  }

  @Test(arguments: ["gzip_bomb.h5", "huge_chunk.h5"])
  func bombsAreRefusedByRatio(name: String) throws {
    let error = try #require(failure { try readEverything(open(name)) })
    #expect(error.reason == .content && error.message.contains("believable"), "\(error)")
  }

  @Test func linksIntoOtherFilesAreNotFollowed() throws {
    let root = try open("external_link.h5").root
    #expect(try root.children().contains { if case .other = $0.kind { true } else { false } })
    for entry in try root.children() {
      guard case .other = entry.kind else { continue }
      let error = failure { _ = try root.dataset(entry.path) }
      #expect(error?.message.contains("another file") == true)
    }
  }

  @Test func softLinksStayInsideAndEnd() throws {
    let root = try open("soft_links.h5").root
    let entries = try root.walk()
    #expect(!entries.isEmpty)
    for entry in entries {
      if case .other = entry.kind { #expect(failure { _ = try root.dataset(entry.path) } != nil) }
    }
  }

  @Test func nestingIsLimited() throws {
    let error = try #require(failure { _ = try open("deep.h5").root.walk() })
    #expect(error.message.contains("64"), "\(error)")
  }
}
