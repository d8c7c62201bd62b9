import Exchange
import HDF5
import Networks
import Reference
import TestSupport
import Testing

/// Files of users that were read wrongly, or not at all.
struct KerasRegressionTests {
  /// Reads a model; nil (and a line says so) where the shared files are not there.
  private func model(_ name: String, architecture: String? = nil) throws -> ModelFile? {
    guard let path = SharedFiles.path("fixtures2/reports/\(name)") else { return nil }
    let json = architecture.flatMap { SharedFiles.path("fixtures2/reports/\($0)") }
    return try ModelRequest(path: path, architecture: json).read().model
  }

  private func dataset(_ name: String) throws -> Exchange.Dataset? {
    guard let path = SharedFiles.path("fixtures2/reports/\(name)") else { return nil }
    return try Exchange.Dataset.read(from: path)
  }

  private func logits(_ model: ModelFile, _ images: Tensor<Float>) throws -> Tensor<Double> {
    try ReferenceModel(network: model.network, parameters: model.parameters.double).logits(of: images.double)
  }

  /// Models inside models whose layers have slashes in their names.
  @Test(arguments: ["tf_onecrash", "tf_slash_none", "tf_two_none", "tf_slashflat_none"])
  func nestedModels(_ name: String) throws {
    guard let model = try model("\(name).h5"), let io = SharedFiles.path("fixtures2/reports/\(name).io.h5") else {
      return
    }
    let root = try File(reading: io).root
    let (x, out) = (try root.dataset("x"), try root.dataset("out"))
    let images = channelsFirst(Tensor(shape: Shape(x.shape), scalars: try x.read(as: Double.self)))
    var outputs = try logits(model, images.float)
    if model.network.hadFinalSoftmax {
      outputs = KerasOutcome.softmax(outputs)
    }
    let expected = Tensor(shape: Shape(out.shape), scalars: try out.read(as: Double.self))
    // Keras computed in single precision, through ten layers.
    #expect(relativeDifference(outputs, from: expected) < 1e-5)
  }

  /// The model inside was trained on its own: its optimiser is none of the weights.
  @Test func trainedModelInside() throws {
    guard let archive = try model("ic.keras"), let weights = try model("ic.weights.h5", architecture: "ic.json") else {
      return
    }
    #expect(archive.sha256 == weights.sha256)
    #expect(archive.network.hadFinalSoftmax)
  }

  /// Ten sigmoids and no sigmoids are one network, and so are a softmax and a softmax that is reshaped.
  @Test func ends() throws {
    guard let data = try dataset("ten.h5"), let softmax = try model("zg_softmax.keras"),
      let reshaped = try model("zg_reshape.keras"), let sigmoids = try model("ten_sig.h5"),
      let logit = try model("ten_logit.h5")
    else { return }
    #expect(try logits(softmax, data.images) == logits(reshaped, data.images))
    #expect(try logits(sigmoids, data.images) == logits(logit, data.images))
    #expect(sigmoids.network.outputTransforms == [.activation(.sigmoid)])
  }

  /// One output is two classes, of which data may hold one alone.
  @Test(arguments: [("bin.h5", 0.8889), ("bin0.h5", 0.8785)])
  func oneOutput(_ name: String, _ expected: Double) throws {
    guard let data = try dataset(name), let model = try model("bin_sigmoid1.h5") else { return }
    let classes = try logits(model, data.images).float.argmax()
    let right = zip(classes, data.labels).count { $0 == $1 }
    // The manifest has two decimals of the percentage.
    #expect(abs(Double(right) / Double(data.count) - expected) < 5e-5)
  }
}
