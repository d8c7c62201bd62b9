/// A property wrapper as the parser sees it; found by reflection over a fresh command.
protocol DeclaredArgument: AnyObject {
  /// One description, or one per name among which a flag chooses.
  func descriptions(propertyName: String) -> [ArgumentDescription]
  /// Stores one use of the description with index `choice`; `false` when the text is not a value of the type.
  func accept(_ text: String?, choice: Int) throws -> Bool
  /// Whether the property must be given and has not been.
  var isMissing: Bool { get }
  /// Whether it was given and stands alone: nothing else is then required, as with `--list`.
  var isAllThatCounts: Bool { get }
}

extension DeclaredArgument {
  var isAllThatCounts: Bool { false }
}

/// What an author writes about an option or a positional argument.
struct Declaration {
  var name: String?
  var short: Character?
  var isJoined = false
  var help: String
  var valueName: String?
  var completion: CompletionKind
  var isHidden: Bool
}

/// The part that options and positional arguments have in common.
protocol ValueDeclaration: DeclaredArgument {
  associatedtype Value: ArgumentStorage
  var declaration: Declaration { get }
  var kind: ArgumentDescription.Kind { get }
  var defaultValue: Value? { get }
  var parsed: Value? { get set }
}

extension ValueDeclaration {
  var current: Value {
    guard let value = parsed ?? defaultValue else {
      preconditionFailure("a required argument was read before parsing")
    }
    return value
  }

  var isMissing: Bool { parsed == nil && defaultValue == nil }

  func accept(_ text: String?, choice: Int) throws -> Bool {
    guard let item = try text.flatMap(Value.Item.init(argument:)) else { return false }
    parsed = Value.storing(item, after: parsed)
    return true
  }

  func descriptions(propertyName: String) -> [ArgumentDescription] {
    let name = declaration.name ?? propertyName.kebabCased
    let values = Value.Item.allValues
    let defaultText = (defaultValue?.items ?? []).map(\.argumentText).joined(separator: ", ")
    let isNamed = kind == .option
    return [
      ArgumentDescription(
        kind: kind,
        names: isNamed ? (declaration.short.map { [.short($0)] } ?? []) + [.long(name)] : [],
        isJoined: declaration.isJoined,
        valueName: declaration.valueName ?? name,
        abstract: declaration.help,
        allValues: values,
        defaultValue: defaultText.isEmpty ? nil : defaultText,
        isOptional: defaultValue != nil,
        isRepeating: Value.isRepeating,
        isNumeric: Value.Item.isNumeric,
        shouldDisplay: !declaration.isHidden,
        completion: declaration.completion == .none && !values.isEmpty ? .list(values) : declaration.completion)
    ]
  }
}
