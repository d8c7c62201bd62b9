import Exchange
import FoundationEssentials
import Networks
import Testing

/// What may be written over, and what suffixes mean.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct OutputFileTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func run(_ line: String) throws -> Child.Ending {
    try Child.start(line.split(separator: " ").map(String.init), in: directory).wait()
  }

  private static let writers = [
    "attack --fgsm --eps 0.1 --output", "predict --output", "gradient --output",
    "train --architecture mlp --epochs 1 --quiet --output", "data generate patterns --output",
    "data import \(SampleFiles.digits) --output", "convert \(SampleFiles.model) --to native",
    "convert \(SampleFiles.model) --to keras",
  ]

  @Test(arguments: writers)
  func filesOfOthersStay(writer: String) throws {
    try directory.write("notes.h5", Array("a user's".utf8))
    let refused = try run("\(writer) notes.h5")
    #expect(refused.code == 73)
    #expect(
      refused.errors.hasPrefix("Error: notes.h5: exists and is not marked as a file of the lab"), "\(refused.errors)")
    #expect(refused.errors.hasSuffix("--force replaces it\n"))
    #expect(refused.output.isEmpty)
    #expect(try directory.read("notes.h5") == Array("a user's".utf8))
    let forced = try run("\(writer) notes.h5 --force")
    #expect(forced.code == 0, "\(forced.errors)")
    #expect(try directory.read("notes.h5") != Array("a user's".utf8))
  }

  @Test func onlyFilesOfTheSameKindAreReplaced() throws {
    for writer in ["attack --fgsm --eps 0.1 --output", "predict --output", "convert \(SampleFiles.model) --to native"] {
      #expect(try run("\(writer) out.h5 --force").code == 0)
      #expect(try run("\(writer) out.h5").code == 0)
    }
    let refused = try run("attack --fgsm --eps 0.1 --output out.h5")
    #expect(refused.code == 73)
    #expect(refused.errors.contains("exists and holds a model, not adversarial examples"), "\(refused.errors)")
    #expect(try run("predict --output p.npz").code == 0)
    #expect(try run("predict --output p.npz").code == 0)
    #expect(try run("attack --fgsm --eps 0.1 --output p.npz").code == 73)
  }

  @Test func emptyFilesAreNobodysLoss() throws {
    try directory.write("out.h5", [])
    #expect(try run("predict --output out.h5").code == 0)
  }

  @Test func inputsAreNeverWrittenOver() throws {
    let files = FileManager.default
    try files.copyItem(atPath: SampleFiles.model, toPath: directory.file("m.h5"))
    try files.copyItem(atPath: SampleFiles.digits, toPath: directory.file("d.h5"))
    try files.createSymbolicLink(atPath: directory.file("link.h5"), withDestinationPath: "m.h5")
    try files.linkItem(atPath: directory.file("m.h5"), toPath: directory.file("hard.h5"))
    let (model, data) = (try directory.read("m.h5"), try directory.read("d.h5"))
    for line in [
      "convert m.h5 m.h5 --to native", "convert m.h5 ./m.h5 --to keras", "convert m.h5 link.h5 --to native",
      "convert link.h5 m.h5 --to native", "convert m.h5 hard.h5 --to native",
      "attack --fgsm --eps 0.1 --model m.h5 --output m.h5", "predict --data d.h5 --output d.h5",
      "data import d.h5 --output d.h5", "train --architecture mlp --data d.h5 --output d.h5",
      "train --architecture mlp --data d.h5 --defence distillation --source-model m.h5 --output m.h5",
    ] {
      let ending = try run("\(line) --force")
      #expect(ending.code == 64, "\(line): \(ending.errors)")
      #expect(ending.errors.contains("is read by this command"), "\(ending.errors)")
    }
    #expect(try directory.read("m.h5") == model)
    #expect(try directory.read("d.h5") == data)
  }

  @Test func linksToNothingStay() throws {
    try FileManager.default.createSymbolicLink(atPath: directory.file("out.h5"), withDestinationPath: "later.h5")
    let ending = try run("predict --output out.h5")
    #expect(ending.code == 73)
    #expect(ending.errors.contains("is a symbolic link to later.h5 that is not there"), "\(ending.errors)")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: directory.file("out.h5")) == "later.h5")
  }

  /// The file is written where the link leads, in every form.
  @Test(arguments: ["m.h5 --to native", "m.keras --to keras3"])
  func linksToFilesAreFollowed(output: String) throws {
    let name = String(output.prefix { $0 != " " })
    try directory.write("target", [])
    try FileManager.default.createSymbolicLink(atPath: directory.file(name), withDestinationPath: "target")
    let ending = try run("convert \(SampleFiles.model) \(output)")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: directory.file(name)) == "target")
    #expect(!(try directory.read("target")).isEmpty)
  }

  @Test(arguments: [
    ("attack --fgsm --eps 0.1 --output adv.png", "written as HDF5, not as .png"),
    ("attack --fgsm --eps 0.1 --output adv.keras", "not written as .keras"),
    ("predict --output p.csv", "end the name in .h5, or in .npz"),
    ("train --architecture mlp --output m.npz", "not written as .npz"),
    ("train --architecture mlp --output m.pt", "'advlab convert MODEL m.pt'"),
    ("data generate patterns --output d.npz", "not written as .npz"),
    ("convert \(SampleFiles.model) out.keras --to native", "ends in .h5"),
    ("convert \(SampleFiles.model) out.keras --to keras", "ends in .h5"),
    ("convert \(SampleFiles.model) out.h5 --to keras3", "ends in .keras, or in .weights.h5"),
    ("convert \(SampleFiles.model) out.weights.h5 --to native", "ends in .h5"),
    ("convert \(SampleFiles.model) out.h5", "--to native, keras or pytorch"),
    ("convert \(SampleFiles.model) out.onnx --to pytorch", "ends in .h5"),
    ("convert \(SampleFiles.model) out.pth --to onnx", "ends in .onnx"),
    ("convert \(SampleFiles.model) out.npz --to pytorch", "not written as .npz"),
  ])
  func suffixesThatContradict(line: String, message: String) throws {
    let ending = try run(line)
    #expect(ending.code == 64)
    #expect(ending.errors.contains(message), "\(ending.errors)")
    #expect(try directory.names().isEmpty)
  }

  /// Each is read again, as what its name says.
  @Test(arguments: ["out.PT", "out.safetensors", "out.onnx", "out.keras", "out.h5 --to pytorch"])
  func theNameChoosesTheForm(output: String) throws {
    #expect(try run("convert \(SampleFiles.model) \(output)").code == 0)
    let name = String(output.prefix { $0 != " " })
    let architecture = name == "out.PT" ? " --architecture digits-cnn" : ""
    let ending = try run("predict --model \(name)\(architecture) --data \(SampleFiles.digits)")
    #expect(ending.code == 0, "\(ending.errors)")
  }

  @Test func aKerasSuffixIsKeras() throws {
    let ending = try run("train --architecture mlp --epochs 2 --quiet --output m.keras")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(try directory.read("m.keras").starts(with: [0x50, 0x4B, 3, 4]))
    #expect(try run("predict --model m.keras").code == 0)
  }

  /// The archive holds what the HDF5 file holds.
  @Test func archivesOfNumPy() throws {
    for suffix in ["h5", "npz"] {
      let ending = try run("attack --pgd --eps 0.1 --count 20 --output adv.\(suffix)")
      #expect(ending.code == 0, "\(ending.errors)")
    }
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    var selection = DatasetSelection()
    selection.imagesKey = "x_adv"
    selection.labelsKey = "y"
    let archived = try Exchange.Dataset.read(from: directory.file("adv.npz"), selection)
    #expect(archived.images == set.adversarial)
    #expect(archived.labels == set.examples.map(\.label))
  }

  @Test func accuracyNeedsNoFile() throws {
    let ending = try run("predict")
    #expect(ending.code == 0)
    #expect(ending.output.contains("99.44 %"))
    #expect(!ending.output.contains("written"))
    #expect(try directory.names().isEmpty)
  }
}
