internal import Arguments
internal import Attacks
internal import Defences
internal import Hyperparameters
internal import Networks

extension AttackCatalog {
  /// The help on each attack.
  static var topics: [HelpTopic] {
    attacks.map { attack in
      let norms = attack.norms.map(\.symbol).joined(separator: ", ")
      return HelpTopic(attack, option: "--attack", dashes: "--", remark: "Works in \(norms).")
    }
  }
}

extension PreprocessorCatalog {
  /// The help on each preprocessor.
  static var topics: [HelpTopic] { methods.map { HelpTopic($0, option: "--preprocess") } }
}

extension DetectorCatalog {
  /// The help on each detector.
  static var topics: [HelpTopic] { methods.map { HelpTopic($0, option: "--detector") } }
}

extension HelpTopic {
  /// The help on a method and each of its hyper-parameters.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - option: The option that names it, `--attack`.
  ///   - dashes: What stands before its hyper-parameters where they are options of the command line, too.
  ///   - remark: What is to be said of it beside that.
  ///   - inWordAlone: The hyper-parameters that are no options of the command line, all the same.
  init(
    _ method: any Configurable.Type, option: String, dashes: String = "", remark: String = "",
    inWordAlone: Set<String> = []
  ) {
    self.init(
      method.method, method.descriptions, option: option, dashes: dashes, remark: remark, inWordAlone: inWordAlone)
  }

  /// The same of a method and what there is to say about its hyper-parameters.
  init(
    _ profile: Method, _ descriptions: [HyperparameterDescription], option: String, dashes: String = "",
    remark: String = "", inWordAlone: Set<String> = []
  ) {
    let source = profile.citation.map { "\n\n\($0)" } ?? ""
    self.init(
      name: profile.name, overview: "OVERVIEW: \(profile.title). \(profile.summary)\(source)",
      rows: descriptions.map { (Self.label($0, inWordAlone.contains($0.name) ? "" : dashes), Self.text($0)) },
      remark: ([remark] + [Self.example(profile.name, descriptions, option)]).filter { !$0.isEmpty }
        .joined(separator: "\n\n"))
  }

  private static func label(_ description: HyperparameterDescription, _ dashes: String) -> String {
    guard !dashes.isEmpty else { return description.name }
    return description.domain == .flag
      ? "\(dashes)\(description.name)/\(dashes)no-\(description.name)"
      : "\(dashes)\(description.name) <\(description.unit ?? description.name)>"
  }

  private static func text(_ description: HyperparameterDescription) -> String {
    let range = description.domain == .flag ? nil : description.domain.shortExpectation
    let notes = [range, description.standard.map { "default: \($0)" }].compactMap(\.self)
    let help = description.help.hasSuffix(".") ? String(description.help.dropLast()) : description.help
    return "\(help) (\(notes.joined(separator: "; ")))."
  }

  private static func example(_ name: String, _ descriptions: [HyperparameterDescription], _ option: String) -> String {
    guard let first = descriptions.first else { return "\(option) \(name): there is nothing to set." }
    // A default that is a sentence, such as how it follows from others, cannot be typed.
    let value = first.standard.flatMap { $0.contains(where: \.isWhitespace) ? nil : $0 } ?? "…"
    return "In one word: \(option) \(name):\(first.name)=\(value)"
  }
}
