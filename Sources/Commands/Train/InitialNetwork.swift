internal import Defences
internal import Exchange
internal import Glibc
internal import Hyperparameters
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

  /// Takes the network of a model, one from a JSON file, or a built-in one made for the images and classes of a dataset:
  /// that of the defence where none was asked for.
  ///
  /// - Throws: Where a file cannot be read, or an architecture does not exist or fit.
  init(_ command: TrainCommand, for data: Dataset) throws {
    if let path = command.model {
      let request = ModelRequest(
        path: path, architecture: command.architecture, map: command.map, data: data.form)
      let model = try LoadedModel(request, command.reading.reader())
      (network, parameters) = (model.file.network, model.file.parameters)
      name = command.architecture ?? path
      settings = [TrainingSetting("initial_model", .text(model.file.sha256))]
      notes = model.notes
      vectorOrder = model.file.vectorOrder
    } else {
      let standard = try command.defence.preset(
        for: data.imageShape, pixels: data.pixelRange, command.training)?.architecture
      guard let architecture = command.architecture ?? standard else { throw TrainCommand.missingArchitecture }
      name = architecture
      let built: Network
      if Self.isFile(architecture) {
        (built, vectorOrder) = try command.reading.reader().architecture(architecture)
        settings = [TrainingSetting("network", .text(try ModelFile.digest(of: built, Parameters())))]
      } else {
        built = try Architectures.network(architecture, inputShape: data.imageShape, classCount: data.classCount)
        (settings, vectorOrder) = ([], .channelsFirst)
      }
      // Trained are logits, whatever a file has behind them.
      let logits = try LogitNetwork(
        built, try Parameters.initial(for: built, of: architecture, seed: command.execution.seed))
      (network, parameters, notes) = (logits.network, logits.parameters, logits.notes)
    }
  }

  /// A built-in architecture is never a file, so that a file of its name changes nothing.
  private static func isFile(_ architecture: String) -> Bool {
    guard !architecture.hasSuffix(".json") else { return true }
    let name = architecture.prefix { $0 != ":" }
    return !Architectures.names.contains(String(name)) && access(architecture, F_OK) == 0
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
