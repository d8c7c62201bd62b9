/// Options that are listed rather than declared as properties, such as the hyper-parameters of all methods of a
/// catalogue. An option group stores one.
package struct OptionList {
  /// One of them.
  package struct Item: Sendable {
    /// The long name, without dashes.
    package var name: String
    package var help: String
    package var valueName: String
    /// Whether it is a flag, with a second name for no.
    package var isFlag: Bool
    /// Whether a word such as `-0.5` is a value and not an option.
    package var isNumeric: Bool
    /// Every spelling of its values, where there are few of them.
    package var allValues: [String]
    /// Whether it is explained on a further page of help, and not in the help of the command.
    package var isInTopics: Bool
    /// Whether a word is a value.
    package var canRead: @Sendable (String) -> Bool

    package init(
      name: String, help: String, valueName: String, isFlag: Bool = false, isNumeric: Bool = false,
      allValues: [String] = [], isInTopics: Bool = false, canRead: @escaping @Sendable (String) -> Bool
    ) {
      self.name = name
      self.help = help
      self.valueName = valueName
      self.isFlag = isFlag
      self.isNumeric = isNumeric
      self.allValues = allValues
      self.isInTopics = isInTopics
      self.canRead = canRead
    }
  }

  let arguments: [ListedArgument]

  package init(_ items: [Item]) {
    arguments = items.map(ListedArgument.init)
  }

  /// Names and values of those that were given, in the order of the list; a flag is `true` or `false`.
  package var given: [(name: String, value: String)] {
    arguments.compactMap { argument in argument.given.map { (argument.item.name, $0) } }
  }
}

/// The storage of a listed option.
final class ListedArgument: DeclaredArgument {
  let item: OptionList.Item
  private(set) var given: String?
  let isMissing = false

  init(_ item: OptionList.Item) { self.item = item }

  func accept(_ text: String?, choice: Int) -> Bool {
    let value = item.isFlag ? (choice == 0 ? "true" : "false") : text
    guard let value, item.canRead(value) else { return false }
    given = value
    return true
  }

  func descriptions(propertyName: String) -> [ArgumentDescription] {
    guard item.isFlag else {
      return [
        ArgumentDescription(
          kind: .option, names: [.long(item.name)], valueName: item.valueName, abstract: item.help,
          allValues: item.allValues, isOptional: true, isNumeric: item.isNumeric, isInTopics: item.isInTopics,
          completion: item.allValues.isEmpty ? .none : .list(item.allValues))
      ]
    }
    return [item.name, "no-" + item.name].enumerated().map { index, name in
      ArgumentDescription(
        kind: .flag, names: [.long(name)], abstract: item.help, isOptional: true, isInverse: index == 1,
        isInTopics: item.isInTopics)
    }
  }
}
