/// Objects: lists and dictionaries that are filled, and calls that are written down instead of being made.
extension Unpickler {
  mutating func append(_ values: [PickleValue]) throws(ExchangeError) {
    guard case .object(let index) = try top(), case .list(var items) = objects[index] else {
      throw failure("a list to append to", "something else")
    }
    // Not to copy the elements with every one that is added.
    objects[index] = .list([])
    items += values
    objects[index] = .list(items)
  }

  mutating func setItems(_ values: [PickleValue]) throws(ExchangeError) {
    let added = try pairs(values)
    guard case .object(let index) = try top(), case .dictionary(var entries) = objects[index] else {
      throw failure("a dictionary to add to", "something else")
    }
    objects[index] = .dictionary([])
    entries += added
    objects[index] = .dictionary(entries)
  }

  /// Keys and values in turn.
  func pairs(_ values: [PickleValue]) throws(ExchangeError) -> [(key: PickleValue, value: PickleValue)] {
    guard values.count.isMultiple(of: 2) else { throw failure("a value for every key of a dictionary", "none") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }

  // MARK: Globals and calls

  func global(module: [UInt8], _ name: [UInt8]) throws(ExchangeError) -> PickleGlobal {
    try global("\(String(decoding: module, as: UTF8.self)).\(String(decoding: name, as: UTF8.self))")
  }

  private func global(_ name: String) throws(ExchangeError) -> PickleGlobal {
    guard let global = PickleGlobal(name) else {
      throw failure("tensors, numbers, texts and dictionaries", "\(PickleGlobal.refused(name)); \(advice)")
    }
    return global
  }

  /// A global whose module and name are on the stack.
  mutating func pushGlobal(_ names: [PickleValue]) throws(ExchangeError) {
    guard let module = names[0].text, let name = names[1].text else {
      throw failure("the names of a global", "something else")
    }
    push(.global(try global("\(module).\(name)")))
  }

  /// A global and a tuple of arguments.
  mutating func call(_ values: [PickleValue]) throws(ExchangeError) {
    guard case .object(let index) = values[1], case .tuple(let arguments) = objects[index] else {
      throw failure("a tuple of arguments", "something else")
    }
    push(try result(of: global(values[0]), arguments))
  }

  /// A class, a tuple of arguments and a dictionary of named ones.
  mutating func callWithNames(_ values: [PickleValue]) throws(ExchangeError) {
    guard case .object(let index) = values[2], case .dictionary(let names) = objects[index], names.isEmpty else {
      throw failure("arguments without names", "others")
    }
    try call(Array(values.prefix(2)))
  }

  /// A class and the arguments after it.
  mutating func callFirst(of values: [PickleValue]) throws(ExchangeError) {
    guard let first = values.first else { throw failure("a class on the stack of the pickle", "none") }
    push(try result(of: global(first), Array(values.dropFirst())))
  }

  private func global(_ value: PickleValue) throws(ExchangeError) -> PickleGlobal {
    guard case .object(let index) = value, case .global(let global) = objects[index] else {
      throw failure("a function or class that is called", "something else; \(advice)")
    }
    return global
  }

  /// What stands for the result of a call: itself, or for dictionaries, which are filled afterwards, an object.
  mutating func result(of global: PickleGlobal, _ arguments: [PickleValue]) throws(ExchangeError) -> PickleObject {
    guard global == .dictionary else { return .call(global, arguments, state: nil) }
    guard case .object(let index) = arguments.last else { return .dictionary([]) }
    switch objects[index] {
    case .dictionary(let entries):
      try spend(entries.count)
      return .dictionary(entries)
    case .list(let pairs):
      try spend(pairs.count)
      return .dictionary(try entries(pairs))
    // The class of the values that a `defaultdict` makes up.
    case .global: return .dictionary([])
    case .tuple, .call, .persistent: throw failure("the entries of a dictionary", "something else")
    }
  }

  /// Entries as lists or tuples of key and value, as Python 2 writes them.
  private func entries(
    _ pairs: [PickleValue]
  ) throws(ExchangeError) -> [(key: PickleValue, value: PickleValue)] {
    var entries: [(key: PickleValue, value: PickleValue)] = []
    for pair in pairs {
      guard case .object(let index) = pair else { throw failure("a key and a value", "something else") }
      switch objects[index] {
      case .list(let items), .tuple(let items):
        guard items.count == 2 else { throw failure("a key and a value", "\(items.count) values") }
        entries.append((items[0], items[1]))
      case .dictionary, .global, .call, .persistent: throw failure("a key and a value", "something else")
      }
    }
    return entries
  }

  /// Gives an object its state. That of a dictionary are attributes beside its entries, which mean nothing here; a tensor
  /// could become another one by it.
  mutating func build(_ values: [PickleValue]) throws(ExchangeError) {
    guard case .object(let index) = values[0] else { throw failure("an object that is given its state", "a value") }
    switch objects[index] {
    case .call(let global, let arguments, _) where [.array, .arrayType, .inert].contains(global):
      objects[index] = .call(global, arguments, state: values[1])
    case .dictionary: break
    case .call, .list, .tuple, .global, .persistent:
      throw failure("an object that is given its state", "something else; \(advice)")
    }
    push(values[0])
  }

  func extensionFailure(_ code: Int) -> ExchangeError {
    failure(
      "tensors, numbers, texts and dictionaries", "the code \(code) of Python's extension registry; \(advice)")
  }
}
