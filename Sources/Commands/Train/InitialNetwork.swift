internal import Compute
internal import Exchange
internal import Hyperparameters
internal import Isolation
internal import Networks
internal import Training

/// The network that a run trains, with the weights that it begins with.
struct InitialNetwork {
  /// As headings and records call it.
  let name: String
  let network: Network
  let parameters: Parameters
  /// What makes it another network than one of the same name, for the comparison with an earlier run.
  let settings: [TrainingSetting]
  /// What the reader of a file has to say.
  let notes: [Note]
  /// The order in which images become vectors.
  let vectorOrder: AxisOrder

  /// Takes the network of a model that was trained before.
  ///
  /// - Throws: Where a file cannot be read.
  init(_ request: ModelRequest, _ reader: Reader) throws {
    let model = try LoadedModel(request, reader, OneDNNEngine())
    (network, parameters) = (model.file.network, model.file.parameters)
    name = request.architecture ?? request.path
    settings = [TrainingSetting("initial_model", .text(model.file.sha256))]
    notes = model.notes
    vectorOrder = model.file.vectorOrder
  }

  /// Makes a built-in network for the images and classes of a dataset, or one from a JSON file, with new weights.
  ///
  /// - Parameters:
  ///   - architecture: The name of the architecture, or the path of the file.
  ///   - data: The dataset.
  ///   - seed: That of the weights.
  ///   - initializer: How they are drawn.
  ///   - reader: Reads the file.
  /// - Throws: Where the file cannot be read, or the architecture does not exist or fit.
  init(
    architecture: String, for data: DatasetProperties, seed: UInt64, initializer: Initializer, _ reader: Reader
  ) throws {
    name = architecture
    let built: Network
    if Architectures.isFile(architecture) {
      let content = try reader.read(ArchitectureRequest(path: architecture))
      (built, vectorOrder) = (content.network, content.vectorOrder)
      settings = [TrainingSetting("network", .text(try ModelFile.digest(of: built, Parameters())))]
    } else {
      built = try Architectures.network(architecture, inputShape: data.imageShape, classCount: data.classCount)
      (settings, vectorOrder) = ([], .channelsFirst)
    }
    // The loss is one of logits: what a file has behind them, such as a softmax, is taken off.
    let logits = try LogitNetwork(
      built, try Parameters.initial(for: built, of: architecture, seed: seed, initializer: initializer))
    (network, parameters, notes) = (logits.network, logits.parameters, logits.notes)
  }

  /// What it takes.
  var input: NetworkInput { NetworkInput(network, parameters, vectorOrder) }

  /// Checks that the network takes images of a dataset and knows its classes.
  func check(_ data: Dataset, path: String) throws {
    if let doubt = data.pixelNote?.warning { throw MismatchedFile(description: "\(path): \(name): \(doubt)") }
    guard network.inputShape == data.imageShape else {
      throw MismatchedFile(
        description: "\(path): expected images of \(network.inputShape), as \(name) takes, found \(data.imageShape)")
    }
    let classes = try network.classCount()
    if let label = data.labels.first(where: { $0 >= classes }) {
      throw MismatchedFile(
        description: "\(path): expected labels below \(classes), the classes of \(name), found \(label)")
    }
  }
}
