import Dispatch
import Foundation
import Glibc
import HDF5
import Synchronization
import Testing

struct FileTests {
  @Test func missingAndUnreadableFilesAreDistinguished() throws {
    let directory = try TemporaryDirectory()
    #expect(failure { _ = try File(reading: directory("none.h5")) }?.reason == .missing)
    #expect(failure { _ = try File(reading: directory("none/none.h5")) }?.reason == .missing)
    #expect(failure { _ = try File(reading: "") }?.reason == .missing)
    #expect(failure { _ = try File(reading: "a\0b") }?.reason == .missing)
    let error = failure { _ = try File(reading: directory.path) }
    #expect(error?.reason == .unreadable && error?.description == "\(directory.path): is a directory")
  }

  @Test func fourThreadsReadAtOnce() throws {
    let directory = try TemporaryDirectory()
    let path = directory("shared.h5")
    let values = (0..<200_000).map { Float($0) }
    try File.write(atomicallyTo: path) { root in
      try root.write("a/x", values, shape: [2000, 100], storage: .compressed())
      try root.attributes.set("names", to: ["one", "two"])
    }
    let shared = try File(reading: path)
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      do {
        for round in 0..<20 {
          // Half of the rounds use one open file from all threads, half a file of their own.
          let file = round.isMultiple(of: 2) ? shared : try File(reading: path)
          let start = (thread * 20 + round) * 10
          let rows = try file.root.dataset("a/x").readRows(start..<start + 10, as: Float.self)
          let names = try file.root.attributes.strings("names")
          let absent = failure { _ = try file.root.dataset("a/absent/\(thread)") }
          if rows != Array(values[start * 100..<(start + 10) * 100]) { failures.withLock { $0.append("rows") } }
          if names != ["one", "two"] { failures.withLock { $0.append("names") } }
          if absent?.object != "/a/absent/\(thread)" { failures.withLock { $0.append("error") } }
        }
      } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
    #expect(failures.withLock { $0 } == [])
  }

  @Test func fileLivesAsLongAsWhatWasTakenFromIt() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { try $0.write("g/x", [1, 2, 3]) }
    let dataset = try File(reading: directory("f.h5")).root.group("g").dataset("x")
    #expect(try dataset.read(as: Int.self) == [1, 2, 3])
  }

  @Test func userBlockIsSkipped() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("plain.h5")) { try $0.write("x", [1.5]) }
    let image = [UInt8](repeating: 32, count: 1024) + (try bytes(of: directory("plain.h5")))
    #expect(try File(image: image, name: "shifted").root.dataset("x").read() == [1.5])
  }

  /// Another program holds it for less than the half second that is waited.
  @Test func aLockThatIsGivenBackIsWaitedFor() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { try $0.write("x", [1]) }
    // Closed in programs that other tests start meanwhile: they would go on holding the lock.
    let descriptor = open(directory("f.h5"), O_RDWR | O_CLOEXEC)
    #expect(flock(descriptor, LOCK_EX) == 0)
    // A thread of its own: those of the pool run tests.
    Thread.detachNewThread {
      usleep(50_000)
      flock(descriptor, LOCK_UN)
      close(descriptor)
    }
    #expect(try File(reading: directory("f.h5")).root.dataset("x").read(as: Int.self) == [1])
  }

  @Test func lockedFileIsUnreadable() throws {
    let directory = try TemporaryDirectory()
    try File.write(atomicallyTo: directory("f.h5")) { try $0.write("x", [1]) }
    let descriptor = open(directory("f.h5"), O_RDWR)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    let error = failure { _ = try File(reading: directory("f.h5")) }
    #expect(error?.reason == .unreadable && error?.message.contains("another program") == true)
    #expect(flock(descriptor, LOCK_UN) == 0)
    #expect(try File(reading: directory("f.h5")).root.dataset("x").read(as: Int.self) == [1])
  }
}
