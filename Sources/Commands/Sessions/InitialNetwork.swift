internal import Exchange
internal import Glibc
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
  let notes: [String]

  /// Takes the network of a model, one from a JSON file, or a built-in one made for the images and classes of a dataset.
  ///
  /// - Parameters:
  ///   - command: What was asked for.
  ///   - standard: The architecture where none was asked for.
  ///   - imageShape: The shape of the images.
  ///   - classCount: The number of classes.
  /// - Throws: Where a file cannot be read, or an architecture does not exist or fit.
  init(_ command: TrainCommand, standard: String?, imageShape: Shape, classCount: Int) throws {
    if let path = command.model {
      let request = ModelRequest(
        path: path, architecture: command.architecture, map: command.map, inputShape: imageShape,
        classCount: classCount)
      let model = try LoadedModel(request, command.reading.reader())
      (network, parameters) = (model.file.network, model.file.parameters)
      name = command.architecture ?? path
      settings = [TrainingSetting("initial_model", .text(model.file.sha256))]
      notes = model.notes
    } else {
      guard let architecture = command.architecture ?? standard else { throw TrainCommand.missingArchitecture }
      name = architecture
      notes = []
      if Self.isFile(architecture) {
        network = try command.reading.reader().architecture(architecture)
        settings = [TrainingSetting("network", .text(try ModelFile.digest(of: network, Parameters())))]
      } else {
        network = try Architectures.network(architecture, inputShape: imageShape, classCount: classCount)
        settings = []
      }
      parameters = try Parameters.initial(for: network, of: architecture, seed: command.execution.seed)
    }
  }

  /// A built-in architecture is never a file, so that a file of its name changes nothing.
  private static func isFile(_ architecture: String) -> Bool {
    guard !architecture.hasSuffix(".json") else { return true }
    let name = architecture.prefix { $0 != ":" }
    return !Architectures.all.contains { $0.name == name } && access(architecture, F_OK) == 0
  }

  /// Checks that the network takes images of a dataset and knows its classes.
  func check(_ data: Dataset, path: String) throws {
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
