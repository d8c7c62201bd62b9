internal import Arguments
internal import Certification
internal import Hyperparameters

/// A way to say something about all inputs around an image.
enum CertificationMethod {
  /// Bounds of the margins: certified, or nothing is known.
  case bounds(any BoundMethod)
  /// Bounds, parts and counterexamples until it is decided.
  case exact(ExactVerification)
  /// Certificates for the classifier behind noise.
  case smoothing(Smoothing)
  /// An estimate and no certificate.
  case clever(CleverScore)

  /// All of them, from the quickest to the tightest bounds; then what is no bound of the network itself.
  static let types: [any Configurable.Type] =
    BoundCatalog.methods + [ExactVerification.self, Smoothing.self, CleverScore.self]
  static let names = types.map { $0.method.name }
  /// Those that bound the margins of the network itself.
  static let namesOfBounds = BoundCatalog.methods.map { $0.method.name } + [ExactVerification.method.name]

  /// The hyper-parameters that are no options of the command: `--split` is one of the data.
  private static let inWordAlone: Set = ["split"]

  /// What the options of the command are made of.
  static var optionDescriptions: [(name: String, hyperparameters: [HyperparameterDescription])] {
    types.map { type in
      (type.method.name, type.descriptions.filter { !inWordAlone.contains($0.name) })
    }
  }

  /// The help on each method.
  static var topics: [HelpTopic] {
    types.map { HelpTopic($0, option: "--method", dashes: "--", inWordAlone: inWordAlone) }
  }

  /// The method of a word such as `alpha-crown:steps=50`, with the options beside it.
  ///
  /// - Throws: `HyperparameterError` for a word that is none, `ValidationError` for options that are not of the method.
  init(_ word: String, options: [(name: String, value: String)]) throws {
    let (type, text) = try MethodText.method(of: word, among: Self.types, kind: "method of certification") { $0 }
    if let foreign = options.first(where: { option in !type.descriptions.contains { $0.name == option.name } }) {
      let own = type.descriptions.map { "--\($0.name)" }.joined(separator: ", ")
      throw ValidationError(
        "The method '\(type.method.name)' has no option '--\(foreign.name)'. It has \(own.isEmpty ? "none" : own).")
    }
    var method = type.init()
    try method.set(text, options, of: "--method")
    switch method {
    case let method as any BoundMethod: self = .bounds(method)
    case let method as ExactVerification: self = .exact(method)
    case let method as Smoothing: self = .smoothing(method)
    case let method as CleverScore: self = .clever(method)
    default: throw ValidationError("--method: '\(type.method.name)' cannot certify.")
    }
  }

  /// The arithmetics of networks that it says something about.
  var arithmetics: Set<NetworkArithmetic> {
    switch self {
    case .bounds(let method): type(of: method).arithmetics
    case .exact, .smoothing, .clever: [.real]
    }
  }

  /// Name and hyper-parameters.
  var configuration: any Configurable {
    switch self {
    case .bounds(let method): method
    case .exact(let method): method
    case .smoothing(let method): method
    case .clever(let method): method
    }
  }

  /// `CROWN`.
  var name: String { type(of: configuration).method.title }

  /// `CROWN (crown:slope=adaptive,intervals=true)`.
  var title: String { "\(name) (\(configuration.fullText))" }
}

/// A method with the value of every hyper-parameter, in JSON; with bounds the arithmetic of the network that they speak about.
struct MethodSummary: Encodable {
  private let configuration: any Configurable
  private let arithmetic: NetworkArithmetic?

  init(_ method: CertificationMethod, _ arithmetic: NetworkArithmetic? = nil) {
    (configuration, self.arithmetic) = (method.configuration, arithmetic)
  }

  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(type(of: configuration).method.name, forKey: Key("name"))
    try container.encodeIfPresent(arithmetic?.rawValue, forKey: Key("arithmetic"))
    for (name, value) in configuration.record { try container.encode(value, forKey: Key(name)) }
  }
}
