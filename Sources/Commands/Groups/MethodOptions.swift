internal import Arguments
internal import Hyperparameters

extension OptionList {
  /// The hyper-parameters of some methods as options of the command line: one option for all that have the same name.
  init(of methods: [any Configurable.Type]) {
    self.init(of: methods.map { ($0.method.name, $0.descriptions) })
  }

  /// The same of methods with what there is to say about them.
  init(of methods: [(name: String, hyperparameters: [HyperparameterDescription])]) {
    var named: [(name: String, uses: [Use])] = []
    for method in methods {
      for description in method.hyperparameters {
        let use = Use(method: method.name, description: description)
        if let index = named.firstIndex(where: { $0.name == description.name }) {
          named[index].uses.append(use)
        } else {
          named.append((description.name, [use]))
        }
      }
    }
    self.init(named.map { Item($0.name, $0.uses, of: methods.count) })
  }

  /// A hyper-parameter of one method.
  fileprivate struct Use {
    let method: String
    let description: HyperparameterDescription
  }
}

extension OptionList.Item {
  /// The help of a command shows the hyper-parameters that most of its methods have; the others are found in its topics.
  fileprivate init(_ name: String, _ uses: [OptionList.Use], of count: Int) {
    let descriptions = uses.map(\.description)
    self.init(
      name: name, help: Self.help(uses, isOfAll: uses.count == count), valueName: descriptions[0].unit ?? name,
      isFlag: descriptions.allSatisfy { $0.domain == .flag },
      isNumeric: descriptions.contains(where: \.domain.isNumeric), allValues: descriptions[0].domain.examples,
      isInTopics: uses.count * 2 < count, canRead: { text in descriptions.contains { $0.canRead(text) } })
  }

  /// `pgd: the number of steps (default: 40).` Where no method has a default, there is nothing to say of one.
  private static func help(_ uses: [OptionList.Use], isOfAll: Bool) -> String {
    let help = uses[0].description.help
    let owners = uses.map(\.method).joined(separator: ", ")
    // A list of most methods says little, and an option that one lacks is an error.
    let text = isOfAll || uses.count > 6 ? help : "\(owners): \(help.prefix(1).lowercased())\(help.dropFirst())"
    guard uses.contains(where: { $0.description.standard != nil }) else { return text }
    let standards = uses.map { $0.description.standard ?? "none" }
    let others = zip(uses, standards).filter { $0.1 != standards[0] }.map { "; \($0.method): \($1)" }
    // A long list says less than the topic of the one method.
    let defaults = others.count > 4 ? "that of the method" : standards[0] + others.joined()
    return "\(text.hasSuffix(".") ? String(text.dropLast()) : text) (default: \(defaults))."
  }
}

extension MethodText {
  /// The values that a word gives and those of the options beside it.
  ///
  /// - Throws: `ValidationError` where both give a hyper-parameter, and not the same value.
  func merged(
    with options: [(name: String, value: String)], of option: String
  ) throws -> [(name: String, value: String)] {
    var values = values.map { (name: $0.key.lowercased().replacing("_", with: "-"), value: $0.value) }
    for (name, value) in options {
      guard let own = values.first(where: { $0.name == name }) else {
        values.append((name, value))
        continue
      }
      guard own.value == value else {
        throw ValidationError("\(option) \(self) says \(name)=\(own.value), and --\(name) \(value): give one of them.")
      }
    }
    return values
  }
}

extension ValidationError {
  /// The error as one about an option, where the value was given as an option.
  init(_ error: HyperparameterError, options: [(name: String, value: String)]) {
    guard case .value(let name, _, let expected, let found) = error, options.contains(where: { $0.name == name }) else {
      self.init("\(error)")
      return
    }
    self.init("--\(name): expected \(expected), found \(found).")
  }
}

extension Configurable {
  /// Sets what a word and the options beside it give.
  ///
  /// - Throws: `ValidationError` where they contradict each other, for a name that the method does not have, and for a
  ///   value out of its range.
  mutating func set(_ text: MethodText, _ options: [(name: String, value: String)], of option: String) throws {
    for (name, value) in try text.merged(with: options, of: option) {
      do { try set(name, to: value) } catch { throw ValidationError(error, options: options) }
    }
  }

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
