/// Reads pickles, protocols 0 to 5, and executes nothing: a call becomes a value that says what would have been called,
/// and a global that is not in the list of `PickleGlobal` is an error.
///
/// The format is that of Python's `pickletools`. Every instruction takes bounded memory beyond the bytes that it holds,
/// and their number is bounded.
package struct Unpickler {
  var input: PickleInput
  /// What to do about a pickle that is refused, for the end of the message.
  let advice: String
  var objects: [PickleObject] = []
  private var stack: [PickleValue] = []
  /// The heights of the stack at the marks.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// How many more instructions are carried out, and values copied.
  private var budget = Self.mostInstructions

  /// Some fifty describe a tensor.
  private static let mostInstructions = 1 << 21

  private init(_ input: PickleInput, advice: String) {
    (self.input, self.advice) = (input, advice)
  }

  /// Reads a pickle, up to its end.
  package static func read(_ input: inout PickleInput, advice: String) throws(ExchangeError) -> Pickle {
    var unpickler = Unpickler(input, advice: advice)
    let root = try unpickler.run()
    input = unpickler.input
    return Pickle(file: input.path, entry: input.entry, root: root, objects: unpickler.objects)
  }

  private mutating func run() throws(ExchangeError) -> PickleValue {
    while true {
      try spend(1)
      let byte = try input.byte()
      guard let opcode = PickleOpcode(rawValue: byte) else {
        throw failure("an instruction of a pickle at byte \(input.position - 1)", "the byte \(byte)")
      }
      if opcode == .stop { return try pop() }
      try perform(opcode)
    }
  }

  /// Takes a number of instructions, or of values that are copied, off what is left.
  mutating func spend(_ count: Int) throws(ExchangeError) {
    guard count <= budget else { throw failure("a pickle of at most \(Self.mostInstructions) instructions", "more") }
    budget -= count
  }

  /// Carries out one instruction; they are described in Python's `pickletools`.
  private mutating func perform(_ opcode: PickleOpcode) throws(ExchangeError) {
    switch opcode {
    case .proto: try checkProtocol()
    case .frame: try checkFrame()
    case .stop: break

    case .int, .long: push(try decimal(input.line()))
    case .binInt: push(.integer(Int(Int32(truncatingIfNeeded: try input.integer(4)))))
    case .binInt1: push(.integer(try input.integer(1)))
    case .binInt2: push(.integer(try input.integer(2)))
    case .long1: push(Self.integer(try sized(1)))
    case .long4: push(Self.integer(try sized(4)))
    case .float: push(try number(input.line()))
    case .binFloat: push(.number(try bigEndianNumber()))

    case .none: push(.none)
    case .newTrue: push(.boolean(true))
    case .newFalse: push(.boolean(false))

    case .string: push(.bytes(try unescaped(input.line())))
    case .shortBinString, .shortBinBytes: push(.bytes(try sized(1)))
    case .binString, .binBytes: push(.bytes(try sized(4)))
    case .binBytes8, .byteArray8: push(.bytes(try sized(8)))
    case .unicode: push(.text(Self.rawUnicode(try input.line())))
    case .shortBinUnicode: push(.text(String(decoding: try sized(1), as: UTF8.self)))
    case .binUnicode: push(.text(String(decoding: try sized(4), as: UTF8.self)))
    case .binUnicode8: push(.text(String(decoding: try sized(8), as: UTF8.self)))

    case .emptyList, .emptySet: push(.list([]))
    case .list: push(.list(try popToMark()))
    case .append: try append([pop()])
    case .appends, .addItems: try append(popToMark())
    case .emptyTuple: push(.tuple([]))
    case .tuple, .frozenSet: push(.tuple(try popToMark()))
    case .tuple1: push(.tuple(try pop(1)))
    case .tuple2: push(.tuple(try pop(2)))
    case .tuple3: push(.tuple(try pop(3)))
    case .emptyDict: push(.dictionary([]))
    case .dict: push(.dictionary(try pairs(popToMark())))
    case .setItem: try setItems(pop(2))
    case .setItems: try setItems(popToMark())

    case .pop: try discard()
    case .dup: push(try top())
    case .mark: marks.append(stack.count)
    case .popMark: _ = try popToMark()

    case .get: try recall(index(input.line()))
    case .binGet: try recall(input.integer(1))
    case .longBinGet: try recall(input.integer(4))
    case .put: memo[try index(input.line())] = try top()
    case .binPut: memo[try input.integer(1)] = try top()
    case .longBinPut: memo[try input.integer(4)] = try top()
    case .memoize: memo[memo.count] = try top()

    case .global: push(.global(try global(module: input.line(), input.line())))
    case .stackGlobal: try pushGlobal(pop(2))
    case .reduce, .newObj: try call(pop(2))
    case .newObjEx: try callWithNames(pop(3))
    case .inst: push(try result(of: global(module: input.line(), input.line()), popToMark()))
    case .obj: try callFirst(of: popToMark())
    case .build: try build(pop(2))

    case .persId: push(.persistent(.text(String(decoding: try input.line(), as: UTF8.self))))
    case .binPersId: push(.persistent(try pop()))
    case .ext1: throw extensionFailure(try input.integer(1))
    case .ext2: throw extensionFailure(try input.integer(2))
    case .ext4: throw extensionFailure(try input.integer(4))
    case .nextBuffer, .readOnlyBuffer: throw failure("a pickle that holds its bytes", "a buffer outside of it")
    }
  }
}

// MARK: - The stack

extension Unpickler {
  mutating func push(_ value: PickleValue) { stack.append(value) }

  mutating func push(_ object: PickleObject) {
    stack.append(.object(objects.count))
    objects.append(object)
  }

  /// The values down to the last mark are out of reach.
  func require(_ count: Int) throws(ExchangeError) {
    let available = stack.count - (marks.last ?? 0)
    guard available >= count else { throw failure("\(count) values on the stack of the pickle", "\(available)") }
  }

  func top() throws(ExchangeError) -> PickleValue {
    try require(1)
    return stack[stack.count - 1]
  }

  mutating func pop() throws(ExchangeError) -> PickleValue {
    try require(1)
    return stack.removeLast()
  }

  /// The last values, in the order in which they were pushed.
  mutating func pop(_ count: Int) throws(ExchangeError) -> [PickleValue] {
    try require(count)
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  mutating func popToMark() throws(ExchangeError) -> [PickleValue] {
    guard let mark = marks.last else { throw failure("a mark on the stack of the pickle", "none") }
    let values = try pop(stack.count - mark)
    marks.removeLast()
    return values
  }

  /// Takes off a value, or a mark where there is none above it.
  mutating func discard() throws(ExchangeError) {
    if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
  }

  mutating func recall(_ index: Int) throws(ExchangeError) {
    guard let value = memo[index] else { throw failure("a value in the pickle's memo", "none at \(index)") }
    push(value)
  }
}
