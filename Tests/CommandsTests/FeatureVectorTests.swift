import Exchange
import HDF5
import Networks
import Testing

/// Networks that take feature vectors.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct FeatureVectorTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func run(_ line: String) throws -> Child.Ending {
    try Child.start(line.split(separator: " ").map(String.init), in: directory).wait()
  }

  private func report(_ line: String) throws -> JSONValue {
    let ending = try run(line + " --json")
    try #require(ending.code == 0, "\(line): \(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  /// 60 vectors of 20 numbers in [0, 1] whose class is the place of the largest of the first three.
  private func writeVectors(_ name: String, scale: Float = 1, offset: Float = 0) throws {
    var stream = RandomSource(seed: 3).stream(.data)
    let rows = (0..<60).map { _ in (0..<20).map { _ in stream.uniform() } }
    try SampleFiles.write(
      name, in: directory, shape: [60, 20], pixels: rows.flatMap { $0.map { $0 * scale + offset } },
      labels: rows.map { row in Int64(row[..<3].indices.max { row[$0] < row[$1] } ?? 0) })
  }

  private func writeModel() throws {
    try SampleFiles.writeModel("m.h5", in: directory, architecture: "mlp", inputShape: [20], classCount: 3)
  }

  @Test func everyCommandTakesVectors() throws {
    try writeVectors("v.h5")
    try writeModel()
    for command in ["predict --output p.h5", "gradient --output g.h5", "attack --fgsm --eps 0.1 --output adv.h5"] {
      _ = try report("\(command) --model m.h5 --data v.h5")
    }
    #expect(try Gradients.read(from: directory.file("g.h5")).gradient.shape == [60, 20])
    #expect(try AdversarialSet.read(from: directory.file("adv.h5")).adversarial.shape == [60, 20])
    let root = try File(reading: directory.file("adv.h5")).root
    #expect(try root.dataset("x_adv").attributes.string("layout") == "ND")
    #expect(try run("verify adv.h5 --model m.h5 --data v.h5").code == 0)
    #expect(try run("inspect adv.h5").code == 0)
    #expect(try run("data inspect v.h5").output.contains("60 vectors of 20, 3 classes"))
    let union = try report("evaluate --eps 0.05,0.1 --model m.h5 --data v.h5")
    #expect(union.keys.contains("clean_accuracy") || union.keys.contains("radii") || union.keys.contains("results"))
  }

  @Test(arguments: ["linf", "l2", "l1"])
  func attacksStayInBallAndBox(norm: String) throws {
    try writeVectors("v.h5")
    try writeModel()
    for attack in ["--pgd", "--fgsm", "--attack noise"] {
      let found = try report(
        "attack \(attack) --eps 0.2 --norm \(norm) --model m.h5 --data v.h5 --output \(norm).h5")
      #expect(found["invalid"] == .number(0))
      let set = try AdversarialSet.read(from: directory.file("\(norm).h5"))
      #expect(set.adversarial.scalars.allSatisfy { (0...1).contains($0) })
    }
  }

  @Test func vectorsTrain() throws {
    try writeVectors("v.h5")
    let options = "--split test --epochs 60 --batch-size 8 --lr 0.01 --quiet"
    let ending = try run("train --architecture mlp --data v.h5 \(options) --output m.h5")
    #expect(ending.code == 0, "\(ending.errors)")
    let accuracy = try report("predict --model m.h5 --data v.h5")["clean_accuracy"]?.number
    #expect(try #require(accuracy) > 0.9)
  }

  @Test func numbersOutsideTheUnitIntervalAskForTheRange() throws {
    try writeVectors("wide.h5", scale: 4, offset: -2)
    try writeModel()
    let ending = try run("attack --fgsm --eps 0.1 --model m.h5 --data wide.h5")
    #expect(ending.code == 65)
    #expect(ending.errors.contains("expected numbers in [0.0, 1.0], found"), "\(ending.errors)")
    #expect(ending.errors.contains("at feature"), "\(ending.errors)")
    #expect(ending.errors.contains("--pixel-range low:high states another range, such as -2:2"), "\(ending.errors)")
    let stated = try run("attack --fgsm --eps 0.1 --model m.h5 --data wide.h5 --pixel-range -2:2")
    #expect(stated.code == 0, "\(stated.errors)")
    #expect(stated.output.contains("eps = 0.1 in stored pixel units, pixels in [-2, 2]"), "\(stated.output)")
  }

  @Test(arguments: ["jpeg:quality=75", "median", "bit-depth:bits=3", "noise"])
  func preprocessorsRefuseVectors(name: String) throws {
    try writeVectors("v.h5")
    try writeModel()
    let ending = try run("evaluate --eps 0.1 --model m.h5 --data v.h5 --preprocess \(name)")
    #expect(ending.code == 64)
    #expect(
      ending.errors.hasPrefix(
        "Error: --preprocess: expected a network that takes images, found one that takes vectors of 20.\n"))
  }

  @Test func imagesAreFlattenedForTheNetworkAndThatIsSaid() throws {
    let model = try SampleFiles.writeModel("m.h5", in: directory, architecture: "mlp", inputShape: [64])
    let ending = try run("predict --model \(model)")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("taken  images 1×8×8 flattened to vectors of 64, row by row"), "\(ending.output)")
    let other = try SampleFiles.writeModel("n.h5", in: directory, architecture: "mlp", inputShape: [65])
    let refused = try run("predict --model \(other)")
    #expect(refused.code == 65)
    #expect(refused.errors.contains("expected vectors of 65, as the model \(other) takes, found images of 1×8×8"))
  }

  /// A converted network of Keras goes on taking colour images channels last: the same logits from either file.
  @Test func theOrderOfKerasStaysWithTheModel() throws {
    let model = try SampleFiles.writeModel(
      "m.h5", in: directory, architecture: "mlp", inputShape: [48], classCount: 4)
    try SampleFiles.write("colour.h5", in: directory, shape: [4, 4, 4, 3])
    #expect(try run("convert \(model) m.keras --to keras3").code == 0)
    #expect(try run("convert m.keras back.h5 --to native").code == 0)
    for name in ["m.keras", "back.h5"] {
      let ending = try run("predict --model \(name) --data colour.h5 --output \(name)-p.h5")
      #expect(ending.output.contains("channels last (H, W, C), as Keras does"), "\(ending.output)\(ending.errors)")
    }
    #expect(
      try Predictions.read(from: directory.file("m.keras-p.h5")).logits
        == Predictions.read(from: directory.file("back.h5-p.h5")).logits)
    let first = try run("predict --model \(model) --data colour.h5")
    #expect(first.output.contains("channels first (C, H, W)"), "\(first.output)")
  }

  /// The files of reports by users: a network of Keras on images and on rows gives what Keras gives, 4 %.
  @Test(arguments: ["mn.h5", "mnflat.h5"])
  func imagesAndRowsOfAReport(name: String) throws {
    guard let model = SampleFiles.shared("fixtures2/reports/flat784.h5"),
      let data = SampleFiles.shared("fixtures2/reports/\(name)")
    else { return }
    #expect(try report("predict --model \(model) --data \(data)")["clean_accuracy"] == .number(0.04))
  }

  @Test func twentyFeaturesOfAReport() throws {
    guard let model = SampleFiles.shared("fixtures2/reports/flat20.h5") else { return }
    try writeVectors("v.h5")
    #expect(try report("predict --model \(model) --data v.h5")["count"] == .number(60))
    #expect(try run("attack --pgd --eps 0.1 --model \(model) --data v.h5").code == 0)
  }
}
