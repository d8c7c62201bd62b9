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

  init(_ subject: TraceSubject, _ traces: [ExampleTrace], gallery: Gallery?, pictures: TraceDirectory?) {
    model = ModelSummary(subject.model)
    data = subject.data
    adversarial = subject.adversarial
    (heading, classNames, self.gallery) = (subject.heading, subject.classNames, gallery)
    images = pictures?.path
    engineName = type(of: subject.model.engine).name
    examples = traces.map(Example.init)
  }
}

extension TraceReport.Example {
  fileprivate init(_ trace: ExampleTrace) {
    (index, label) = (trace.example.id, trace.example.label)
    predicted = Self.prediction(trace.logits)
    attackedPredicted = trace.attackedLogits.flatMap(Self.prediction)
    logits = trace.logits.map { JSONNumber($0) }
    attackedLogits = trace.attackedLogits.map { $0.map { JSONNumber($0) } }
    engineDifference = JSONNumber(trace.engineDifference)
    nodes = trace.layers.map { layer in
      TraceReport.Node(
        node: layer.node.name, operation: layer.node.operation.kindName, shape: layer.node.shape.extents,
        smallest: JSONNumber(layer.smallest), mean: JSONNumber(layer.mean), largest: JSONNumber(layer.largest),
        zeros: layer.zeros, change: layer.change.map { JSONNumber($0) })
    }
  }

  private static func prediction(_ logits: [Double]) -> Int? {
    predictions(of: Tensor(shape: [1, logits.count], scalars: logits).float)[0]
  }
}
