import Exchange
import FoundationEssentials
import Glibc
import Networks
import Testing

/// Numbers that are no longer finite, and disks that are full: no file is written that cannot be read, and no work lost.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct DivergenceTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func train(_ options: [String]) throws -> Child.Ending {
    try Child.start(["train", "--quiet", "--output", "m.h5"] + options, in: directory).wait()
  }

  /// Every way to overflow in the first epoch: weights, outputs, statistics; with images to validate on and without.
  @Test(arguments: ["mlp:hidden=8", "digits-cnn", "tinycnn"], ["sgd", "adam", "adamw", "rmsprop", "nadam"])
  func rates(architecture: String, optimizer: String) throws {
    for options in [
      ["--lr", "3e38"], ["--lr", "1e30", "--validation", "0"], ["--lr", "3e38", "--batch-size", "9999"],
    ] {
      let ending = try train(
        ["--architecture", architecture, "--optimizer", optimizer, "--epochs", "1", "--count", "200"] + options)
      if ending.code == 0 {
        // A network whose normalisation tames any weight.
        let check = try Child.run("predict", "--model", "m.h5", "--output", "p.h5", in: directory)
        #expect(check.code == 0, "\(check.errors)")
        try FileManager.default.removeItem(atPath: directory.file("m.h5"))
      } else {
        #expect(ending.code == 1 && ending.errors.hasPrefix("Error: Training diverged: "), "\(ending.errors)")
        #expect(!(try directory.names()).contains("m.h5"), "no epoch was completed")
      }
    }
  }

  /// One update an epoch. The rate of the first is 0, that of the second too large for anything.
  @Test(arguments: [[], ["--ema", "0.5"], ["--select", "best-clean"], ["--defence", "pgd", "--eps", "0.1"]])
  func theLastEpochIsWritten(options: [String]) throws {
    let diverging = [
      "--architecture", "mlp:hidden=8", "--epochs", "3", "--batch-size", "9999", "--count", "300", "--optimizer", "sgd",
      "--momentum", "0", "--lr", "1e38", "--schedule", "triangular:peak=0.9", "--checkpoint", "run",
    ]
    let ending = try train(diverging + options)
    #expect(ending.code == 1, "\(ending.errors)")
    #expect(ending.errors.contains("Error: Training diverged: "), "\(ending.errors)")
    #expect(ending.errors.contains("The weights of epoch 1 are in m.h5."), "\(ending.errors)")
    #expect(ending.output.contains(#/note +Training diverged: /#) && ending.output.contains("test accuracy"))
    let predicted = try Child.run("predict", "--model", "m.h5", "--output", "p.h5", in: directory)
    #expect(predicted.code == 0, "\(predicted.errors)")
    let model = try ModelFile.read(from: directory.file("m.h5"))
    let record = try JSONValue.parse(try #require(model.trainingRecord))
    #expect(record["is_complete"] == .bool(false) && record["epochs"]?.elements.count == 1)
    #expect(record["divergence"]?.string?.hasPrefix("Training diverged") == true)
    // The state that is kept is one that can be read.
    let resumed = try Child.run("train", "--resume", "--checkpoint", "run", "--quiet", in: directory)
    #expect(resumed.code == 1, "\(resumed.errors)")
    #expect(try ModelFile.read(from: directory.file("m.h5")).sha256 == model.sha256)
  }

  /// Weights so large that no image has finite logits, and such that some have.
  @Test(arguments: [Float(1e38), 1e37, 1e20]) func hugeWeightsAreConverted(size: Float) throws {
    try SampleFiles.writeModel("huge.h5", in: directory) { parameters in
      for key in parameters.tensors.keys where key.role == .weight {
        parameters.tensors[key]?.withUnsafeMutableScalars { for i in $0.indices { $0[i] *= size } }
      }
    }
    try expectReadable("huge.h5", [])
  }

  @Test func theHugeModelOfTheReports() throws {
    guard let path = SampleFiles.shared("fixtures2/stress/huge.h5") else { return }
    try expectReadable(path, ["--architecture", "mlp:hidden=4", "--input-shape", "1x8x8"])
  }

  /// Converts a model in every form, and each result back.
  private func expectReadable(_ path: String, _ options: [String]) throws {
    for (form, name) in [("native", "n.h5"), ("keras", "k.h5"), ("keras3", "k.keras"), ("pytorch", "p.h5")] {
      let ending = try Child.start(["convert", path, name, "--to", form] + options, in: directory).wait()
      #expect(ending.code == 0, "\(form): \(ending.errors)")
      if form == "pytorch" { continue }
      let predicted = try Child.run("predict", "--model", name, "--output", "out.h5", in: directory)
      #expect(predicted.code == 0, "\(form): \(predicted.errors)")
      let back = try Child.run("convert", name, "back.h5", "--to", "native", in: directory)
      #expect(back.code == 0, "\(form): \(back.errors)")
    }
  }

  /// 30,010 weights are 120,040 bytes; blocks of 512.
  @Test func roomIsLookedForFirst() throws {
    let options = "--architecture mlp:hidden=400 --epochs 2 --count 300 --quiet"
    let full = try Child.shell("ulimit -f 100; exec \"$0\" train \(options) --output m.h5", in: directory)
    #expect(full.code == 73, "\(full.errors)")
    let message = "m.h5: no space left: expected room for 120,040 bytes, found 51,200"
    #expect(full.errors.contains(message), "\(full.errors)")
    #expect(full.output.isEmpty, "before the first epoch")
    // Enough for the numbers, and not for what HDF5 puts around them.
    let late = try Child.shell("ulimit -f 236; exec \"$0\" train \(options) --output m.h5", in: directory)
    #expect(late.code == 73, "\(late.errors)")
    #expect(late.output.contains("test accuracy") && late.output.contains(#/written +nowhere/#), "\(late.output)")
    #expect(late.errors.contains("the model is lost"), "\(late.errors)")
    #expect(try directory.names().isEmpty)
  }

  /// The directory of the model vanishes while the network is trained.
  @Test(arguments: [true, false]) func aModelThatCannotBeWrittenIsKeptElsewhere(hasCheckpoint: Bool) throws {
    try makeDirectories("out", "temporary")
    let child = try Child.start(
      [
        "train", "--quiet", "--architecture", "mlp:hidden=8", "--epochs", "800", "--count", "300", "--output",
        "out/m.h5",
      ]
        + (hasCheckpoint ? ["--checkpoint", "run"] : []),
      in: directory, environment: ["TMPDIR": directory.file("temporary")])
    try child.poll("an epoch") { child.outputSoFar.contains("\n    1 ") }
    try FileManager.default.removeItem(atPath: directory.file("out"))
    let ending = try child.wait()
    #expect(ending.code == 73 && ending.output.contains("test accuracy"), "\(ending.errors)")
    let place = hasCheckpoint ? "run" : "temporary"
    let name = try #require(try directory.contents(of: place).first { $0.hasSuffix("-m.h5") })
    #expect(
      ending.errors.contains("the model is in ") && ending.errors.contains("\(place)/\(name)"), "\(ending.errors)")
    let model = try ModelFile.read(from: directory.file("\(place)/\(name)"))
    #expect(model.trainingRecord != nil)
  }

  private func makeDirectories(_ names: String...) throws {
    for name in names { #expect(mkdir(directory.file(name), 0o700) == 0) }
  }
}
