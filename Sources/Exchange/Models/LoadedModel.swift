public import Networks

/// A model that was read from a file, and the engine that runs it: the one way from a file to logits.
public struct LoadedModel: Sendable {
  /// The file.
  public let path: String
  /// What was read.
  public let file: ModelFile
  /// What the reader has to say. Its warnings are about outputs that could not be turned into logits: attacks of the
  /// cross-entropy are then weak.
  public let notes: [Note]
  /// What runs it.
  public let classifier: any TrainableClassifier
  /// The engine that made that.
  public let engine: any Engine

  /// Reads a model, makes it ready to run and checks the engine against the logits that the file keeps.
  ///
  /// - Parameters:
  ///   - request: The model.
  ///   - read: How it is read: in this process, or in one of its own.
  ///   - engine: What runs it.
  /// - Throws: `ExchangeError` where the engine gives other logits; what `read` throws, and the engine.
  public init(
    _ request: ModelRequest, read: (ModelRequest) throws -> (model: ModelFile, notes: [Note]) = { try $0.read() },
    engine: any Engine
  ) throws {
    path = request.path
    (file, notes) = try read(request)
    self.engine = engine
    classifier = try engine.model(of: file.network, parameters: file.parameters)
    try file.probe?.check(classifier, file: path)
  }

  /// What it takes.
  public var input: NetworkInput { NetworkInput(file.network, file.parameters, file.vectorOrder) }

  /// Checks that the images and labels of a dataset are what the model takes.
  ///
  /// - Throws: `ModelError`.
  public func check(_ data: Dataset) throws(ModelError) { try data.check(for: classifier, "the model \(path)") }
}

extension ModelFile.Probe {
  /// Runs the examples: the engine here must give the logits it gave where the file was written.
  fileprivate func check(_ classifier: some Classifier, file: String) throws {
    let logits = try classifier.logits(of: images)
    let scale = self.logits.scalars.map(abs).max() ?? 0
    let worst = zip(logits.scalars, self.logits.scalars).map { abs($0 - $1) }.max() ?? 0
    // Another processor may sum in another order: a few hundred units in the last place, never more.
    guard worst <= 1e-4 * max(scale, 1) else {
      throw ExchangeError(
        file: file, object: "/probe", expected: "the logits stored with the model",
        found: "others, by up to \(worst): the weights are not those the probe was made with")
    }
  }
}
