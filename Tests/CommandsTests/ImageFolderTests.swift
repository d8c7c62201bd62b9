import Foundation
import HDF5
import Testing

/// Folders of images on the command line.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct ImageFolderTests {
  private let directory: ScratchDirectory

  /// Grey values 0, 4, …, 252, as Pillow writes them.
  private static let image =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAF0lEQVR42mNkYIEARgUog4UUBuMDKAMAR1gCmCOa8dUAAAAASUVORK5CYII="
  private static let names = ["eight", "five", "four", "nine", "one", "seven", "six", "three", "two", "zero"]

  init() throws {
    directory = try ScratchDirectory()
    for name in Self.names { try write("images/test/\(name)/1 é.png") }
    try write("images/test/zero/2.png")
  }

  private func write(_ name: String, change: (inout [UInt8]) -> Void = { _ in }) throws {
    let folder = directory.file(name.split(separator: "/").dropLast().joined(separator: "/"))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var bytes = try #require(Data(base64Encoded: Self.image).map { Array($0) })
    change(&bytes)
    try directory.write(name, bytes)
  }

  private func run(_ line: String) throws -> Child.Ending {
    try Child.start(line.split(separator: " ").map(String.init), in: directory).wait()
  }

  @Test func namesOfClassesAreShown() throws {
    for command in ["inspect images", "data inspect images/"] {
      let ending = try run(command)
      #expect(ending.code == 0, "\(ending.errors)")
      #expect(ending.output.contains("11 images of 1×8×8, 10 classes"), "\(ending.output)")
      #expect(ending.output.contains("class folders: eight, five, four"), "\(ending.output)")
      #expect(ending.output.contains("0 eight: 1, 1 five: 1") && ending.output.contains("9 zero: 2"))
    }
    let report = try JSONValue.parse(try run("data inspect images --json").output)
    #expect(report["data"]?["class_names"] == .array(Self.names.map { .string($0) }))
  }

  /// In a process of its own and in this one, with the same digest; the file of the attack keeps the names.
  @Test func attacksOnImagesInFolders() throws {
    for (option, output) in [("--isolate", "a.h5"), ("--no-isolate", "b.h5")] {
      let ending = try run("attack --fgsm --eps 0.1 --data images \(option) --output \(output)")
      #expect(ending.code == 0, "\(ending.errors)")
    }
    let roots = try ["a.h5", "b.h5"].map { try File(reading: directory.file($0)).root }
    for root in roots { #expect(try root.attributes.strings("class_names") == Self.names) }
    let digests = try roots.map { try $0.attributes.string("data_sha256") }
    #expect(digests[0]?.count == 64 && digests[0] == digests[1])
    #expect(try run("verify a.h5 --data images").code == 0)
    // The first images are those of the first classes.
    let few = try run("attack --fgsm --eps 0.1 --data images --count 3")
    #expect(few.output.contains("these 3 images are of 3 of 10 classes"), "\(few.output)")
    let shown = try run("inspect a.h5")
    #expect(shown.output.contains("class_names"), "\(shown.output)")
  }

  @Test func importedFoldersKeepTheirNames() throws {
    for name in Self.names { try write("images/train/\(name)/1.png") }
    let ending = try run("data import images --output images.h5 --pixels uint8")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(try File(reading: directory.file("images.h5")).root.attributes.strings("class_names") == Self.names)
    #expect(try run("inspect images.h5").output.contains("10: eight, five, four"))
    // What is fitted to the first images is fitted to the first classes.
    let fitted = try run("universal --steps 2 --data images --fit-count 3")
    #expect(fitted.output.contains("train: 3 images of 3 of 10 classes"), "\(fitted.output)\(fitted.errors)")
  }

  @Test func damagedImagesAreErrorsOfContent() throws {
    try write("images/test/two/0.png") { $0[44] ^= 1 }
    let damaged = try run("attack --fgsm --eps 0.1 --data images")
    #expect(damaged.code == 65)
    #expect(damaged.errors.contains("images/test/two/0.png: expected a whole PNG image"), "\(damaged.errors)")
    try write("images/test/two/0.png") { $0[18] = 0xFF }
    #expect(try run("attack --fgsm --eps 0.1 --data images").code == 65)
    try write("flat/1.png")
    let flat = try run("inspect flat")
    #expect(flat.code == 65 && flat.errors.contains("expected a folder for each class"), "\(flat.errors)")
  }
}
