/// A name without a value: `--json`. Several names may choose among values, as `--fgsm` and `--pgd` do.
///
/// * `Bool` is `false` until the flag is given; with the inversion `.prefixedNo` it has a second name,
///   `--no-early-stop`, and without a default one of the two must be given;
/// * an `EnumerableFlag` has one name per case, taken from the case and not from the property;
/// * an optional one of these is `nil` when none of its names is given.
///
/// Only one of several names may be given. With a flag that stands alone, such as `--list`, nothing else is
/// required or checked.
@propertyWrapper
package final class Flag<Value: FlagStorage>: DeclaredArgument {
  private let name: String?
  private let short: Character?
  private let choices: [FlagChoice<Value>]
  private let defaultValue: Value?
  private let isHidden: Bool
  private let standsAlone: Bool
  private var parsed: Value?

  package var wrappedValue: Value {
    get {
      guard let value = parsed ?? defaultValue else { preconditionFailure("a required flag was read before parsing") }
      return value
    }
    set { parsed = newValue }
  }

  /// For `@Flag` without parentheses, which the compiler accepts only with this very initializer.
  package convenience init() {
    self.init(name: nil)
  }

  package convenience init(
    name: String? = nil, short: Character? = nil, help: String = "", inversion: FlagInversion = .none,
    isHidden: Bool = false, standsAlone: Bool = false
  ) {
    self.init(
      defaultValue: Value.absent(inversion: inversion), name, short, Value.choices(help: help, inversion: inversion),
      isHidden, standsAlone)
  }

  package convenience init(
    wrappedValue: Value, name: String? = nil, short: Character? = nil, help: String = "",
    inversion: FlagInversion = .none, isHidden: Bool = false
  ) {
    self.init(
      defaultValue: wrappedValue, name, short, Value.choices(help: help, inversion: inversion), isHidden, false)
  }

  private init(
    defaultValue: Value?, _ name: String?, _ short: Character?, _ choices: [FlagChoice<Value>], _ isHidden: Bool,
    _ standsAlone: Bool
  ) {
    self.name = name
    self.short = short
    self.choices = choices
    self.defaultValue = defaultValue
    self.isHidden = isHidden
    self.standsAlone = standsAlone
  }

  var isAllThatCounts: Bool { standsAlone && parsed != nil }

  var isMissing: Bool { parsed == nil && defaultValue == nil }

  func accept(_ text: String?, choice: Int) -> Bool {
    parsed = choices[choice].value
    return true
  }

  func descriptions(propertyName: String) -> [ArgumentDescription] {
    choices.map { choice in
      let name = choice.name ?? name ?? propertyName.kebabCased
      let long = choice.isInverse ? "no-" + name : name
      return ArgumentDescription(
        kind: .flag,
        names: (choice.isInverse ? [] : short.map { [.short($0)] } ?? []) + [.long(long)],
        abstract: choice.help,
        defaultValue: choices.count > 1 && choice.value == defaultValue ? "--" + long : nil,
        isOptional: defaultValue != nil,
        isInverse: choice.isInverse,
        shouldDisplay: !isHidden)
    }
  }
}

/// Whether a flag has a second name for `false`.
package enum FlagInversion {
  case none, prefixedNo
}

/// One of the names of a flag and the value that it stands for.
package struct FlagChoice<Value> {
  let value: Value
  /// `nil` stands for the name of the property.
  var name: String?
  var help: String
  var isInverse = false
}

/// What a property declared with `@Flag` may hold.
package protocol FlagStorage: Equatable {
  static func choices(help: String, inversion: FlagInversion) -> [FlagChoice<Self>]
  /// What the property holds when it has no default and is not given; `nil` when it must be given.
  static func absent(inversion: FlagInversion) -> Self?
}

extension Bool: FlagStorage {
  package static func choices(help: String, inversion: FlagInversion) -> [FlagChoice<Bool>] {
    let positive = FlagChoice(value: true, help: help)
    return switch inversion {
    case .none: [positive]
    case .prefixedNo: [positive, FlagChoice(value: false, help: help, isInverse: true)]
    }
  }

  package static func absent(inversion: FlagInversion) -> Bool? { inversion == .none ? false : nil }
}

extension Optional: FlagStorage where Wrapped: FlagStorage {
  package static func choices(help: String, inversion: FlagInversion) -> [FlagChoice<Wrapped?>] {
    Wrapped.choices(help: help, inversion: inversion).map {
      FlagChoice(value: $0.value, name: $0.name, help: $0.help, isInverse: $0.isInverse)
    }
  }

  package static func absent(inversion: FlagInversion) -> Wrapped?? { .some(.none) }
}

/// Values that are chosen by flags named after the cases.
package protocol EnumerableFlag: FlagStorage, RawRepresentable<String>, CaseIterable {
  static func help(for value: Self) -> String
}

extension EnumerableFlag {
  package static func choices(help: String, inversion: FlagInversion) -> [FlagChoice<Self>] {
    allCases.map { FlagChoice(value: $0, name: $0.rawValue, help: Self.help(for: $0)) }
  }

  package static func absent(inversion: FlagInversion) -> Self? { nil }
}
