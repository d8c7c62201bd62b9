/// A type whose values are written as one word of the command line.
///
/// Conform a custom type by converting in `init(argument:)`: return `nil` when the word says nothing more than "wrong",
/// throw when there is a reason to tell. An enum with `String` raw values needs no code beyond `CaseIterable`; its values
/// may be typed in any case.
package protocol ArgumentValue: ArgumentStorage where Item == Self {
  /// Converts a word; `nil` and a thrown error both make the word an invalid value, the error's text is shown.
  init?(argument: String) throws
  /// Whether a word such as `-0.5` or `-inf` is a value of this type and not an option.
  static var isNumeric: Bool { get }
  /// Every spelling, where there are few of them; shown in help, diagnostics and completion.
  static var allValues: [String] { get }
  /// The spelling of this value, shown as the default in help.
  var argumentText: String { get }
}

extension ArgumentValue {
  package static var isNumeric: Bool { false }
  package static var allValues: [String] { [] }
  package var argumentText: String { String(describing: self) }
}

extension ArgumentValue where Self: LosslessStringConvertible {
  package init?(argument: String) { self.init(argument) }
}

extension ArgumentValue where Self: RawRepresentable, RawValue == String {
  package init?(argument: String) { self.init(rawValue: argument) }
  package var argumentText: String { rawValue }
}

extension ArgumentValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  /// The value of that spelling, or else the only one that differs in case alone.
  package init?(argument: String) {
    if let value = Self(rawValue: argument) {
      self = value
      return
    }
    let values = Self.allCases.filter { $0.rawValue.lowercased() == argument.lowercased() }
    guard let value = values.first, values.count == 1 else { return nil }
    self = value
  }

  package static var allValues: [String] { allCases.map(\.rawValue) }
}

extension ArgumentValue where Self: Numeric {
  package static var isNumeric: Bool { true }
}

extension String: ArgumentValue {}
extension Int: ArgumentValue {}
extension UInt64: ArgumentValue {}
extension Float: ArgumentValue {}
extension Double: ArgumentValue {}

/// What a property declared with `@Option` or `@Argument` may hold: a value, an optional value, or an array of values.
package protocol ArgumentStorage {
  associatedtype Item: ArgumentValue
  /// Whether each further use adds a value.
  static var isRepeating: Bool { get }
  /// What the property holds when it has no default and is not given; `nil` when it must be given.
  static var absent: Self? { get }
  /// The property after one more use; `earlier` is `nil` at the first, so that a default array is replaced.
  static func storing(_ item: Item, after earlier: Self?) -> Self
  /// The values held, for the display of the default.
  var items: [Item] { get }
}

extension ArgumentValue {
  package static var isRepeating: Bool { false }
  package static var absent: Self? { nil }
  package static func storing(_ item: Self, after earlier: Self?) -> Self { item }
  package var items: [Self] { [self] }
}

extension Optional: ArgumentStorage where Wrapped: ArgumentValue {
  package static var isRepeating: Bool { false }
  package static var absent: Wrapped?? { .some(.none) }
  package static func storing(_ item: Wrapped, after earlier: Wrapped??) -> Wrapped? { item }
  package var items: [Wrapped] { map { [$0] } ?? [] }
}

extension Array: ArgumentStorage where Element: ArgumentValue {
  package static var isRepeating: Bool { true }
  package static var absent: [Element]? { nil }
  package static func storing(_ item: Element, after earlier: [Element]?) -> [Element] { (earlier ?? []) + [item] }
  package var items: [Element] { self }
}
