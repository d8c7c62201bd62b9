import Exchange
import FoundationEssentials
import Networks
import Testing

/// `train` with networks from files, and models that are trained further.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct TrainAnyNetworkTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func run(_ arguments: String...) throws -> Child.Ending {
    try Child.start(arguments, in: directory).wait()
  }

  private func train(_ options: String...) throws -> Child.Ending {
    try Child.start(["train", "--quiet", "--output", "m.h5", "--count", "400"] + options, in: directory).wait()
  }

  private static let keras = """
    {"module": "keras", "class_name": "Sequential", "config": {"name": "net", "layers": [
      {"module": "keras.layers", "class_name": "InputLayer",
       "config": {"batch_shape": [null, 8, 8, 1], "dtype": "float32", "name": "in"}, "registered_name": null},
      {"module": "keras.layers", "class_name": "Conv2D", "config": {"name": "conv", "filters": 3, "kernel_size": [3, 3],
       "strides": [1, 1], "padding": "valid", "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1,
       "activation": "relu", "use_bias": true}, "registered_name": null},
      {"module": "keras.layers", "class_name": "Flatten",
       "config": {"name": "flat", "data_format": "channels_last"}, "registered_name": null},
      {"module": "keras.layers", "class_name": "Dense",
       "config": {"name": "out", "units": 10, "activation": "softmax", "use_bias": true}, "registered_name": null}
    ]}, "registered_name": null}
    """

  /// Built by the test's own hand, as a user's is.
  private func native() throws -> [UInt8] {
    var network = try Network(inputShape: [1, 8, 8])
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 12)), named: "hidden")
    try network.append(.activation(.relu), named: "relu")
    try network.append(.dense(Dense(outputs: 10)), named: "out")
    return Array(try JSONEncoder().encode(network))
  }

  @Test(arguments: ["native", "keras"]) func aNetworkFromJSON(kind: String) throws {
    try directory.write("net.json", kind == "keras" ? Array(Self.keras.utf8) : try native())
    let options = ["--architecture", "net.json", "--epochs", "8", "--lr", "0.01", "--batch-size", "32"]
    let ending = try Child.start(
      ["train", "--quiet", "--output", "m.h5", "--checkpoint", "run", "--json"] + options, in: directory
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    let report = try JSONValue.parse(ending.output)
    #expect(report["architecture"] == .string("net.json"))
    // Ten classes: by chance it would be 0.1.
    #expect(try #require(report["clean_accuracy"]?.number) > 0.6)
    let model = try ModelFile.read(from: directory.file("m.h5"))
    #expect(model.network.hadFinalSoftmax == (kind == "keras"))
    #expect(model.network.nodes.contains { $0.name == (kind == "keras" ? "conv" : "hidden") })
    // Another network in the file is another run.
    let other = kind == "keras" ? try native() : Array(Self.keras.utf8)
    try directory.write("net.json", other)
    let resumed = try run("train", "--resume", "--checkpoint", "run")
    #expect(resumed.code == 65 && resumed.errors.contains("network is "), "\(resumed.errors)")
  }

  @Test func networksThatDoNotFit() throws {
    try directory.write("net.json", Array(Self.keras.replacing("[null, 8, 8, 1]", with: "[null, 9, 8, 1]").utf8))
    let shape = try train("--architecture", "net.json")
    #expect(shape.code == 65, "\(shape.errors)")
    #expect(shape.errors.contains("expected images of 1×9×8, as net.json takes, found 1×8×8"), "\(shape.errors)")
    try directory.write("net.json", Array(Self.keras.replacing("\"units\": 10", with: "\"units\": 4").utf8))
    let classes = try train("--architecture", "net.json")
    #expect(classes.code == 65 && classes.errors.contains("expected labels below 4, the classes of net.json"))
    try directory.write("net.json", [UInt8]("{\"nodes\": 3".utf8))
    #expect(try train("--architecture", "net.json").code == 65)
    #expect(try train("--architecture", "nosuch.json").code == 66)
    #expect(try train("--architecture", "nosuch").code == 64)
    #expect(try train("--model", "nosuch.h5").code == 66)
    let map = try train("--architecture", "mlp", "--map", "map.json")
    #expect(map.code == 64 && map.errors.contains("--map is an option of --model"), "\(map.errors)")
  }

  /// The network divides by 255 itself, and keeps doing so although only its structure was given. Pixels in [0, 1] would be
  /// next to black.
  @Test func pixelsAreNotDividedTwice() throws {
    let flat = #"{"module": "keras.layers", "class_name": "Conv2D""#
    let scaled =
      #"{"module": "keras.layers", "class_name": "Rescaling", "config": {"name": "scale", "#
      + #""scale": 0.00392156862745098, "offset": 0.0}, "registered_name": null},"#
    try directory.write("net.json", Array(Self.keras.replacing(flat, with: scaled + flat).utf8))
    let ending = try train("--architecture", "net.json", "--epochs", "1")
    #expect(ending.code == 65 && ending.errors.contains("scales pixels of [0, 255] itself"), "\(ending.errors)")
  }

  /// A built-in architecture stays what it is where a file has its name.
  @Test func aFileWithTheNameOfAnArchitecture() throws {
    try directory.write("mlp", [1])
    let ending = try train("--architecture", "mlp:hidden=4", "--epochs", "1")
    #expect(ending.code == 0, "\(ending.errors)")
  }

  /// A step of next to no length leaves the weights where they were: those of the model, whatever tool wrote it.
  @Test(arguments: ["native", "keras", "keras3", "pytorch"]) func aModelIsTrainedFurther(form: String) throws {
    let begun = try run("convert", SampleFiles.model, "begun.h5", "--to", "native")
    #expect(begun.code == 0, "\(begun.errors)")
    let name = form == "keras3" ? "in.keras" : "in.h5"
    let converted = try run("convert", SampleFiles.model, name, "--to", form)
    #expect(converted.code == 0, "\(converted.errors)")
    let architecture = form == "pytorch" ? ["--architecture", "digits-cnn"] : []
    func trained(_ options: [String]) throws -> (report: JSONValue, model: ModelFile) {
      let ending = try Child.start(
        ["train", "--quiet", "--json", "--output", "m.h5", "--model", name, "--epochs", "1"] + architecture + options,
        in: directory
      ).wait()
      #expect(ending.code == 0, "\(ending.errors)")
      return (try JSONValue.parse(ending.output), try ModelFile.read(from: directory.file("m.h5")))
    }
    let still = try trained(["--lr", "1e-30", "--optimizer", "sgd", "--momentum", "0"])
    let before = try ModelFile.read(from: SampleFiles.model)
    #expect(try #require(still.report["clean_accuracy"]?.number) > 0.98)
    let trainable = before.network.parameterSpecifications.filter(\.isTrainable)
    var found = still.model.parameters.tensors.filter { $0.key.role == .weight }.values.map(\.scalars)
    // By their contents: other tools have other names.
    for specification in trainable where specification.key.role == .weight {
      let tensor = try #require(before.parameters.tensors[specification.key])
      let index = found.firstIndex { scalars in
        scalars.count == tensor.scalars.count && Set(scalars) == Set(tensor.scalars)
      }
      #expect(index != nil, "\(specification.key)")
      if let index { found.remove(at: index) }
    }
    let hard = try trained(["--defence", "pgd", "--eps", "0.1", "--steps", "3", "--lr", "0.001", "--batch-size", "64"])
    #expect(hard.report["settings"]?["initial_model"] != nil)
    #expect(hard.model.sha256 != still.model.sha256)
    #expect(try #require(hard.report["clean_accuracy"]?.number) > 0.8)
  }

  @Test func aModelForOtherImages() throws {
    try SampleFiles.writeModel("other.h5", in: directory, inputShape: [1, 28, 28])
    let ending = try train("--model", "other.h5", "--epochs", "1")
    #expect(ending.code == 65 && ending.errors.contains("expected images of 1×28×28, as other.h5 takes"))
    try SampleFiles.writeModel("few.h5", in: directory, classCount: 3)
    let few = try train("--model", "few.h5", "--epochs", "1")
    #expect(few.code == 65 && few.errors.contains("expected labels below 3"), "\(few.errors)")
  }

  @Test func anotherModelIsAnotherRun() throws {
    try SampleFiles.writeModel("a.h5", in: directory)
    #expect(try train("--model", "a.h5", "--epochs", "1", "--checkpoint", "run").code == 0)
    let resumed = try run("train", "--resume", "--checkpoint", "run", "--output", "again.h5")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(
      try ModelFile.read(from: directory.file("again.h5")).sha256
        == ModelFile.read(from: directory.file("m.h5")).sha256)
    try SampleFiles.writeModel("a.h5", in: directory) { parameters in
      for key in parameters.tensors.keys { parameters.tensors[key]?.withUnsafeMutableScalars { $0[0] += 1 } }
    }
    let other = try run("train", "--resume", "--checkpoint", "run")
    #expect(other.code == 65 && other.errors.contains("initial model is "), "\(other.errors)")
  }
}
