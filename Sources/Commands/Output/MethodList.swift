internal import Attacks
internal import Defences
internal import Hyperparameters
internal import Networks
internal import Reports

/// Methods with their hyper-parameters, for `attack --list` and its like.
struct MethodList: Encodable {
  struct Hyperparameter: Encodable {
    let name: String
    let expected: String
    let standard: String?
    let unit: String?
    let help: String

    private enum CodingKeys: String, CodingKey {
      case name, expected, standard = "default", unit, help
    }
  }

  struct Entry: Encodable {
    let name: String
    let title: String
    let summary: String
    let norms: [String]?
    let citation: String?
    let hyperparameters: [Hyperparameter]

    init(_ type: any Configurable.Type, norms: [Norm]? = nil) {
      let method = type.method
      (name, title, summary, citation) = (method.name, method.title, method.summary, method.citation)
      self.norms = norms?.map(\.symbol)
      hyperparameters = type.descriptions.map {
        Hyperparameter(
          name: $0.name, expected: $0.domain.expectation, standard: $0.standard, unit: $0.unit, help: $0.help)
      }
    }
  }

  let command: String
  let methods: [Entry]

  /// Every attack.
  static let attacks = MethodList(
    command: "attack", methods: AttackCatalog.attacks.map { Entry($0, norms: $0.norms) })
  /// Every preprocessor.
  static let preprocessors = MethodList(command: "evaluate", methods: PreprocessorCatalog.methods.map { Entry($0) })
  /// Every detector.
  static let detectors = MethodList(command: "evaluate", methods: DetectorCatalog.methods.map { Entry($0) })
}

extension MethodList: Report {
  var document: Document {
    var document = Document("Methods")
    let hasNorms = methods.contains { $0.norms != nil }
    var table = Table(
      [.left("name")] + (hasNorms ? [.left("norms", .minor)] : [])
        + [.prose("what it is"), .left("hyper-parameters", .minor), .left("source", .least)])
    for method in methods {
      let hyperparameters = method.hyperparameters.map { "\($0.name)=\($0.standard ?? "…")" }
      let norms: Cell = .text(method.norms?.joined(separator: " ") ?? "")
      table.append(
        [.text(method.name)] + (hasNorms ? [norms] : [])
          + [
            .text(method.summary), .text(hyperparameters.joined(separator: ", ")),
            .optional(method.citation, Cell.text),
          ])
    }
    document.add(table)
    document.remark("'advlab help \(command) NAME' and --json tell everything about each.")
    return document
  }
}
