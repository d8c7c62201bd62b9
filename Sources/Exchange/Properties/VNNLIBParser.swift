/// Reads the commands of a VNN-LIB text one by one: declarations and assertions.
struct VNNLIBParser {
  let file: String
  /// The inputs that were declared, with the lines.
  private(set) var inputs: [Int: Int] = [:]
  /// The outputs that were declared, with the lines.
  private(set) var outputs: [Int: Int] = [:]
  private(set) var constraints: [PropertyConstraint] = []
  /// What is asserted, together.
  private(set) var assertions: [PropertyFormula] = []
  /// The line in which each variable that is used stands first.
  private var uses: [PropertyVariable: Int] = [:]

  /// The largest of the competition have some hundred thousand.
  static let constraintLimit = 1 << 22
  /// The digits of an index: more inputs than this allows no file declares.
  static let indexDigits = 9

  /// Commands of SMT-LIB that say nothing about the property.
  private static let ignored: Set<String> = [
    "set-logic", "set-info", "set-option", "check-sat", "get-model", "get-value", "exit",
  ]

  init(_ text: [UInt8], file: String) throws(ExchangeError) {
    self.file = file
    var reader = SExpressionReader(text, file: file)
    while let expression = try reader.next() { try read(expression) }
    guard !inputs.isEmpty, !outputs.isEmpty else {
      let found = inputs.isEmpty ? (outputs.isEmpty ? "no declaration" : "no input") : "no output"
      throw ExchangeError(
        file: file, expected: "a VNN-LIB property that declares inputs X_0, … and outputs Y_0, …", found: found)
    }
    try checkIndices(inputs, PropertyVariable.input)
    try checkIndices(outputs, PropertyVariable.output)
    let undeclared = uses.filter { use in
      switch use.key {
      case .input(let index): inputs[index] == nil
      case .output(let index): outputs[index] == nil
      }
    }
    if let first = undeclared.min(by: { $0.value < $1.value }) {
      throw failure(first.value, expected: "declared variables", found: "\(first.key), which is not declared")
    }
  }

  private func checkIndices(
    _ declared: [Int: Int], _ variable: (Int) -> PropertyVariable
  ) throws(ExchangeError) {
    guard let gap = (0..<declared.count).first(where: { declared[$0] == nil }),
      let last = declared.max(by: { $0.key < $1.key })
    else { return }
    throw failure(
      last.value, expected: "variables numbered from 0 without a gap",
      found: "\(variable(last.key)), but no \(variable(gap))")
  }

  private mutating func read(_ command: SExpression) throws(ExchangeError) {
    guard case .list(let members, let line) = command, case .word(let name, _)? = members.first else {
      throw failure(command.line, expected: "a command in parentheses, such as (assert …)", found: command.summary)
    }
    switch name {
    case "declare-const", "declare-fun": try declare(members, line)
    case "assert":
      guard members.count == 2 else {
        throw failure(line, expected: "(assert FORMULA)", found: "\(members.count - 1) formulas")
      }
      assertions.append(try formula(members[1], isNegated: false))
    case _ where Self.ignored.contains(name): return
    case "vnnlib-version", "declare-network":
      throw failure(line, expected: "a property of VNN-LIB 1, with (declare-const X_0 Real)", found: "VNN-LIB 2")
    default:
      throw failure(line, expected: "declare-const, declare-fun or assert", found: members[0].summary)
    }
  }

  private mutating func declare(_ members: [SExpression], _ line: Int) throws(ExchangeError) {
    var members = members
    if case .word("declare-fun", _) = members[0], members.count == 4, case .list(let arguments, _) = members[2],
      arguments.isEmpty
    {
      members.remove(at: 2)
    }
    guard members.count == 3, case .word(let name, _) = members[1], case .word("Real", _) = members[2] else {
      throw failure(
        line, expected: "(declare-const X_0 Real) or (declare-fun X_0 () Real)",
        found: members.count == 3 ? "the sort \(members[2].summary)" : "\(members.count - 1) words after the command")
    }
    guard let variable = variable(name) else {
      throw failure(line, expected: "an input X_0, … or an output Y_0, …", found: members[1].summary)
    }
    let first: Int?
    switch variable {
    case .input(let index): first = inputs.updateValue(line, forKey: index)
    case .output(let index): first = outputs.updateValue(line, forKey: index)
    }
    if let first { throw failure(line, expected: "one declaration of \(name)", found: "another in line \(first)") }
  }

  /// The variable of a name; nil for other words.
  private func variable(_ name: String) -> PropertyVariable? {
    let digits = name.utf8.dropFirst(2)
    guard name.hasPrefix("X_") || name.hasPrefix("Y_"), !digits.isEmpty, digits.count <= Self.indexDigits,
      digits.allSatisfy({ (0x30...0x39).contains($0) }), digits.count == 1 || digits.first != 0x30,
      let index = Int(String(decoding: digits, as: UTF8.self))
    else { return nil }
    return name.hasPrefix("X_") ? .input(index) : .output(index)
  }

  /// The variable of a name that is used.
  mutating func use(_ name: String, line: Int) -> PropertyVariable? {
    guard let variable = variable(name) else { return nil }
    if uses[variable] == nil { uses[variable] = line }
    return variable
  }

  /// Adds a constraint, `form ≤ 0` or `form < 0`.
  mutating func inequality(_ form: LinearForm, isStrict: Bool, line: Int) throws(ExchangeError) -> PropertyFormula {
    switch PropertyConstraint.reading(form, isStrict: isStrict, line: line) {
    case .constant(let holds): return holds ? .all([]) : .any([])
    case .refused(let found): throw failure(line, expected: PropertyConstraint.supported, found: found)
    case .constraint(let constraint):
      guard constraints.count < Self.constraintLimit else {
        throw failure(line, expected: "at most \(Self.constraintLimit) comparisons", found: "more")
      }
      constraints.append(constraint)
      return .constraint(constraints.count - 1)
    }
  }

  func failure(_ line: Int, expected: String, found: String) -> ExchangeError {
    ExchangeError(file: file, object: "line \(line)", expected: expected, found: found)
  }
}
