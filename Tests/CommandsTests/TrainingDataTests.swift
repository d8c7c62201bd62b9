import Exchange
import HDF5
import Networks
import Testing

/// `train` on more images than it may hold.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct TrainingDataTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// Vectors of 4096 numbers, one class after the other: 256 fit into the 4 MB of a range.
  private func write(_ name: String, count: Int = 1500, change: (inout [Float]) -> Void = { _ in }) throws {
    let labels = (0..<count).map { Int64($0 * 4 / count) }
    var stream = RandomSource(seed: 2).stream(.data)
    var pixels = labels.flatMap { label in (0..<4096).map { _ in 0.1 * Float(label) + 0.6 * stream.uniform() } }
    change(&pixels)
    try File.write(atomicallyTo: directory.file(name)) { root in
      try root.write("x_train", pixels, shape: [count, 4096])
      try root.write("y_train", labels)
      try root.write("x_test", Array(pixels[..<(300 * 4096)]), shape: [300, 4096])
      try root.write("y_test", Array(labels[..<300]))
    }
  }

  private static let options = [
    "train", "--data", "d.h5", "--architecture", "mlp:hidden=4", "--quiet",
  ]

  private func train(epochs: Int = 2, _ options: String...) throws -> Child.Ending {
    try Child.start(Self.options + ["--epochs", "\(epochs)"] + options, in: directory).wait()
  }

  private func weights(_ name: String) throws -> String { try ModelFile.read(from: directory.file(name)).sha256 }

  /// Windows change the order of the images; threads, and the process that reads, change nothing.
  @Test func imagesAreReadWindowByWindow() throws {
    try write("d.h5")
    let first = try train("--window", "9MB", "--threads", "1", "--output", "1.h5")
    #expect(first.code == 0 && first.output.contains("test accuracy"), "\(first.output)\(first.errors)")
    let size = try #require(first.output.firstMatch(of: /windows +3 of up to (\d+) images/)?.1)
    let second = try train("--window", "9000kb", "--threads", "2", "--no-isolate", "--json", "--output", "2.h5")
    #expect(second.code == 0, "\(second.errors)")
    #expect(try JSONValue.parse(second.output)["settings"]?["window"] == Double(size).map(JSONValue.number))
    #expect(try weights("1.h5") == weights("2.h5"))
    let whole = try train("--output", "whole.h5")
    #expect(whole.code == 0 && !whole.output.contains("windows"), "\(whole.output)\(whole.errors)")
    let large = try train("--window", "1TB", "--output", "large.h5")
    #expect(large.code == 0 && !large.output.contains("windows"))
    #expect(try weights("whole.h5") == weights("large.h5") && weights("whole.h5") != weights("1.h5"))
  }

  @Test func aRunWithWindowsGoesOn() throws {
    try write("d.h5")
    let whole = try train(epochs: 4, "--window", "9MB", "--schedule", "constant", "--output", "whole.h5")
    #expect(whole.code == 0, "\(whole.errors)")
    let part = try train("--window", "9MB", "--schedule", "constant", "--checkpoint", "run", "--output", "m.h5")
    #expect(part.code == 0, "\(part.errors)")
    let other = try Child.run("train", "--resume", "--checkpoint", "run", "--window", "5MB", in: directory)
    #expect(other.code == 65 && other.errors.contains("window is "), "\(other.errors)")
    let longer = try Child.run("train", "--resume", "--checkpoint", "run", "--epochs", "4", in: directory)
    #expect(longer.code == 0, "\(longer.errors)")
    #expect(try weights("m.h5") == weights("whole.h5"))
  }

  /// All images are checked before any is learnt from.
  @Test func aFaultInTheLastRangeIsToldAtOnce() throws {
    try write("d.h5") { $0[1499 * 4096 + 7] = .nan }
    let ending = try train("--window", "5MB", "--output", "m.h5")
    #expect(ending.code == 65 && ending.errors.contains("1499"), "\(ending.errors)")
    #expect(ending.output.isEmpty, "\(ending.output)")
  }

  @Test(arguments: ["5", "0GB", "-1GB", "nanGB", "GB", "1e30TB"]) func sizesThatAreNone(size: String) throws {
    let ending = try train("--window=\(size)", "--output", "m.h5")
    #expect(ending.code == 64 && ending.errors.contains("a size such as 500MB or 4GB"), "\(ending.errors)")
  }
}
