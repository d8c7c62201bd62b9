import Attacks
import Commands
import Compute
import Defences
import Exchange
import Glibc
import Networks
import Testing
import Training

@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct BenchCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// The report of one work, or of several, in a size that takes no time.
  private func report(_ arguments: String...) throws -> JSONValue { try report(arguments) }

  private func report(_ arguments: [String]) throws -> JSONValue {
    let ending = try Child.start(["bench", "--json", "--threads", "2"] + arguments, in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  private static let keys: Set = [
    "work", "architecture", "batch_size", "steps", "unit", "rate", "rates", "gflops", "share_of_peak",
    "kernel_seconds", "outside_seconds", "peak_memory", "loss_before", "loss_after", "precision", "growth", "accuracy",
    "margin_bound",
  ]

  /// Operations for one unit: twice the multiply–accumulates of every pass, counted by hand.
  private static let operations: [String: Double] = {
    // A 3×3 convolution to 3×6×6, and 27 inputs of ten classes.
    let tiny: [Double] = [3 * 36 * 9, 270]
    let small: [Double] = [16 * 196 * 16, 32 * 49 * 256, 1568 * 100, 1000]
    let madry: [Double] = [32 * 784 * 25, 64 * 196 * 800, 3136 * 1024, 10240]
    // Stem, four blocks' convolutions at 64 channels, three stages that begin with half a convolution and a shortcut.
    let stage: Double = 128 * 256 * 576 + 3 * 128 * 256 * 1152 + 128 * 256 * 64
    let residual: Double = 64 * 1024 * 27 + 4 * 64 * 1024 * 576 + 3 * stage + 5120
    func sum(_ terms: [Double]) -> Double { terms.reduce(0, +) }
    // Two passes of the attack, three of the update, but for the gradient at the images that are learnt from.
    func fast(_ terms: [Double]) -> Double { 2 * (5 * sum(terms) - terms[0]) }
    // Logits, 40 steps of the attack, and the update on twice the images.
    func trades(_ terms: [Double]) -> Double {
      let (all, learnt) = (sum(terms), 3 * sum(terms) - terms[0])
      return 2 * (81 * all + 2 * learnt)
    }
    // The stem, and three stages of four blocks, the first of which changes the channels on the way and beside it.
    func wideStage(_ inputs: Double, _ outputs: Double, pixels: Double) -> Double {
      let filters: Double = 9 * inputs + 63 * outputs + inputs
      return pixels * outputs * filters
    }
    let stages: [Double] = [
      wideStage(16, 160, pixels: 1024), wideStage(160, 320, pixels: 256), wideStage(320, 640, pixels: 64),
    ]
    let wide: Double = 16 * 1024 * 27 + sum(stages) + 6400
    return [
      "pgd-tinycnn": 4 * sum(tiny), "pgd-mnist-small": 4 * sum(small), "pgd-mnist-madry": 4 * sum(madry),
      "pgd-resnet18-cifar": 4 * residual, "fast-mnist-small": fast(small), "fast-mnist-madry": fast(madry),
      "pgd-wrn-28-10": 4 * wide, "fast-resnet18-cifar": fast([64 * 1024 * 27, residual - 64 * 1024 * 27]),
      "trades-mnist-small": trades(small),
      "predict-mnist-madry": 2 * sum(madry), "predict-resnet18-cifar": 2 * residual,
    ]
  }()

  @Test func everyWorkRuns() throws {
    let names = Self.operations.keys.sorted() + ["autoattack-mnist-small", "certify-mnist-small", "start-up"]
    let report = try report(names + ["--repeat", "1", "--steps", "1", "--batch-size", "3", "--quiet"])
    #expect(report.keys == ["command", "threads", "peak_gflops", "works"])
    #expect(report["command"] == .string("bench"))
    let peak = try #require(report["peak_gflops"]?.number)
    #expect(peak > 0)
    let works = report["works"]?.elements ?? []
    #expect(works.compactMap { $0["work"]?.string } == names)
    for work in works {
      #expect(work.keys == Self.keys)
      let name = try #require(work["work"]?.string)
      let rate = try #require(work["rate"]?.number)
      #expect(rate > 0)
      #expect(work["rates"] == .array([.number(rate)]))
      // More than any process, less than all together.
      #expect((10e6..<2e9).contains(try #require(work["peak_memory"]?.number)), "\(work)")
      guard let operations = Self.operations[name] else {
        try checkUncounted(work, name)
        continue
      }
      #expect(work["batch_size"] == .number(3))
      // Both numbers are rounded a few times to 53 bits.
      let gflops = try #require(work["gflops"]?.number)
      #expect(abs(gflops / (rate * operations / 1e9) - 1) < 1e-14, "\(work)")
      #expect(abs(try #require(work["share_of_peak"]?.number) / (gflops / peak) - 1) < 1e-14, "\(work)")
    }
    let units = Dictionary(grouping: works) { $0["unit"]?.string ?? "" }.mapValues(\.count)
    #expect(units == ["gradients": 5, "examples": 4, "images": 4, "seconds": 1])
  }

  /// A work whose operations depend on the images, or that of a process.
  private func checkUncounted(_ work: JSONValue, _ name: String) throws {
    guard name != "start-up" else {
      for key in ["batch_size", "steps", "gflops", "share_of_peak", "kernel_seconds", "outside_seconds"] {
        #expect(work[key] == .null)
      }
      return
    }
    #expect(work["gflops"] == .null && work["steps"] == .number(1))
    #expect((0...1).contains(try #require(work["accuracy"]?.number)))
    #expect((work["margin_bound"] == .null) == (name == "autoattack-mnist-small"))
  }

  @Test func aSeriesDoublesOneThing() throws {
    let works = try report(
      "grow-examples", "grow-steps", "--repeat", "1", "--steps", "2", "--batch-size", "3")["works"]
    let sizes = (works?.elements ?? []).map { [$0["batch_size"]?.number, $0["steps"]?.number] }
    #expect(sizes == [[3, 2], [6, 2], [12, 2], [24, 2], [3, 2], [3, 4], [3, 8], [3, 16]])
    let ending = try Child.run(
      "bench", "grow-width", "--repeat", "1", "--steps", "1", "--batch-size", "1", in: directory)
    // Four times the arithmetic for twice the channels, but for the first and the last layer.
    #expect(ending.output.contains(/\ngrow-width ×1 +resnet20-cifar:width=16 +[\d.]+ ?\w+ +1.00 +1.00\n/))
    #expect(ending.output.contains(/\ngrow-width ×8 +resnet20-cifar:width=128 +[\d.]+ ?\w+ +[\d.]+ +6[0-4].\d\d\n/))
  }

  /// The network is trained before it is attacked or certified: a radius of 0.3 breaks those images that are nearer to
  /// grey, and one of 0.1 breaks none.
  @Test func robustnessIsMeasuredOnATrainedNetwork() throws {
    let works = try report(
      "autoattack-mnist-small", "certify-mnist-small", "--repeat", "1", "--batch-size", "10", "--save", "saved"
    )["works"]
    let (attacked, certified) = (try #require(works?.elements.first), try #require(works?.elements.last))
    #expect((0.1...0.95).contains(try #require(attacked["accuracy"]?.number)))
    #expect(try #require(certified["accuracy"]?.number) > 0.9)
    #expect(
      Set(try directory.contents(of: "saved")) == ["mnist-small-trained.h5", "mnist-small-trained-images.h5"])
  }

  @Test func theAttackIsPGDOnTheSavedImages() throws {
    let works = try report(
      "pgd-tinycnn", "predict-resnet18-cifar", "--repeat", "1", "--steps", "5", "--batch-size", "37", "--seed", "7",
      "--save", "saved")["works"]?.elements
    #expect(
      Set(try directory.contents(of: "saved")) == [
        "tinycnn.h5", "tinycnn-images.h5", "resnet18-cifar.h5", "resnet18-cifar-images.h5",
      ])
    let file = try ModelFile.read(from: directory.file("saved/tinycnn.h5"))
    let data = try Dataset.read(from: directory.file("saved/tinycnn-images.h5"))
    #expect(data.images.shape == [37, 1, 8, 8])
    let model = try CompiledModel(network: file.network, parameters: file.parameters, gradients: .winograd)
    let attack = ProjectedGradient(steps: 5, stepSize: 0.01, earlyStop: false)
    let points = try attack.perturb(
      AttackTask(
        images: data.images, ids: data.ids, goal: .misclassify(labels: data.labels),
        threat: ThreatModel(norm: .linf, radius: 0.3), random: RandomSource(seed: 7)), model: AttackedModel(model))
    func loss(at images: Tensor<Float>) throws -> Double {
      Loss.crossEntropy(try model.logits(of: images), labels: data.labels).values.reduce(0) { $0 + Double($1) } / 37
    }
    // An example's bits depend neither on its batch nor on threads.
    #expect(works?.first?["loss_before"] == .number(try loss(at: data.images)))
    #expect(works?.first?["loss_after"] == .number(try loss(at: points)))
    #expect(works?.last?["loss_after"] == .null)
  }

  @Test func ofOneNetworkTheLargestBatchIsSaved() throws {
    _ = try report("fast-mnist-small", "pgd-mnist-small", "--repeat", "1", "--steps", "1", "--save", "saved")
    let data = try Dataset.read(from: directory.file("saved/mnist-small-images.h5"))
    #expect(data.images.shape == [250, 1, 28, 28])
    #expect(Set(data.labels) == Set(0..<10))
    // Six standard errors: the mean of 196,000 uniform numbers is 0.5 ± 0.289 / √196,000 = 0.00065.
    #expect(abs(data.images.scalars.reduce(0) { $0 + Double($1) } / 196_000 - 0.5) < 0.004)
  }

  @Test func trainingIsThatOfTheAuthors() throws {
    let arguments = ["fast-mnist-small", "--steps", "20", "--batch-size", "16", "--save", "saved"]
    let work = try #require(try report(arguments + ["--repeat", "3"])["works"]?.elements.first)
    let rates = (work["rates"]?.elements ?? []).compactMap(\.number).sorted()
    #expect(rates.count == 3)
    #expect(work["rate"]?.number == rates[1])
    let file = try ModelFile.read(from: directory.file("saved/mnist-small.h5"))
    let data = try Dataset.read(from: directory.file("saved/mnist-small-images.h5"))
    let model = try CompiledModel(network: file.network, parameters: file.parameters, gradients: .winograd)
    let objective = FastAdversarialTraining(
      threat: TrainingThreat(ThreatModel(norm: .linf, radius: 0.3)), stepSize: 0.375)
    var optimizer = Adam()
    let images = try RepeatedImages(LabelledImages(images: data.images, labels: data.labels), times: 20)
    _ = try TrainingLoop(epochs: 1, batchSize: 16, learningRate: 5e-3).run(
      model, on: images, objective: objective, optimizer: &optimizer)
    let losses = Loss.crossEntropy(try model.logits(of: data.images), labels: data.labels).values
    // The last of the runs, on two threads, ended with the same weights as the only one here, on one.
    #expect(work["loss_after"] == .number(losses.reduce(0) { $0 + Double($1) } / 16))
    #expect(work["loss_after"] != work["loss_before"])
  }

  @Test func aProfileIsTheWholeTime() throws {
    let report = try report("pgd-mnist-small", "--repeat", "1", "--steps", "3", "--profile")
    let work = try #require(report["works"]?.elements.first)
    #expect(work.keys == Self.keys.union(["profile"]))
    let rows = work["profile"]?.elements ?? []
    let times = rows.compactMap { $0["seconds"]?.number }
    let (inside, outside) = (
      try #require(work["kernel_seconds"]?.number), try #require(work["outside_seconds"]?.number)
    )
    #expect(times == times.sorted(by: >))
    // Sums of some dozens of numbers of 53 bits.
    #expect(abs(times.reduce(0, +) / inside - 1) < 1e-12)
    for row in rows {
      let share = try #require(row["share"]?.number) * (inside + outside)
      #expect(abs(share / (try #require(row["seconds"]?.number)) - 1) < 1e-12, "\(row)")
    }
    // Four layers forward and four back, however their kernels are called.
    for direction in ["forward", "backward"] {
      let arithmetic = rows.filter { $0["direction"] == .string(direction) && $0["gflops"] != .null }
      #expect(Set(arithmetic.compactMap { $0["node"]?.string }).count == 4, "\(arithmetic)")
    }
  }

  @Test func theTablesLineUp() throws {
    let ending = try Child.run(
      "bench", "pgd-tinycnn", "--repeat", "2", "--steps", "2", "--threads", "2", "--profile", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    let lines = ending.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0].hasPrefix("advlab   0."))
    #expect(lines[1] == "threads  2")
    #expect(lines[2].contains(/^peak     \d+ GFLOP\/s, measured/))
    #expect(lines[4].contains(/^work +batch +rate +range +GFLOP\/s +of peak +outside kernels +memory$/))
    #expect(
      lines[6].contains(/^pgd-tinycnn +256 +[\d,]+ gradients\/s +[\d,]+–[\d,]+ +[\d.]+ +[\d.]+ % +[\d.]+ % +\d+ MB$/))
    #expect(lines[9].contains(/^node +direction +kernel +ms +share +GFLOP\/s$/))
    #expect(lines.dropLast().last?.contains(/^outside kernels +[\d.]+ +[\d.]+ %$/) == true)
  }

  @Test func ctrlCPrintsWhatIsDone() throws {
    let terminal = try PseudoTerminal()
    // The second work would take days; the first has no steps.
    let child = try Child.start(
      ["bench", "start-up", "pgd-resnet18-cifar", "--repeat", "1", "--steps", "100000", "--json"], in: directory,
      errors: .path(terminal.path))
    try child.poll("the first work") {
      terminal.update()
      return terminal.text.contains("1 of 2 works")
    }
    // Only to the program itself, which has to end the process that measures.
    child.send(SIGINT)
    let ending = try child.wait(at: terminal)
    #expect(ending.code == 130)
    #expect(terminal.text.contains("Error: interrupted after 1 of 2 works"))
    let works = try JSONValue.parse(ending.output)["works"]?.elements
    #expect(works?.compactMap { $0["work"]?.string } == ["start-up"])
  }

  @Test func aFailureSaysWhyAndKeepsWhatIsDone() throws {
    let arguments = ["bench", "pgd-tinycnn", "start-up", "--repeat", "1", "--json"]
    let ending = try Child.start(arguments, in: directory, environment: ["ADVLAB_DATA": "/nonexistent"]).wait()
    #expect(ending.code == 66)
    #expect(ending.errors.hasPrefix("Error: /nonexistent: expected the directory with digits.h5"))
    #expect(try JSONValue.parse(ending.output)["works"]?.elements.count == 1)
    let none = try Child.run("bench", "pgd-tinycnn", "--save", "a/b", in: directory)
    #expect(none.code == 73)
    #expect(none.errors == "Error: a/b: cannot make the directory: No such file or directory\n")
    #expect(none.output.isEmpty)
  }
}
