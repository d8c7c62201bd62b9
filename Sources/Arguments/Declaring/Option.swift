/// A named value: `--batch-size 64` or `--batch-size=64`.
///
/// The name is the property's name in kebab case unless `name` is given. A property without a default that is neither
/// optional nor an array with a default must be given. An array collects the values of all uses; any other option may
/// be given once. With `joined`, the short form may carry its value: `-n5`.
///
/// A wrapper is an object: copies of a command share their values, so a command is parsed into once and not stored twice.
@propertyWrapper
package final class Option<Value: ArgumentStorage>: ValueDeclaration {
  let declaration: Declaration
  let defaultValue: Value?
  var parsed: Value?
  let kind = ArgumentDescription.Kind.option

  package var wrappedValue: Value {
    get { current }
    set { parsed = newValue }
  }

  /// For `@Option` without parentheses, which the compiler accepts only with this very initializer.
  package convenience init() {
    self.init(name: nil)
  }

  package convenience init(
    name: String? = nil, short: Character? = nil, joined: Bool = false, help: String = "", valueName: String? = nil,
    completion: CompletionKind = .none, isHidden: Bool = false
  ) {
    self.init(
      defaultValue: Value.absent,
      Declaration(
        name: name, short: short, isJoined: joined, help: help, valueName: valueName, completion: completion,
        isHidden: isHidden))
  }

  package convenience init(
    wrappedValue: Value, name: String? = nil, short: Character? = nil, joined: Bool = false, help: String = "",
    valueName: String? = nil, completion: CompletionKind = .none, isHidden: Bool = false
  ) {
    self.init(
      defaultValue: wrappedValue,
      Declaration(
        name: name, short: short, isJoined: joined, help: help, valueName: valueName, completion: completion,
        isHidden: isHidden))
  }

  private init(defaultValue: Value?, _ declaration: Declaration) {
    self.declaration = declaration
    self.defaultValue = defaultValue
  }
}
