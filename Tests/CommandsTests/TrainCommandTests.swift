import AdvLab
import Defences
import Exchange
import HDF5
import Networks
import Testing

@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct TrainCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func train(_ options: String...) throws -> Child.Ending {
    try Child.start(["train", "--output", "m.h5"] + options, in: directory).wait()
  }

  @Test func aTrainedModelIsUsable() throws {
    let ending = try train("--architecture", "mlp:hidden=16", "--epochs", "4", "--lr", "0.01", "--json")
    #expect(ending.code == 0, "\(ending.errors)")
    let report = try JSONValue.parse(ending.output)
    #expect(
      report.keys.isSuperset(of: ["command", "model", "data", "count", "clean_accuracy", "seconds", "epochs"]))
    #expect(report["epochs"]?.elements.count == 4)
    #expect(
      report["epochs"]?.elements[0].keys.isSuperset(of: [
        "epoch", "training_loss", "training_accuracy", "validation_accuracy", "learning_rate", "seconds",
      ]) == true)
    // Ten classes: by chance it would be 0.1.
    #expect(try #require(report["clean_accuracy"]?.number) > 0.5)
    let model = try ModelFile.read(from: directory.file("m.h5"))
    #expect(model.sha256 == report["model"]?["sha256"]?.string)
    #expect(model.probe?.images.exampleCount == 8)
    let attack = try Child.run("attack", "--fgsm", "--eps", "0.01", "--model", "m.h5", "--json", in: directory)
    #expect(try JSONValue.parse(attack.output)["clean_accuracy"] == report["clean_accuracy"])
  }

  @Test func whatIsWrittenNamesTheProgram() throws {
    let ending = try train(
      "--architecture", "mlp:hidden=8", "--epochs", "1", "--count", "100", "--checkpoint", "run", "--json")
    #expect(ending.code == 0, "\(ending.errors)")
    let version = JSONValue.string(Provenance.programVersion)
    #expect(try JSONValue.parse(ending.output)["program_version"] == version)
    let model = try ModelFile.read(from: directory.file("m.h5"))
    #expect(try JSONValue.parse(try #require(model.trainingRecord))["program_version"] == version)
    #expect(model.provenance.version == Provenance.programVersion)
    let checkpoint = try CheckpointFile.read(from: directory.file("run/checkpoint.h5"))
    #expect(checkpoint.provenance.version == Provenance.programVersion)
  }

  /// Whoever types the radius as other programs call it must not change the optimiser.
  @Test func epsilonIsNoOption() throws {
    let ending = try train("--architecture", "mlp:hidden=8", "--epsilon", "0.1")
    #expect(ending.code == 64 && ending.errors.contains("Did you mean '--eps'?"), "\(ending.errors)")
    let word = try train(
      "--architecture", "mlp:hidden=8", "--epochs", "1", "--count", "100", "--optimizer", "adam:epsilon=1e-5",
      "--beta1", "0.8", "--json")
    #expect(word.code == 0, "\(word.errors)")
    let settings = try JSONValue.parse(word.output)["settings"]
    #expect(settings?["epsilon"] == .number(1e-5) && settings?["beta1"] == .number(0.8))
    let foreign = try train("--architecture", "mlp:hidden=8", "--optimizer", "sgd", "--beta1", "0.8")
    #expect(
      foreign.code == 64 && foreign.errors.contains("--beta1 is an option of --optimizer adam and adamw and nadam"),
      "\(foreign.errors)")
  }

  /// The library decides about a run as the program does.
  @Test(arguments: [nil, "fast", "gaussian"]) func theLibraryTrainsAlike(defence: String?) throws {
    let options = ["--architecture", "mlp:hidden=8", "--epochs", "2", "--count", "100", "--seed", "5"]
    let data = try Dataset.read(
      from: SampleFiles.digits, DatasetSelection(split: "train", count: 100))
    let preset = try defence.map { try Preset.named($0, for: data.imageShape) }
    let more = defence.map { ["--defence", $0, "--validation", "0"] } ?? ["--validation", "0"]
    let ending = try Child.start(["train", "--output", "m.h5"] + options + more, in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    let model = try Model(architecture: "mlp:hidden=8", for: data, seed: 5)
    try model.train(on: data, with: preset, epochs: 2, seed: 5)
    try model.write(to: directory.file("library.h5"))
    #expect(
      try ModelFile.read(from: directory.file("library.h5")).sha256
        == ModelFile.read(from: directory.file("m.h5")).sha256)
  }

  @Test func theSeedDecides() throws {
    func weights(_ seed: String, _ threads: String) throws -> String {
      let ending = try train(
        "--architecture", "mlp:hidden=8", "--epochs", "2", "--seed", seed, "--threads", threads, "--count", "300")
      #expect(ending.code == 0, "\(ending.errors)")
      return try ModelFile.read(from: directory.file("m.h5")).sha256
    }
    let first = try weights("1", "1")
    #expect(try weights("1", "3") == first)
    #expect(try weights("2", "1") != first)
  }

  @Test func oneImageIsEnough() throws {
    let ending = try train("--architecture", "tinycnn", "--epochs", "2", "--count", "1", "--batch-size", "1000000")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("train: 1 image of 1×8×8, 10 classes"))
    #expect(ending.output.contains("test accuracy"))
  }

  /// A dataset with a training split, and a test split if the closure makes one.
  private func dataset(_ test: (Group) throws -> Void = { _ in }) throws -> String {
    let path = directory.file("data.h5")
    try File.write(atomicallyTo: path) { root in
      try root.write("x_train", (0..<640).map { Float($0 % 13) / 12 }, shape: [10, 1, 8, 8])
      try root.write("y_train", [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
      try test(root)
    }
    return path
  }

  @Test func withoutATestSplitThereIsNoTestAccuracy() throws {
    let ending = try train("--architecture", "mlp", "--epochs", "1", "--data", try dataset())
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains(#/note +no test accuracy: /#))
    #expect(!ending.output.contains("\ntest accuracy"))
  }

  @Test func aDamagedTestSplitIsNamed() throws {
    let path = try dataset { root in
      try root.write("x_test", [Float](repeating: 1.7, count: 64), shape: [1, 1, 8, 8])
      try root.write("y_test", [0])
    }
    let ending = try train("--architecture", "mlp", "--epochs", "1", "--data", path)
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("/x_test: example 0: expected pixels in [0.0, 1.0], found 1.7"), "\(ending.output)")
    let other = try dataset { root in
      try root.write("x_test", [Float](repeating: 0, count: 36), shape: [1, 1, 6, 6])
      try root.write("y_test", [0])
    }
    let shape = try train("--architecture", "mlp", "--epochs", "1", "--data", other)
    #expect(shape.output.contains("no test accuracy: its images are 1×6×6"), "\(shape.output)")
  }

  @Test func anArchitectureThatDoesNotFit() throws {
    let ending = try train("--architecture", "lenet5:padding=0")
    #expect(ending.code == 64)
    #expect(ending.errors.contains("Architecture 'lenet5' does not fit: Node 'c3'"))
    let large = try train("--architecture", "mlp:hidden=65536-65536")
    #expect(large.code == 64)
    #expect(try directory.names().isEmpty)
  }

  @Test func divergenceIsNoSuccess() throws {
    try directory.write("m.h5", [1, 2, 3])
    let ending = try train("--architecture", "mlp", "--optimizer", "sgd", "--lr", "1e30", "--force")
    #expect(ending.code == 1)
    #expect(ending.errors.hasPrefix("Error: Training diverged"))
    #expect(try directory.read("m.h5") == [1, 2, 3])
  }
}
