extension VNNLIBParser {
  /// How two numbers are compared.
  private enum Comparison: String {
    case atMost = "<="
    case below = "<"
    case atLeast = ">="
    case above = ">"
    case equal = "="
    case distinct
  }

  /// Reads a formula or its negation. The recursion is no deeper than the reader of expressions allows.
  mutating func formula(_ expression: SExpression, isNegated: Bool) throws(ExchangeError) -> PropertyFormula {
    switch expression {
    case .word("true", _): return isNegated ? .any([]) : .all([])
    case .word("false", _): return isNegated ? .all([]) : .any([])
    case .word: throw unknown(expression)
    case .list(let members, let line):
      guard case .word(let name, _)? = members.first else { throw unknown(expression) }
      let operands = members.dropFirst()
      switch name {
      case "and": return joined(try formulas(operands, isNegated: isNegated), asAny: isNegated)
      case "or": return joined(try formulas(operands, isNegated: isNegated), asAny: !isNegated)
      case "not" where operands.count == 1: return try formula(members[1], isNegated: !isNegated)
      case "=>" where operands.count > 1:
        // Premises and conclusion: one premise fails, or the conclusion holds.
        let premises = try formulas(operands.dropLast(), isNegated: !isNegated)
        return joined(premises + (try formulas(operands.suffix(1), isNegated: isNegated)), asAny: !isNegated)
      default:
        guard let comparison = Comparison(rawValue: name), operands.count > 1 else { throw unknown(expression) }
        return try compare(operands, comparison, isNegated: isNegated, line)
      }
    }
  }

  private func joined(_ members: [PropertyFormula], asAny: Bool) -> PropertyFormula {
    asAny ? .disjunction(members) : .conjunction(members)
  }

  private mutating func formulas(
    _ expressions: ArraySlice<SExpression>, isNegated: Bool
  ) throws(ExchangeError) -> [PropertyFormula] {
    var formulas: [PropertyFormula] = []
    for expression in expressions { formulas.append(try formula(expression, isNegated: isNegated)) }
    return formulas
  }

  private func unknown(_ expression: SExpression) -> ExchangeError {
    failure(
      expression.line, expected: "a formula of and, or, not, =>, <=, <, >=, >, =, distinct", found: expression.summary)
  }

  /// Compares each operand with the next, as `(<= 0 Y_0 1)` does; `distinct` takes two.
  private mutating func compare(
    _ operands: ArraySlice<SExpression>, _ comparison: Comparison, isNegated: Bool, _ line: Int
  ) throws(ExchangeError) -> PropertyFormula {
    guard comparison != .distinct || operands.count == 2 else {
      throw failure(line, expected: "(distinct A B)", found: "\(operands.count) operands")
    }
    var forms: [LinearForm] = []
    for operand in operands { forms.append(try form(operand)) }
    var results: [PropertyFormula] = []
    for (first, second) in zip(forms, forms.dropFirst()) {
      results.append(try compare(first, second, comparison, isNegated: isNegated, line))
    }
    return joined(results, asAny: isNegated)
  }

  private mutating func compare(
    _ first: LinearForm, _ second: LinearForm, _ comparison: Comparison, isNegated: Bool, _ line: Int
  ) throws(ExchangeError) -> PropertyFormula {
    var difference = first
    difference += -second
    switch comparison {
    case .atMost, .below:
      return try inequality(
        isNegated ? -difference : difference, isStrict: (comparison == .below) != isNegated, line: line)
    case .atLeast, .above:
      return try inequality(
        isNegated ? difference : -difference, isStrict: (comparison == .above) != isNegated, line: line)
    case .equal, .distinct:
      let isDistinct = (comparison == .distinct) != isNegated
      let sides = [
        try inequality(difference, isStrict: isDistinct, line: line),
        try inequality(-difference, isStrict: isDistinct, line: line),
      ]
      return joined(sides, asAny: isDistinct)
    }
  }

  /// Reads a linear term.
  private mutating func form(_ expression: SExpression) throws(ExchangeError) -> LinearForm {
    switch expression {
    case .word(let word, let line):
      if let variable = use(word, line: line) { return LinearForm(variable) }
      if let number = Enclosure(decimal: word) {
        guard number.isFinite else { throw failure(line, expected: "a number that a Double can hold", found: word) }
        return LinearForm(number)
      }
      throw failure(line, expected: "a number, an input X_0, … or an output Y_0, …", found: expression.summary)
    case .list(let members, let line):
      guard members.count > 1, case .word(let name, _) = members[0] else {
        throw failure(line, expected: "a number, a variable, or (+ …), (- …), (* …), (/ …)", found: expression.summary)
      }
      var forms: [LinearForm] = []
      for member in members.dropFirst() { forms.append(try form(member)) }
      return try combine(forms, name, line)
    }
  }

  private func combine(_ forms: [LinearForm], _ name: String, _ line: Int) throws(ExchangeError) -> LinearForm {
    var result = forms[0]
    switch name {
    case "+": for form in forms.dropFirst() { result += form }
    case "-" where forms.count == 1: result = -result
    case "-": for form in forms.dropFirst() { result += -form }
    case "*":
      for var form in forms.dropFirst() {
        if !form.isConstant { swap(&form, &result) }
        guard form.isConstant else {
          throw failure(line, expected: "a product with one variable at most", found: "a product of variables")
        }
        result.multiply(by: form.constant)
      }
    case "/":
      for form in forms.dropFirst() {
        guard form.isConstant, form.constant.isPositive != nil else {
          throw failure(
            line, expected: "a division by a number that is not 0",
            found: "one by \(form.isConstant ? "\(form.constant.nearest)" : "a variable")")
        }
        result.divide(by: form.constant)
      }
    default: throw failure(line, expected: "(+ …), (- …), (* …) or (/ …)", found: "'(\(name.prefix(40)) …)'")
    }
    return result
  }
}
