internal import Attacks
internal import Defences
internal import Hyperparameters
internal import Networks
internal import Reports

/// Methods with their hyper-parameters, for `attack --list`, `inspect --architectures` and their like.
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
    /// What records of architectures call citation and defaults.
    var reference: String?
    var options: [String: TypedText]?

    init(_ type: any Configurable.Type, norms: [Norm]? = nil) {
      self.init(type.method, type.descriptions, norms: norms)
    }

    init(_ method: Method, _ descriptions: [HyperparameterDescription], norms: [Norm]? = nil) {
      (name, title, summary, citation) = (method.name, method.title, method.summary, method.citation)
      self.norms = norms?.map(\.symbol)
      hyperparameters = descriptions.map {
        Hyperparameter(
          name: $0.name, expected: $0.domain.expectation, standard: $0.standard, unit: $0.unit, help: $0.help)
      }
    }
  }

  /// The names of columns and of members of the record.
  struct Titles {
    var records = CodingKeys.methods
    var name = "name"
    var values = "hyper-parameters"
    var source = "source"
  }

  enum CodingKeys: String, CodingKey {
    case command, methods, architectures
  }

  let command: String
  let methods: [Entry]
  var titles = Titles()
  /// How a method is typed.
  var example: String?

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(command, forKey: .command)
    try container.encode(methods, forKey: titles.records)
  }

  /// Every attack.
  static let attacks = MethodList(
    command: "attack", methods: AttackCatalog.attacks.map { Entry($0, norms: $0.norms) })
  /// Every preprocessor.
  static let preprocessors = MethodList(command: "evaluate", methods: PreprocessorCatalog.methods.map { Entry($0) })
  /// Every detector.
  static let detectors = MethodList(command: "evaluate", methods: DetectorCatalog.methods.map { Entry($0) })
  /// Every built-in architecture.
  static let architectures = MethodList(
    command: "inspect",
    methods: Architectures.all.map { architecture in
      var entry = Entry(architecture)
      entry.reference = entry.citation
      entry.options = Dictionary(
        uniqueKeysWithValues: entry.hyperparameters.map { ($0.name, TypedText($0.standard ?? "")) })
      return entry
    },
    titles: Titles(records: .architectures, name: "architecture", values: "options", source: "reference"),
    example: "Options follow a colon: mlp:hidden=18.")
}

extension MethodList: Report {
  var document: Document {
    var document = Document("Methods")
    document.add(table)
    if let example { document.remark(example) }
    document.nameOmittedColumns(shownBy: "A wider terminal and --json show")
    document.remark("'advlab help \(command) NAME' and --json tell everything about each.")
    return document
  }

  private var table: Table {
    let hasNorms = methods.contains { $0.norms != nil }
    var table = Table(
      [.left(titles.name)] + (hasNorms ? [.left("norms", .minor)] : [])
        + [.prose("what it is"), .left(titles.values, .minor), .left(titles.source, .least)])
    for method in methods {
      let hyperparameters = method.hyperparameters.map { "\($0.name)=\($0.standard ?? "…")" }
      let norms: Cell = .text(method.norms?.joined(separator: " ") ?? "")
      table.append(
        [.text(method.name)] + (hasNorms ? [norms] : [])
          + [
            .text(method.summary),
            hyperparameters.isEmpty ? .missing : .text(hyperparameters.joined(separator: ", ")),
            .optional(method.citation, Cell.text),
          ])
    }
    return table
  }
}
