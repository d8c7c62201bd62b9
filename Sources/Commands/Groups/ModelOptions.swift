internal import Arguments
internal import Compute
internal import Exchange
internal import Networks

/// Which model.
struct ModelOptions: OptionGroup {
  static let title = "Model"

  @Option(help: "The model's file (default: the network trained on the UCI digits).", completion: .file)
  var model: String?

  /// Reads the model and makes it ready to run.
  func load(dataDirectory: String?) throws -> LoadedModel {
    let path = try model ?? DataDirectory(given: dataDirectory).file("digits-cnn.h5")
    let file = try FileFormat.model.expected(at: path) { try ModelFile.read(from: path) }
    let compiled = try CompiledModel(network: file.network, parameters: file.parameters)
    let loaded = LoadedModel(path: path, file: file, classifier: compiled)
    try loaded.checkProbe()
    return loaded
  }
}

/// A model that has been read, and the engine that runs it.
struct LoadedModel {
  let path: String
  let file: ModelFile
  let classifier: CompiledModel

  /// Runs the stored examples: the engine here must give the logits it gave where the file was written.
  func checkProbe() throws {
    guard let probe = file.probe else { return }
    let logits = try classifier.logits(of: probe.images)
    let scale = probe.logits.scalars.map(abs).max() ?? 0
    let worst = zip(logits.scalars, probe.logits.scalars).map { abs($0 - $1) }.max() ?? 0
    // Another processor may sum in another order: a few hundred units in the last place, never more.
    guard worst <= 1e-4 * max(scale, 1) else {
      throw ExchangeError(
        file: path, object: "/probe", expected: "the logits stored with the model",
        found: "others, by up to \(worst): the weights are not those the probe was made with")
    }
  }

  /// Checks that the images and labels of a dataset are what the model takes.
  func check(_ data: Dataset, path: String) throws {
    guard data.imageShape == classifier.inputShape else {
      throw MismatchedFile(
        description: "\(path): expected images of \(classifier.inputShape), as the model \(self.path) takes, "
          + "found \(data.imageShape)")
    }
    if let label = data.labels.first(where: { $0 >= classifier.classCount }) {
      throw MismatchedFile(
        description: "\(path): expected labels below \(classifier.classCount), the classes of the model \(self.path), "
          + "found \(label)")
    }
  }
}
