import Exchange
import FoundationEssentials
import Glibc
import Networks
import Testing

/// `train --checkpoint` and `--resume`: runs that are stopped in every way there is.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct CheckpointTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func train(_ options: [String], _ output: String = "m.h5") throws -> Child {
    try Child.start(["train", "--quiet", "--output", output] + options, in: directory)
  }

  private func weights(_ name: String = "m.h5") throws -> String {
    try ModelFile.read(from: directory.file(name)).sha256
  }

  private func epochs(_ name: String) throws -> [JSONValue] {
    let record = try JSONValue.parse(try #require(ModelFile.read(from: directory.file(name)).trainingRecord))
    return ["epoch", "training_loss", "validation_accuracy", "robust_accuracy"].map { key in
      .array((record["epochs"]?.elements ?? []).map { $0[key] ?? .null })
    }
  }

  private func exists(_ name: String) -> Bool { access(directory.file(name), F_OK) == 0 }

  private static let plain = ["--architecture", "mlp:hidden=16", "--epochs", "150", "--count", "600", "--lr", "0.01"]
  private static let free = [
    "--defence", "free", "--eps", "0.1", "--replays", "3", "--batch-size", "32", "--architecture", "tinycnn",
    "--epochs",
    "12", "--count", "300", "--checkpoint-every", "0.0003",
  ]
  private static let averaged = [
    "--defence", "fast", "--eps", "0.05", "--ema", "0.9", "--batch-size", "32", "--architecture", "tinycnn", "--epochs",
    "12", "--count", "600", "--augment", "crop:1", "--collapse-guard", "1",
  ]

  private static let distilled = [
    "--defence", "distillation", "--source-model", SampleFiles.model, "--architecture", "tinycnn", "--epochs", "25",
    "--batch-size", "32", "--count", "600",
  ]

  /// The weights are those of a run that was never stopped, wherever it is killed.
  @Test(arguments: [plain, free, averaged, distilled]) func aKilledRunIsResumed(options: [String]) throws {
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try train(options + ["--checkpoint", "whole"], "whole.h5").wait().code == 0)
    let microseconds = (clock.now - start) / .microseconds(1)
    let checkpoint = ["--checkpoint", "run"]
    var killed = 0
    for _ in 0..<5 {
      let child = try train(options + checkpoint + (exists("run/checkpoint.h5") ? ["--resume"] : []))
      // Early: the machine may have less to do than when the time was taken.
      usleep(UInt32(Double.random(in: 0.02...0.3) * microseconds))
      child.send(SIGKILL)
      if try child.wait().code == -SIGKILL { killed += 1 }
      try? FileManager.default.removeItem(atPath: directory.file("m.h5"))
    }
    #expect(killed > 0, "else the test shows nothing")
    // The checkpoint holds every option.
    let isBegun = exists("run/checkpoint.h5")
    let last =
      isBegun
      ? try Child.run("train", "--resume", "--checkpoint", "run", "--quiet", in: directory)
      : try train(options + checkpoint).wait()
    #expect(last.code == 0, "\(last.errors)")
    #expect(try weights() == weights("whole.h5"))
    #expect(try epochs("m.h5") == epochs("whole.h5"))
  }

  @Test func controlCKeepsTheStateWithinAnEpoch() throws {
    // The state is written after every update; the first before any.
    let options = ["--architecture", "digits-cnn", "--epochs", "2", "--batch-size", "16", "--count", "800"]
    #expect(try train(options, "whole.h5").wait().code == 0)
    let ending = try interrupted(options + ["--checkpoint", "run", "--checkpoint-every", "0"])
    #expect(ending.code == 130 && ending.errors.contains("--resume continues the run"), "\(ending.errors)")
    let resumed = try train(options + ["--checkpoint", "run", "--resume"]).wait()
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(resumed.output.contains(#/resumed +after \d epochs? and \d+ updates? of the next/#), "\(resumed.output)")
    #expect(try weights() == weights("whole.h5"))
  }

  /// How a run ends that gets Ctrl-C once its state has changed. One that a fast machine finishes before that is begun
  /// anew.
  private func interrupted(_ options: [String]) throws -> Child.Ending {
    for _ in 0..<5 {
      let child = try train(options)
      var states: Set<Int> = []
      try child.poll("a second state") {
        if let time = stateTime() { states.insert(time) }
        return states.count > 1 || child.hasEnded
      }
      child.send(SIGINT)
      let ending = try child.wait()
      guard ending.code == 0 else { return ending }
      for name in ["m.h5", "run"] { try FileManager.default.removeItem(atPath: directory.file(name)) }
    }
    throw ScratchFailure("five runs ended by themselves before they could be interrupted")
  }

  /// When the state was written, in nanoseconds; nil where there is none. The time tells states apart, as the number of
  /// the file does not: a file that is removed leaves its number to the next.
  private func stateTime() -> Int? {
    var status = stat()
    guard stat(directory.file("run/checkpoint.h5"), &status) == 0 else { return nil }
    return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
  }

  /// Files may not grow beyond what the model's file and the first state need: the later states, three times as large,
  /// fail as on a full disk.
  @Test func aFullDiskKeepsTheLastState() throws {
    let options = "--architecture mlp:hidden=400 --epochs 3 --count 300 --quiet"
    let whole = try Child.shell("\"$0\" train \(options) --output whole.h5", in: directory)
    #expect(whole.code == 0, "\(whole.errors)")
    // 30,000 weights are 121 kB; blocks of 512 bytes.
    let full = try Child.shell(
      "ulimit -f 400; exec \"$0\" train \(options) --checkpoint run --output m.h5", in: directory)
    #expect(full.code == 73, "\(full.errors)")
    #expect(full.errors.contains("Warning: cannot keep the state of the run, the last one kept stays: "))
    #expect(try weights() == weights("whole.h5"), "the run itself goes on")
    #expect(
      try directory.contents(of: "run").sorted() == [".lock", "checkpoint.h5"], "nothing is left behind")
    let resumed = try Child.shell("\"$0\" train \(options) --checkpoint run --resume --output r.h5", in: directory)
    #expect(resumed.code == 0 && resumed.output.contains("after 0 epochs and 0 updates"), "\(resumed.errors)")
    #expect(try weights("r.h5") == weights("whole.h5"))
  }

  @Test func aFinishedRunIsOnlyWritten() throws {
    let options = ["--architecture", "mlp", "--epochs", "2", "--count", "100", "--checkpoint", "run"]
    #expect(try train(options).wait().code == 0)
    let again = try train(options + ["--resume"], "again.h5").wait()
    #expect(again.code == 0, "\(again.errors)")
    #expect(try weights("again.h5") == weights())
    #expect(again.output.contains("\n    2 "))
  }

  @Test func anotherRunIsRefused() throws {
    let options = ["--architecture", "mlp:hidden=4", "--epochs", "2", "--count", "100", "--checkpoint", "run"]
    #expect(try train(options).wait().code == 0)
    func message(_ changes: [String], code: Int32) throws -> String {
      let ending = try train(changes + ["--checkpoint", "run"]).wait()
      #expect(ending.code == code, "\(ending.errors)")
      return ending.errors
    }
    #expect(try message(["--architecture", "mlp:hidden=4"], code: 64).contains("There is a run in run/checkpoint.h5"))
    let other = try message(
      ["--architecture", "mlp:hidden=4", "--epochs", "1", "--count", "90", "--lr", "0.1", "--resume"], code: 65)
    for text in ["epochs is 2 there and 1 here", "images is 100 there and 90 here", "learning rate is 0.001 there"] {
      #expect(other.contains(text), "\(other)")
    }
    #expect(
      try message(["--architecture", "tinycnn", "--epochs", "2", "--count", "100", "--resume"], code: 65)
        .contains("architecture is mlp:hidden=4 there and tinycnn here"))
    #expect(
      try message(
        ["--architecture", "mlp:hidden=4", "--epochs", "2", "--count", "100", "--defence", "fast", "--resume"],
        code: 65
      ).contains("defence is not set there and fast-mnist here"))
  }

  @Test func aStudentKeepsItsTeacher() throws {
    try SampleFiles.writeModel("other.h5", in: directory, inputShape: [1, 8, 8])
    let options = [
      "--defence", "distillation", "--architecture", "mlp:hidden=4", "--epochs", "1", "--count", "100",
      "--checkpoint", "run",
    ]
    #expect(try train(options + ["--source-model", SampleFiles.model]).wait().code == 0)
    let same = try train(options + ["--source-model", SampleFiles.model, "--resume"]).wait()
    #expect(same.code == 0, "\(same.errors)")
    let other = try train(options + ["--source-model", "other.h5", "--resume"]).wait()
    #expect(other.code == 65 && other.errors.contains("source model is "), "\(other.errors)")
    let remembered = try train(options + ["--resume"]).wait()
    #expect(remembered.code == 0, "\(remembered.errors)")
    let warmer = try train(options + ["--source-model", SampleFiles.model, "--temperature", "30", "--resume"]).wait()
    #expect(warmer.code == 65 && warmer.errors.contains("temperature is 20 there and 30 here"), "\(warmer.errors)")
  }

  @Test func filesThatAreNoCheckpoint() throws {
    let options = ["--architecture", "mlp:hidden=4", "--epochs", "2", "--count", "100", "--checkpoint", "run"]
    #expect(try train(options + ["--resume"]).wait().code == 66)
    #expect(try train(options).wait().code == 0)
    let bytes = try directory.read("run/checkpoint.h5")
    for damaged in [Array(bytes.prefix(bytes.count / 2)), [], [1, 2, 3]] {
      try directory.write("run/checkpoint.h5", damaged)
      let ending = try train(options + ["--resume"]).wait()
      #expect(ending.code == 65, "\(ending.errors)")
      #expect(ending.errors.contains("run/checkpoint.h5"))
    }
    try directory.write("run/checkpoint.h5", directory.read("m.h5"))
    let model = try train(options + ["--resume"]).wait()
    #expect(model.code == 65 && model.errors.contains("expected a checkpoint, found a model"), "\(model.errors)")
    #expect(try train(["--architecture", "mlp", "--resume"]).wait().code == 64)
    #expect(try train(["--architecture", "mlp", "--checkpoint", "none/such"]).wait().code == 73)
  }
}
