/// A positional value. Positions follow the order of declaration; an array takes all words that are left, so it is last.
@propertyWrapper
package final class Argument<Value: ArgumentStorage>: ValueDeclaration {
  let declaration: Declaration
  let defaultValue: Value?
  var parsed: Value?
  let kind = ArgumentDescription.Kind.positional

  package var wrappedValue: Value {
    get { current }
    set { parsed = newValue }
  }

  /// For `@Argument` without parentheses.
  package convenience init() {
    self.init(help: "")
  }

  package init(
    help: String = "", valueName: String? = nil, completion: CompletionKind = .none, isHidden: Bool = false
  ) {
    declaration = Declaration(help: help, valueName: valueName, completion: completion, isHidden: isHidden)
    defaultValue = Value.absent
  }

  package init(
    wrappedValue: Value, help: String = "", valueName: String? = nil, completion: CompletionKind = .none,
    isHidden: Bool = false
  ) {
    declaration = Declaration(help: help, valueName: valueName, completion: completion, isHidden: isHidden)
    defaultValue = wrappedValue
  }
}
