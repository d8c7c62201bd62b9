import Networks

extension ModelRequest {
  /// The model that was read, ending in logits, with all notes once.
  func model(_ imported: ImportedModel, _ vectorOrder: AxisOrder) throws -> (model: ModelFile, notes: [Note]) {
    let file = try ModelFile(network: imported.network, parameters: imported.parameters, vectorOrder: vectorOrder)
    let (model, notes) = try file.inLogits()
    return (model, imported.notes + notes.filter { !imported.notes.contains($0) })
  }

  /// The model with the requested normalisation before everything else.
  func normalized(_ model: ImportedModel) throws -> ImportedModel {
    var network = model.network
    guard let name = try insertNormalization(into: &network) else { return model }
    var parameters = model.parameters
    for specification in network.parameterSpecifications where specification.key.node == name {
      guard let payload = normalization?.affine else { continue }
      let values = specification.key.role == .scale ? payload.initialScale : payload.initialShift
      parameters.tensors[specification.key] =
        values.count == 1
        ? Tensor(shape: specification.shape, repeating: values[0]) : Tensor(shape: specification.shape, scalars: values)
    }
    return try ImportedModel(network: network, parameters: parameters, notes: model.notes)
  }

  @discardableResult
  func insertNormalization(into network: inout Network) throws -> String? {
    guard let normalization else { return nil }
    if let index = network.inputNormalization {
      throw ExchangeError(
        file: path, expected: "a network that does not normalise its images beside --normalize",
        found: "'\(network.nodes[index].name)', which does")
    }
    do {
      return try network.insertNormalization(normalization)
    } catch {
      throw ExchangeError(
        file: path,
        expected: "--normalize with one value for all, or one for each of \(network.inputShape[0]) channels",
        found: "\(normalization)")
    }
  }
}

extension ModelFile {
  /// The model with logits as outputs; itself where it has them already. A probe, which holds other outputs, is
  /// dropped.
  func inLogits() throws(NetworkError) -> (model: ModelFile, notes: [Note]) {
    let logits = try LogitNetwork(network, parameters)
    guard logits.network != network else { return (self, logits.notes) }
    let model = try ModelFile(
      network: logits.network, parameters: logits.parameters, trainingRecord: trainingRecord,
      vectorOrder: vectorOrder, provenance: provenance)
    return (model, logits.notes)
  }
}
