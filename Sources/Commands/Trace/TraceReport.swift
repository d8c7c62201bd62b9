internal import Exchange
internal import Networks
internal import Reports

/// `trace --json`.
struct TraceReport: Encodable {
  struct Node: Encodable {
    let node: String
    let operation: String
    let shape: [Int]
    let smallest: JSONNumber
    let mean: JSONNumber
    let largest: JSONNumber
    let zeros: Double
    /// The change by the attack, as a share of the length of what the image gives.
    let change: JSONNumber?
  }

  struct Example: Encodable {
    let index: Int
    let label: Int
    let predicted: Int?
    let attackedPredicted: Int?
    let logits: [JSONNumber]
    let attackedLogits: [JSONNumber]?
    /// The largest difference from the logits of the engine, as a share of the largest logit.
    let engineDifference: JSONNumber
    let nodes: [Node]
  }

  let command = "trace"
  let programVersion = Provenance.programVersion
  let model: ModelSummary
  let data: DataSummary?
  let adversarial: String?
  let examples: [Example]
  let images: String?
  let heading: Facts
  let classNames: ClassNames
  let gallery: Gallery?
  /// The engine's name, of which the logits are compared.
  let engineName: String

  private enum CodingKeys: CodingKey {
    case command, programVersion, model, data, adversarial, examples, images
  }

  init(_ subject: TraceSubject, _ examples: [Example], gallery: Gallery?, pictures: TraceDirectory?) {
    model = ModelSummary(subject.model)
    data = subject.data
    adversarial = subject.adversarial
    (heading, classNames, self.gallery) = (subject.heading, subject.classNames, gallery)
    images = pictures?.path
    engineName = type(of: subject.model.engine).name
    self.examples = examples
  }
}

extension TraceReport.Node {
  fileprivate init(_ layer: TracedLayer) {
    let scalars = layer.clean.scalars
    (node, operation, shape) = (layer.node.name, layer.node.operation.kindName, layer.node.shape.extents)
    (smallest, largest) = (JSONNumber(scalars.min()), JSONNumber(scalars.max()))
    mean = JSONNumber(scalars.reduce(0, +) / Double(scalars.count))
    zeros = Double(scalars.count { $0 == 0 }) / Double(scalars.count)
    change = layer.change.map { JSONNumber($0) }
  }
}

extension TraceReport.Example {
  /// - Parameters:
  ///   - example: The example.
  ///   - layers: What every node puts out for it; the last one are the logits.
  ///   - engineDifference: How far the engine's logits are from them.
  init(_ example: TracedExample, _ layers: [TracedLayer], engineDifference: Double) {
    let last = layers[layers.count - 1]
    (index, label) = (example.id, example.label)
    predicted = Self.prediction(last.clean)
    attackedPredicted = last.attacked.flatMap(Self.prediction)
    logits = last.clean.scalars.map { JSONNumber($0) }
    attackedLogits = last.attacked.map { $0.scalars.map { JSONNumber($0) } }
    self.engineDifference = JSONNumber(engineDifference)
    nodes = layers.map(TraceReport.Node.init)
  }

  private static func prediction(_ logits: Tensor<Double>) -> Int? { predictions(of: logits.float)[0] }
}
