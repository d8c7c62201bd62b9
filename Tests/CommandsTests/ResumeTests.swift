import Exchange
import FoundationEssentials
import Glibc
import Networks
import Testing
import Training

/// `train --resume`: options that are remembered, runs made longer, directories in use, states that no run comes to.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct ResumeTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func train(_ options: [String]) throws -> Child.Ending {
    try Child.start(["train", "--quiet"] + options, in: directory).wait()
  }

  private func weights(_ name: String) throws -> String { try ModelFile.read(from: directory.file(name)).sha256 }

  private static let small = ["--architecture", "mlp:hidden=8", "--count", "300", "--seed", "3"]

  /// A run of some epochs in the directory `run`, to the file `m.h5`.
  private func begin(_ options: [String]) throws {
    let ending = try train(Self.small + options + ["--checkpoint", "run", "--output", "m.h5"])
    #expect(ending.code == 0, "\(ending.errors)")
  }

  private func resume(_ options: String...) throws -> Child.Ending {
    try train(["--resume", "--checkpoint", "run"] + options)
  }

  @Test func whatChangesNoResultMayBeGivenAnew() throws {
    try begin(["--epochs", "2", "--threads", "1"])
    let other = try resume("--threads", "2", "--output", "other.h5", "--json")
    #expect(other.code == 0, "\(other.errors)")
    #expect(try JSONValue.parse(other.output)["epochs"]?.elements.count == 2)
    #expect(try weights("other.h5") == weights("m.h5"))
    // The directory may be moved.
    try FileManager.default.moveItem(atPath: directory.file("run"), toPath: directory.file("moved"))
    let moved = try train(["--resume", "--checkpoint", "moved", "--output", "moved.h5"])
    #expect(moved.code == 0, "\(moved.errors)")
    #expect(try weights("moved.h5") == weights("m.h5"))
    let command = try ModelFile.read(from: directory.file("moved.h5")).provenance.command
    #expect(command.first == "train" && command.contains("--architecture=mlp:hidden=8"), "\(command)")
    let seed = try train(["--resume", "--checkpoint", "moved", "--seed", "4"])
    #expect(seed.code == 65 && seed.errors.contains("seed is 3 there and 4 here"), "\(seed.errors)")
    let model = try train(["--resume", "--checkpoint", "moved", "--model", SampleFiles.model])
    #expect(model.code == 65, "\(model.errors)")
    let unknown = try train(["--resume", "--checkpoint", "moved", "--beta", "4"])
    #expect(unknown.code == 64 && unknown.errors.contains("--beta is an option of --defence"), "\(unknown.errors)")
  }

  /// A rate that does not depend on the number of epochs: the run is the longer one, bit for bit.
  @Test(arguments: ["constant", "step:milestones=2-4,factor=0.5"]) func aLongerRun(schedule: String) throws {
    try begin(["--epochs", "3", "--schedule", schedule])
    let longer = try resume("--epochs", "6")
    #expect(longer.code == 0, "\(longer.errors)")
    #expect(longer.output.contains("a run of 3 epochs goes on to have 6: epochs 6"), "\(longer.output)")
    #expect(longer.output.contains("are those of a run of 6 from the start"), "\(longer.output)")
    let whole = try train(Self.small + ["--epochs", "6", "--schedule", schedule, "--output", "whole.h5"])
    #expect(whole.code == 0)
    #expect(try weights("m.h5") == weights("whole.h5"))
    // It is one of six epochs from now on.
    let again = try resume("--output", "again.h5")
    #expect(again.code == 0, "\(again.errors)")
    #expect(try weights("again.h5") == weights("whole.h5"))
    let shorter = try resume("--epochs", "4")
    #expect(shorter.code == 65 && shorter.errors.contains("epochs is 6 there and 4 here"), "\(shorter.errors)")
  }

  @Test func aCosineIsStretched() throws {
    try begin(["--epochs", "2", "--schedule", "cosine", "--lr", "0.01"])
    let longer = try resume("--epochs", "4")
    #expect(longer.code == 0, "\(longer.errors)")
    // 0.01 · (1 + cos(π · 2/4)) / 2.
    let note = "the learning rate, 0 here in a run of 2 epochs, goes on from 0.005: a run of 4 from the start is"
    #expect(longer.output.contains(note), "\(longer.output)")
    #expect(longer.output.contains("after 2 epochs and 0 updates of the next"), "\(longer.output)")
    let record = try JSONValue.parse(try #require(ModelFile.read(from: directory.file("m.h5")).trainingRecord))
    let rates = (record["epochs"]?.elements ?? []).compactMap { $0["learning_rate"]?.number }
    // Single precision.
    #expect(rates.count == 4 && abs(rates[1] - 0.005) < 1e-8 && abs(rates[2] - 0.005) < 1e-8, "\(rates)")
  }

  /// What a defence counts in epochs is stretched with them.
  @Test func aDefenceIsStretched() throws {
    let options = ["--defence", "quick", "--eps", "0.05", "--epochs", "2"]
    try begin(options)
    let longer = try resume("--epochs", "4")
    #expect(longer.code == 0, "\(longer.errors)")
    #expect(longer.output.contains("ramp epochs 1.14286"), "\(longer.output)")
    #expect(longer.output.contains("is another one"), "\(longer.output)")
  }

  @Test func aDirectoryInUse() throws {
    let long = Self.small + ["--epochs", "100000", "--output", "long.h5", "--checkpoint", "run"]
    let first = try Child.start(["train", "--quiet"] + long, in: directory)
    try first.poll("a state") { access(directory.file("run/checkpoint.h5"), F_OK) == 0 }
    for options in [["--resume", "--checkpoint", "run"], long] {
      let second = try train(options)
      #expect(second.code == 73, "\(second.errors)")
      #expect(
        second.errors.contains("expected a directory that no other run uses, found one in use"), "\(second.errors)")
    }
    // The lock goes with its process, however that ends.
    first.send(SIGKILL)
    #expect(try first.wait().code == -SIGKILL)
    let resumed = try Child.start(["train", "--quiet", "--resume", "--checkpoint", "run"], in: directory)
    try resumed.poll("the heading") { resumed.outputSoFar.contains("\nresumed ") }
    resumed.send(SIGKILL)
    #expect(try resumed.wait().code == -SIGKILL)
  }

  @Test func whatAKilledRunLeftIsRemoved() throws {
    try begin(["--epochs", "1"])
    let mine = [".checkpoint.h5.3w5e11264sgsf.partial", ".checkpoint.h5.0.partial"]
    let others = [
      ".checkpoint.h5..partial", ".checkpoint.h5.a-b.partial", ".other.h5.3w5e11264sgsf.partial",
      "checkpoint.h5.1.partial",
      ".checkpoint.h5.1.partial.txt",
    ]
    for name in mine + others { try directory.write("run/" + name, [1]) }
    #expect(try resume().code == 0)
    #expect(try directory.contents(of: "run").sorted() == ([".lock", "checkpoint.h5"] + others).sorted())
  }

  /// A checkpoint that is changed by a program that knows the format: its digest is right.
  private func edit(_ change: (inout CheckpointFile) throws -> Void) throws {
    var file = try CheckpointFile.read(from: directory.file("run/checkpoint.h5"))
    try change(&file)
    try CheckpointFile(
      settings: file.settings, state: file.state, parameterSets: file.parameterSets, tensors: file.tensors,
      provenance: file.provenance
    ).write(to: directory.file("run/checkpoint.h5"))
  }

  private func expectRefusal(_ text: String, _ change: (inout CheckpointFile) throws -> Void) throws {
    let bytes = try directory.read("run/checkpoint.h5")
    try edit(change)
    let ending = try resume()
    #expect(ending.code == 65 && ending.errors.contains(text), "\(text): \(ending.code) \(ending.errors)")
    try directory.write("run/checkpoint.h5", bytes)
  }

  private static let bias = ParameterKey("logits", .bias)

  @Test(arguments: [
    (["adam"], ["first", "second"]), (["adamw"], ["first", "second"]), (["nadam"], ["first", "second"]),
    (["sgd"], ["first"]), (["rmsprop"], ["second"]), (["rmsprop", "--momentum", "0.5"], ["first", "second"]),
  ])
  func missingMoments(optimizer: [String], sets: [String]) throws {
    try begin(["--epochs", "2", "--optimizer"] + optimizer)
    for set in sets {
      try expectRefusal("expected what \(optimizer[0]) remembers of ") { $0.parameterSets[set] = nil }
      try expectRefusal("remembers of logits/bias after ") { $0.parameterSets[set]?.tensors[Self.bias] = nil }
      try expectRefusal("expected the shape 10, found 3") {
        $0.parameterSets[set]?.tensors[Self.bias] = Tensor(shape: [3])
      }
    }
    #expect(try resume().code == 0, "else the test shows nothing")
  }

  @Test func momentsThatThereNeedNotBe() throws {
    try begin(["--epochs", "2", "--optimizer", "sgd", "--momentum", "0"])
    #expect(try resume().code == 0)
  }

  @Test func statesThatNoRunComesTo() throws {
    try begin(["--epochs", "2", "--defence", "fast", "--eps", "0.05", "--ema", "0.5"])
    func replacing(_ pattern: Regex<Substring>, _ new: String) -> (inout CheckpointFile) throws -> Void {
      { file in
        let changed = file.state.replacing(pattern, with: new)
        guard changed != file.state else { throw ScratchFailure("\(new): nothing to replace in \(file.state)") }
        file.state = changed
      }
    }
    try expectRefusal("expected the set 'best'") { $0.parameterSets["best"] = nil }
    try expectRefusal("expected the set 'average'") { $0.parameterSets["average"] = nil }
    try expectRefusal("expected the set 'weights'") { $0.parameterSets["weights"] = nil }
    try expectRefusal("NaN or infinity") {
      $0.parameterSets["weights"]?["logits", .bias] = Tensor(
        shape: [10], scalars: Array(repeating: .nan, count: 10))
    }
    try expectRefusal("updates of the optimiser after 2 epochs and 0 updates, found 77") {
      try replacing(#/"updates":\d+}$/#, #""updates":77}"#)(&$0)
    }
    try expectRefusal("expected epochs 1, 2, … up to 2, found [1, 3]") {
      try replacing(#/"epoch":2,"/#, #""epoch":3,""#)(&$0)
    }
    try expectRefusal("expected a mean of ") { try replacing(#/"averagedCount":\d+/#, #""averagedCount":1"#)(&$0) }
    try expectRefusal("expected JSON of a checkpoint") { $0.state = "{}" }
    try expectRefusal("expected a run with these settings") { $0.settings = "[]" }
    try expectRefusal("no such parameter") { $0.parameterSets["weights"]?["other", .bias] = Tensor(shape: [1]) }
    #expect(try resume().code == 0, "else the test shows nothing")
  }

  private static let declaredLater: Set<String> = [
    "beta1", "beta2", "epsilon", "random_start", "difference", "momentum_decay", "smoothing",
  ]

  /// A program of before wrote no hyper-parameter that was a constant to it. The run goes on where the value is that one.
  @Test(
    arguments: [
      (["--defence", "pgd", "--eps", "0.1", "--steps", "2"], ["--beta1", "0.8"], "beta1 is 0.9 there and 0.8 here"),
      (
        ["--defence", "alp", "--eps", "0.1", "--steps", "2"], ["--defence", "alp", "--no-random-start"],
        "random start is yes there and no here"
      ),
      (
        ["--defence", "input-gradient", "--penalty", "1", "--pixel-range", "0:2"],
        ["--defence", "input-gradient", "--difference", "0.01"],
        "difference is 0.002 there and 0.01 here"
      ),
      (["--optimizer", "rmsprop"], ["--smoothing", "0.9"], "smoothing is 0.99 there and 0.9 here"),
      (["--optimizer", "nadam"], ["--momentum-decay", "0.1"], "momentum decay is 0.004 there and 0.1 here"),
    ])
  func hyperparametersThatWereDeclaredLater(options: [String], other: [String], difference: String) throws {
    try begin(options + ["--epochs", "1"])
    try edit { file in
      let settings = try JSONDecoder().decode([TrainingSetting].self, from: Data(file.settings.utf8))
      let earlier = settings.filter { !Self.declaredLater.contains($0.name) }
      #expect(earlier.count < settings.count)
      file.settings = String(decoding: try JSONEncoder().encode(earlier), as: UTF8.self)
      file.provenance.version = nil
    }
    let changed = try train(["--resume", "--checkpoint", "run"] + other)
    #expect(changed.code == 65 && changed.errors.contains(difference), "\(changed.errors)")
    let longer = try resume("--epochs", "2", "--output", "longer.h5")
    #expect(longer.code == 0, "\(longer.errors)")
    // From then on every value is named.
    let again = try resume("--output", "again.h5")
    #expect(again.code == 0, "\(again.errors)")
    #expect(try weights("again.h5") == weights("longer.h5"))
  }

  @Test func aPerturbationThatIsMissing() throws {
    try begin(["--defence", "free", "--eps", "0.1", "--replays", "2", "--epochs", "1", "--batch-size", "50"])
    try expectRefusal("expected the perturbation of a mini-batch, N×1×8×8, found none") { $0.tensors = [:] }
    try expectRefusal("found 50×1×4×4") { $0.tensors["memory"] = Tensor(shape: [50, 1, 4, 4]) }
    try expectRefusal("found 51×1×8×8") { $0.tensors["memory"] = Tensor(shape: [51, 1, 8, 8]) }
    #expect(try resume().code == 0, "else the test shows nothing")
  }

  @Test func optionsThatAreNone() throws {
    try begin(["--epochs", "1"])
    try expectRefusal("expected the command line of a run of train") { $0.provenance.command = ["train", "--nosuch"] }
  }
}
