/// A name without a value: `--json`. Several names may choose among values, as `--fgsm` and `--pgd` do.
///
/// * `Bool` without inversion is `false` until the flag is given;
/// * `Bool` with `.prefixedNo` has a second name, `--no-early-stop`;
/// * an `EnumerableFlag` (or an optional one) has one name per case, and only one of them may be given.
@propertyWrapper
package final class Flag<Value>: DeclaredArgument {
  private struct Choice {
    let value: Value
    /// `nil` stands for the property's name.
    var name: String?
    var help = ""
    var isInverse = false
    var isDefault = false
  }

  private let choices: [Choice]
  private let short: Character?
  private let isHidden: Bool
  private var value: Value?
  private let isOptional: Bool

  package var wrappedValue: Value {
    get {
      guard let value else { preconditionFailure("a required flag was read before parsing") }
      return value
    }
    set { value = newValue }
  }

  private init(_ choices: [Choice], initial: Value?, short: Character? = nil, isHidden: Bool) {
    self.choices = choices
    self.short = short
    self.isHidden = isHidden
    value = initial
    isOptional = initial != nil
  }

  var isMissing: Bool { value == nil }

  func accept(_ text: String?, choice: Int) -> Bool {
    value = choices[choice].value
    return true
  }

  func descriptions(propertyName: String) -> [ArgumentDescription] {
    choices.map { choice in
      let name = choice.name ?? propertyName.kebabCased
      let long = choice.isInverse ? "no-" + name : name
      let alternatives = choices.count > 1
      return ArgumentDescription(
        kind: .flag,
        names: (choice.isInverse ? [] : short.map { [.short($0)] } ?? []) + [.long(long)],
        abstract: choice.help,
        defaultValue: alternatives && choice.isDefault ? "--" + long : nil,
        isOptional: isOptional,
        isInverse: choice.isInverse,
        shouldDisplay: !isHidden)
    }
  }
}

/// Whether a flag has a second name for `false`.
package enum FlagInversion {
  case none, prefixedNo
}

/// Values that are chosen by flags named after the cases.
package protocol EnumerableFlag: RawRepresentable<String>, CaseIterable, Equatable {
  static func help(for value: Self) -> String
}

extension Flag where Value == Bool {
  package convenience init(
    wrappedValue: Bool, name: String? = nil, short: Character? = nil, help: String = "",
    inversion: FlagInversion = .none, isHidden: Bool = false
  ) {
    self.init(
      Self.choices(name: name, help: help, inversion: inversion, initial: wrappedValue), initial: wrappedValue,
      short: short, isHidden: isHidden)
  }

  /// Without inversion the flag is `false` when it is not given; with inversion one of the two names must be given.
  package convenience init(
    name: String? = nil, short: Character? = nil, help: String = "", inversion: FlagInversion = .none,
    isHidden: Bool = false
  ) {
    let initial: Bool? = inversion == .none ? false : nil
    self.init(
      Self.choices(name: name, help: help, inversion: inversion, initial: initial), initial: initial, short: short,
      isHidden: isHidden)
  }

  private static func choices(name: String?, help: String, inversion: FlagInversion, initial: Bool?) -> [Choice] {
    let positive = Choice(value: true, name: name, help: help, isDefault: initial == true)
    switch inversion {
    case .none: return [positive]
    case .prefixedNo:
      return [positive, Choice(value: false, name: name, help: help, isInverse: true, isDefault: initial == false)]
    }
  }
}

extension Flag where Value: EnumerableFlag {
  package convenience init(wrappedValue: Value, isHidden: Bool = false) {
    self.init(
      Value.allCases.map {
        Choice(value: $0, name: $0.rawValue, help: Value.help(for: $0), isDefault: $0 == wrappedValue)
      }, initial: wrappedValue, isHidden: isHidden)
  }

  package convenience init(isHidden: Bool = false) {
    self.init(
      Value.allCases.map { Choice(value: $0, name: $0.rawValue, help: Value.help(for: $0)) }, initial: nil,
      isHidden: isHidden)
  }
}

extension Flag {
  package convenience init<Choices: EnumerableFlag>(isHidden: Bool = false) where Value == Choices? {
    self.init(
      Choices.allCases.map { Choice(value: $0, name: $0.rawValue, help: Choices.help(for: $0)) },
      initial: .some(.none), isHidden: isHidden)
  }
}
