import Certification
import Defences
import Exchange
import Hyperparameters
import Networks
import Testing
import Training

/// `advlab train --defence`.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct TrainDefenceTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func train(_ options: [String]) throws -> Child.Ending {
    try Child.start(["train", "--output", "m.h5"] + options, in: directory).wait()
  }

  /// One epoch on a few digits, with a short attack where the method has steps.
  private static let presets = PresetCatalog(Preset.all + Preset.certified)

  @Test(arguments: presets.titles) func everyDefenceRuns(title: String) throws {
    var options = ["--defence", title, "--architecture", "mlp:hidden=8", "--epochs", "1", "--count", "80", "--json"]
    let preset = try Self.presets.named(title, for: [1, 8, 8])
    if preset.threat != nil { options += ["--eps", "0.1"] }
    let names = preset.defence.record.map(\.name)
    if names.contains("steps") { options += ["--steps", "2"] }
    if title == "ensemble" { options += ["--source-model", SampleFiles.model] }
    let ending = try train(options)
    #expect(ending.code == 0, "\(ending.errors)")
    let report = try JSONValue.parse(ending.output)
    let epoch = try #require(report["epochs"]?.elements.first)
    #expect((epoch["robust_accuracy"] != nil) == (preset.threat != nil))
    #expect(report["settings"]?["defence"]?.string == preset.name)
    let record = try JSONValue.parse(try #require(ModelFile.read(from: directory.file("m.h5")).trainingRecord))
    #expect(record["settings"] == report["settings"])
    #expect(record["settings"]?.keys.isSuperset(of: names) == true)
  }

  /// The teacher's probabilities, not the labels, are what the student learns: that of a teacher which knows nothing
  /// learns nothing, from the same images, labels and seed.
  @Test func aStudentLearnsFromItsTeacher() throws {
    let distillation = [
      "--defence", "distillation", "--temperature", "5", "--architecture", "mlp:hidden=16", "--epochs", "30",
      "--batch-size", "32", "--count", "400", "--json",
    ]
    func run(_ options: [String], to output: String) throws -> JSONValue {
      let ending = try Child.start(
        ["train", "--output", output] + distillation + options, in: directory
      ).wait()
      #expect(ending.code == 0, "\(ending.errors)")
      return try JSONValue.parse(ending.output)
    }
    let teacher = try run([], to: "teacher.h5")
    #expect(teacher["settings"]?["temperature"] == .number(5) && teacher["settings"]?["source_model"] == nil)
    let student = try run(["--source-model", "teacher.h5"], to: "student.h5")
    let digest = try ModelFile.read(from: directory.file("teacher.h5")).sha256
    #expect(student["settings"]?["temperature"] == .number(5))
    #expect(student["settings"]?["source_model"] == .string(digest))
    try SampleFiles.writeModel("untrained.h5", in: directory, inputShape: [1, 8, 8])
    let misled = try run(["--source-model", "untrained.h5"], to: "misled.h5")
    // By chance it would be 0.1.
    #expect(try #require(student["clean_accuracy"]?.number) > 0.5)
    #expect(try #require(misled["clean_accuracy"]?.number) < 0.5)
  }

  @Test func whatIsGivenReplacesThePreset() throws {
    let ending = try train([
      "--defence", "trades", "--architecture", "mlp:hidden=8", "--epochs", "4", "--count", "100", "--eps", "0.15",
      "--norm", "linf", "--steps", "3", "--beta", "6", "--ramp-epochs", "2", "--batch-size", "25", "--optimizer",
      "adamw",
      "--schedule", "warmup:epochs=1+cosine", "--clip-norm", "5", "--ema", "0.9", "--augment", "crop:1,noise:0.05",
      "--select", "last", "--validation-attack-steps", "4", "--validation-attack-count", "7", "--json",
    ])
    #expect(ending.code == 0, "\(ending.errors)")
    let settings = try #require(try JSONValue.parse(ending.output)["settings"])
    let expected: [String: JSONValue] = [
      "eps": .number(0.15), "steps": .number(3), "step_size": .number(0.005), "beta": .number(6),
      "ramp_epochs": .number(2), "batch_size": .number(25), "optimizer": .string("adamw"),
      "weight_decay": .number(0.01), "learning_rate": .number(0.001),
      "schedule": .string("warmup:epochs=1.0,start=0.0+cosine:minimum=0.0"), "clip_norm": .number(5),
      "ema_decay": .number(0.9), "augmentation": .string("crop:padding=1,noise:sigma=0.05"),
      "selection": .string("last"), "validation_attack_steps": .number(4), "validation_attack_count": .number(7),
      "epochs": .number(4),
    ]
    for (name, value) in expected { #expect(settings[name] == value, "\(name)") }
  }

  /// The word, the options and both together say the same.
  @Test func aWordAndOptionsAreAlike() throws {
    let common = ["--architecture", "mlp:hidden=8", "--epochs", "1", "--count", "60", "--json"]
    func settings(_ options: [String]) throws -> JSONValue? {
      let ending = try train(options + common)
      #expect(ending.code == 0, "\(ending.errors)")
      return try JSONValue.parse(ending.output)["settings"]
    }
    let options = try settings(["--defence", "trades", "--eps", "0.15", "--steps", "2", "--beta", "5"])
    #expect(options?["step_size"] == .number(0.005) && options?["beta"] == .number(5))
    #expect(try settings(["--defence", "TRADES:eps=0.15,steps=2,beta=5"]) == options)
    #expect(try settings(["--defence", "trades-mnist:eps=0.15,beta=5", "--steps", "2", "--beta", "5"]) == options)
    let sgd = try settings(["--optimizer", "sgd", "--momentum", "0.5", "--nesterov", "--weight-decay", "0.001"])
    #expect(try settings(["--optimizer", "sgd:momentum=0.5,nesterov=true,weight_decay=0.001"]) == sgd)
  }

  @Test func theHeadingSaysWhatIsDone() throws {
    let ending = try train([
      "--defence", "fast", "--eps", "8/255", "--architecture", "mlp:hidden=8", "--epochs", "2", "--count", "100",
    ])
    #expect(ending.code == 0, "\(ending.errors)")
    for text in [
      "fast-mnist: one step of 1.25 radii from a random start (arXiv 2001.03994)", "eps = 0.03137", "(8/255)",
      "step size 0.0392157",
      "schedule triangular:peak=0.4", "selection best-robust",
      "by PGD-10 on 10 images set apart",
      "robust", "\nselected ",
    ] { #expect(ending.output.contains(text), "\(text): \(ending.output)") }
  }

  @Test func withoutValidationNothingIsSelected() throws {
    let ending = try train([
      "--defence", "fast", "--architecture", "mlp:hidden=8", "--epochs", "1", "--count", "50", "--validation", "0",
    ])
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("no robust accuracy is measured, so the last epoch's weights are written"))
    let both = try train([
      "--defence", "fast", "--architecture", "mlp:hidden=8", "--validation", "0", "--select", "best-robust",
    ])
    #expect(both.code == 64)
  }

  @Test(arguments: [
    (["--defence", "fsat"], "Did you mean 'fast'?"), (["--eps", "0.1"], "--eps is an option of --defence"),
    (["--source-model", "m.h5"], "--source-model is an option of --defence"),
    (["--defence", "fast", "--eps", "0"], "--eps: expected a number above 0, found 0"),
    (["--defence", "fast", "--eps", "nan"], "The value 'nan' is invalid for '--eps"),
    (["--defence", "fast", "--eps", "8"], "--eps: expected at most 1.0"),
    (["--defence", "fast", "--beta", "3"], "The defence 'fast' has no option '--beta'."),
    (["--defence", "fast", "--noise", "1"], "The defence 'fast' has no option '--noise'."),
    (["--defence", "n-fgsm", "--noise", "-1"], "--noise: expected a number from 0 to 100, found -1"),
    (["--defence", "pgd", "--steps", "0"], "--steps: expected a whole number from 1 to 100,000, found 0"),
    (["--defence", "pgd", "--norm", "l2"], "--norm l2 needs --eps"),
    (["--defence", "pgd:norm=l2"], "--norm l2 needs --eps"),
    (["--defence", "trades:beta=5", "--beta", "6"], "--defence trades:beta=5 says beta=5, and --beta 6"),
    (["--defence", "trades:gamma=5"], "'trades' has no option 'gamma'; it has norm, eps, ramp-epochs, steps"),
    (["--defence", "trades:beta=-1"], "trades: expected beta to be a number from 0 to 1,000,000, found -1"),
    (["--defence", "trades:beta"], "expected name:key=value"),
    (["--defence", "fast", "--beta", "3"], "It has --norm, --eps, --ramp-epochs, --step-size, --clips-start"),
    (["--defence", "trades", "--label-smoothing", "0.1"], "The defence 'trades' has no option '--label-smoothing'."),
    (["--optimizer", "sgd:momentum=0.5", "--momentum", "0.6"], "says momentum=0.5, and --momentum 0.6"),
    (["--optimizer", "agd"], "no optimiser is called 'agd'"), (["--optimizer", "adam:beta=1"], "has no option 'beta'"),
    (["--nesterov"], "--nesterov is an option of --optimizer sgd."),
    (["--momentum", "1"], "--momentum: expected a number from 0 to below 1, found 1"),
    (["--defence", "pgd", "--norm", "l0", "--eps", "3"], "--norm: expected one of linf, l2, l1, found l0"),
    (["--defence", "ensemble"], "source models: expected at least one"),
    (["--defence", "fast", "--source-model", SampleFiles.model], "source models: expected none for 'fast', found 1"),
    (
      ["--defence", "distillation", "--source-model", SampleFiles.model, "--source-model", SampleFiles.model],
      "source models: expected the teacher alone, or none to train the teacher, found 2"
    ),
    (["--defence", "distillation", "--temperature", "0"], "temperature: expected a number from 0.001 to 1,000,000"),
    (["--defence", "distillation", "--temperature", "nan"], "The value 'nan' is invalid for '--temperature"),
    (["--defence", "distillation", "--eps", "0.1"], "The defence 'distillation' has no option '--eps'."),
    (["--defence", "distillation", "--augment", "mixup"], "mixup: expected plain training, found distillation"),
    (["--defence", "input-gradient", "--temperature", "2"], "'input-gradient' has no option '--temperature'."),
    (["--defence", "input-gradient", "--penalty", "-1"], "--penalty: expected a number from 0 to 1,000,000,000"),
    (["--temperature", "2"], "--temperature is an option of --defence"),
    (["--defence", "gaussian", "--eps", "0.1"], "The defence 'gaussian' has no option '--eps'."),
    (["--defence", "fast", "--augment", "mixup"], "mixup"),
    (["--augment", "blur"], "expected none or a list of crop:padding=4"),
    (["--optimizer", "adam", "--momentum", "0.9"], "--momentum is an option of --optimizer sgd and rmsprop"),
    (["--clip-norm", "1", "--clip-value", "1"], "exclude each other"), (["--select", "best-robust"], "best epoch"),
  ])
  func mistakesAreExplained(options: [String], text: String) throws {
    let ending = try train(options + ["--architecture", "mlp:hidden=8", "--count", "50", "--epochs", "1"])
    #expect(ending.code == 64, "\(ending.errors)")
    #expect(ending.errors.contains(text), "\(ending.errors)")
    #expect(try directory.names().isEmpty)
  }

  @Test func inputGradientsOfNetworksThatDifferInTraining() throws {
    let ending = try train([
      "--defence", "input-gradient", "--architecture", "digits-cnn", "--count", "50", "--epochs", "1",
    ])
    #expect(ending.code == 64 && ending.errors.contains("without batch normalisation"), "\(ending.errors)")
    #expect(try directory.names().isEmpty)
  }

  @Test func aSourceModelForOtherImages() throws {
    try SampleFiles.writeModel("other.h5", in: directory, inputShape: [1, 28, 28])
    let ending = try train([
      "--defence", "ensemble", "--source-model", "other.h5", "--architecture", "mlp:hidden=8", "--count", "50",
    ])
    #expect(ending.code == 65)
    #expect(ending.errors.contains("expected a model of images 1×8×8 and 10 classes"))
  }

  @Test(arguments: [("sgd", "0.05"), ("adam", "0.01"), ("adamw", "0.01"), ("rmsprop", "0.005"), ("nadam", "0.01")])
  func everyOptimizerLearns(name: String, rate: String) throws {
    let ending = try train(
      ["--architecture", "mlp:hidden=16", "--optimizer", name, "--lr", rate, "--epochs", "4", "--json"])
    #expect(ending.code == 0, "\(ending.errors)")
    // By chance it would be 0.1.
    #expect(try #require(JSONValue.parse(ending.output)["clean_accuracy"]?.number) > 0.5)
  }
}
