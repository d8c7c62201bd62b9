import Exchange
import FoundationEssentials
import HDF5
import Networks
import Testing

/// Small files whose networks need more memory than there is: said before any of it is asked for.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct NetworkMemoryTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// A chain that pads an image of 8×8 by `side` on every side and then `links` times by a row.
  private func write(side: Int, links: Int) throws {
    var network = try Network(inputShape: [1, 8, 8])
    try network.append(.zeroPadding(Edges(side)), named: "pad")
    for index in 0..<links {
      try network.append(.zeroPadding(Edges(top: 1, bottom: 0, left: 0, right: 0)), named: "row\(index)")
    }
    try network.append(.globalPooling(GlobalPooling(.max)), named: "pool")
    try network.append(.dense(Dense(outputs: 10)), named: "fc")
    try JSONEncoder().encode(network).write(to: URL(filePath: directory.file("net.json")))
    try File.write(atomicallyTo: directory.file("w.h5")) { root in
      try root.write("fc.weight", [Float](repeating: 1, count: 10), shape: [10, 1])
      try root.write("fc.bias", [Float](repeating: 0, count: 10))
    }
  }

  /// Two activations at once, 16 times 65 MB each, are 2.1 GB; tables of places, 4 bytes for each of 31 outputs of 16
  /// million pixels and 8 for each of 30 inputs of that size, 2.0 and 3.9 GB.
  @Test(
    arguments: [
      "attack --fgsm --eps 0.1 --count 4 --quiet", "predict --count 4 --output p.h5",
      "gradient --count 4 --output g.h5", "evaluate --eps 0.1 --count 4 --quiet",
    ])
  func moreThanTheLimitOfTheShellIsRefused(command: String) throws {
    try write(side: 2000, links: 30)
    let ending = try Child.shell(
      "ulimit -v 1500000; exec \"$0\" \(command) --model w.h5 --architecture net.json", in: directory)
    #expect(ending.code == 65, "\(ending.errors)")
    #expect(
      ending.errors.contains("expected a network that fits into memory, of which")
        || ending.errors.contains("Expected a network that fits into memory, of which"), "\(ending.errors)")
    // The smallest plan is smaller on processors without AVX-512.
    #expect(
      ending.errors.contains(
        /found one that needs (7\.9 GB for the activations of 16|\d+\.\d GB for the activations of 8) images/),
      "\(ending.errors)")
    #expect(ending.errors.split(separator: "\n").count == 1)
  }

  @Test func whatFitsIsRun() throws {
    try write(side: 50, links: 30)
    let ending = try Child.shell(
      "exec \"$0\" attack --fgsm --eps 0.1 --count 4 --model w.h5 --architecture net.json", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
  }

  /// The oracle keeps everything in double precision.
  @Test func theOracleToo() throws {
    try write(side: 2000, links: 30)
    let (model, _) = try ModelRequest(path: directory.file("w.h5"), architecture: directory.file("net.json")).read()
    try model.write(to: directory.file("m.h5"))
    let ending = try Child.shell("ulimit -v 1500000; exec \"$0\" gradcheck --model m.h5", in: directory)
    #expect(ending.code == 65, "\(ending.errors)")
    #expect(ending.errors.contains("that fits into memory"), "\(ending.errors)")
  }

  @Test func weightsOfAnArchitecture() throws {
    let ending = try Child.shell(
      "ulimit -v 1500000; exec \"$0\" train --architecture mlp:hidden=20000-20000 --count 10 --output m.h5",
      in: directory)
    #expect(ending.code == 64, "\(ending.errors)")
    #expect(ending.errors.contains("needs 1.6 GB for its weights"), "\(ending.errors)")
  }

  /// Files of the report, where they lie beside the package: each runs or is refused, and none ends by a signal.
  @Test(arguments: ["chain30", "p2000", "p20000", "p130000", "pmax"])
  func architecturesOfTheReport(name: String) throws {
    guard let json = SampleFiles.shared("fixtures2/stress/\(name).json"),
      let weights = SampleFiles.shared("fixtures2/stress/smallp.h5")
    else { return }
    let ending = try Child.shell(
      "ulimit -v 1500000; exec \"$0\" attack --fgsm --eps 0.1 --count 4 --quiet --model '\(weights)' --architecture '\(json)'",
      in: directory)
    // The smallest of them fits where none of its images is attacked.
    #expect(ending.code == 65 || ending.code == 0 && name == "p2000", "\(ending.code) \(ending.errors)")
  }

  @Test(arguments: ["pad500", "pad2000", "pad5000", "pad15000", "pad60000", "up500", "up5000", "small", "u"])
  func modelsOfTheReport(name: String) throws {
    guard let model = SampleFiles.shared("fixtures2/stress/\(name).keras") else { return }
    let ending = try Child.shell(
      "ulimit -v 1500000; exec \"$0\" attack --fgsm --eps 0.1 --count 4 --quiet --model '\(model)'", in: directory)
    #expect(ending.code == 0 || ending.code == 65, "\(ending.code) \(ending.errors)")
  }
}
