internal import Arguments
internal import Hyperparameters

extension OptionList {
  /// The hyper-parameters of some methods as options of the command line: one option for all that have the same name.
  init(of methods: [any Configurable.Type]) {
    var named: [(name: String, uses: [Use])] = []
    for method in methods {
      for description in method.descriptions {
        let use = Use(method: method.method.name, description: description)
        if let index = named.firstIndex(where: { $0.name == description.name }) {
          named[index].uses.append(use)
        } else {
          named.append((description.name, [use]))
        }
      }
    }
    self.init(named.map { Item($0.name, $0.uses, isOfAll: $0.uses.count == methods.count) })
  }

  /// A hyper-parameter of one method.
  fileprivate struct Use {
    let method: String
    let description: HyperparameterDescription
  }
}

extension OptionList.Item {
  fileprivate init(_ name: String, _ uses: [OptionList.Use], isOfAll: Bool) {
    let descriptions = uses.map(\.description)
    self.init(
      name: name, help: Self.help(uses, isOfAll: isOfAll), valueName: descriptions[0].unit ?? name,
      isFlag: descriptions.allSatisfy { $0.domain == .flag },
      isNumeric: descriptions.contains(where: \.domain.isNumeric), allValues: descriptions[0].domain.examples,
      canRead: { text in descriptions.contains { $0.canRead(text) } })
  }

  /// `pgd: the number of steps (default: 40).`
  private static func help(_ uses: [OptionList.Use], isOfAll: Bool) -> String {
    let help = uses[0].description.help
    let owners = uses.map(\.method).joined(separator: ", ")
    let text = isOfAll ? help : "\(owners): \(help.prefix(1).lowercased())\(help.dropFirst())"
    let standards = uses.map { $0.description.standard ?? "none" }
    let others = zip(uses, standards).filter { $0.1 != standards[0] }.map { "; \($0.method): \($1)" }
    let defaults = standards[0] + others.joined()
    return "\(text.hasSuffix(".") ? String(text.dropLast()) : text) (default: \(defaults))."
  }
}

extension Configurable {
  /// Sets those of the given options that the method has.
  ///
  /// - Throws: `ValidationError` for a value out of its range.
  mutating func set(_ given: [(name: String, value: String)]) throws {
    for (name, value) in given {
      guard let hyperparameter = Self.hyperparameters.first(where: { $0.name == name }) else { continue }
      do {
        try set(name, to: value)
      } catch {
        throw ValidationError("--\(name): expected \(hyperparameter.domain.shortExpectation), found \(value).")
      }
    }
  }
}
