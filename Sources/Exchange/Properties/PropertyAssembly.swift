import Networks

/// Makes a property of what was read: brings its formula to disjunctive normal form and collects the bounds of each case.
struct PropertyAssembly {
  private let parser: VNNLIBParser
  private var halfSpaces: [Int: HalfSpace] = [:]
  /// How many numbers boxes and half-spaces hold so far.
  private var numbers = 0

  init(_ parser: VNNLIBParser) { self.parser = parser }

  mutating func property() throws(ExchangeError) -> VerificationProperty {
    let (common, choices) = split(PropertyFormula.conjunction(parser.assertions))
    try checkSize(choices, common: common)
    let box = bounded(InputBox(unboundedOf: parser.inputs.count), by: common)
    let commonConstraints = try constraints(common)
    var isBoxChecked = false
    var cases: [UnsafeCase] = []
    var emptyRanges: [String] = []
    for choice in choices.normalForm {
      let hasBounds = choice.contains { if case .input = parser.constraints[$0] { true } else { false } }
      var own = box
      if hasBounds {
        try count(4 * box.count)
        own = bounded(box, by: choice)
        try checkBounds(own, of: choice)
      } else if !isBoxChecked {
        try checkBounds(box, of: [])
        isBoxChecked = true
      }
      if let empty = own.firstEmpty {
        emptyRanges.append("X_\(empty) would be at least \(own.lower[empty]) and at most \(own.upper[empty])")
      } else {
        cases.append(UnsafeCase(box: own, constraints: commonConstraints + (try constraints(choice))))
      }
    }
    return VerificationProperty(
      inputCount: parser.inputs.count, outputCount: parser.outputs.count, cases: cases,
      notes: notes(cases, emptyRanges))
  }

  /// The constraints that hold in every case, and the rest of the formula.
  private func split(_ formula: PropertyFormula) -> (common: [Int], choices: PropertyFormula) {
    switch formula {
    case .constraint(let index): return ([index], .all([]))
    case .any: return ([], formula)
    case .all(let members):
      var common: [Int] = []
      var choices: [PropertyFormula] = []
      for member in members {
        if case .constraint(let index) = member { common.append(index) } else { choices.append(member) }
      }
      return (common, .all(choices))
    }
  }

  private func checkSize(_ choices: PropertyFormula, common: [Int]) throws(ExchangeError) {
    let (cases, entries) = choices.normalFormSize
    guard cases <= Double(VNNLIB.caseLimit) else {
      throw ExchangeError(
        file: parser.file, expected: "a property of at most \(VNNLIB.caseLimit) cases",
        found: "\(cases < 0x1p53 ? "\(Int(cases))" : "\(cases)"), once its formulas are multiplied out")
    }
    let outputs = common.reduce(0) { if case .output = parser.constraints[$1] { $0 + 1 } else { $0 } }
    guard entries + cases * Double(outputs) <= Double(VNNLIB.entryLimit) else {
      throw ExchangeError(
        file: parser.file, expected: "at most \(VNNLIB.entryLimit) constraints in all cases together",
        found: "more, once the formulas are multiplied out")
    }
  }

  private func bounded(_ box: InputBox, by indices: [Int]) -> InputBox {
    var box = box
    for index in indices {
      guard case .input(let bound) = parser.constraints[index] else { continue }
      if bound.isUpper {
        box.reduceUpper(of: bound.index, to: bound.outer, inner: bound.inner)
      } else {
        box.raiseLower(of: bound.index, to: bound.outer, inner: bound.inner)
      }
    }
    return box
  }

  private mutating func constraints(_ indices: [Int]) throws(ExchangeError) -> [HalfSpace] {
    var result: [HalfSpace] = []
    for index in indices {
      guard case .output(let constraint) = parser.constraints[index] else { continue }
      if let known = halfSpaces[index] {
        result.append(known)
        continue
      }
      try count(parser.outputs.count)
      var coefficients = Array(repeating: 0.0, count: parser.outputs.count)
      for term in constraint.terms { coefficients[term.index] = term.coefficient }
      let halfSpace = HalfSpace(
        coefficients: coefficients, bound: constraint.bound, innerBound: constraint.innerBound)
      halfSpaces[index] = halfSpace
      result.append(halfSpace)
    }
    return result
  }

  /// Counts numbers before they are stored.
  private mutating func count(_ more: Int) throws(ExchangeError) {
    numbers += more
    guard numbers <= VNNLIB.numberLimit else {
      throw ExchangeError(
        file: parser.file, expected: "boxes and constraints of at most \(VNNLIB.numberLimit) numbers", found: "more")
    }
  }

  private func checkBounds(_ box: InputBox, of choice: [Int]) throws(ExchangeError) {
    guard let index = (0..<box.count).first(where: { box.lower[$0] == -.infinity || box.upper[$0] == .infinity }) else {
      return
    }
    let (side, sign) = box.lower[index] == -.infinity ? ("lower", ">=") : ("upper", "<=")
    let line = choice.map { parser.constraints[$0].line }.min()
    throw ExchangeError(
      file: parser.file, object: line.map { "case of line \($0)" },
      expected: "a range for every input, such as (assert (\(sign) X_\(index) 0.5))",
      found: "no \(side) bound of X_\(index)")
  }

  private func notes(_ cases: [UnsafeCase], _ emptyRanges: [String]) -> [String] {
    var notes: [String] = []
    if let first = emptyRanges.first {
      let total = cases.count + emptyRanges.count
      notes.append("\(emptyRanges.count) of \(total) cases cannot occur and are left out: \(first).")
    } else if cases.isEmpty {
      notes.append("The assertions contradict one another: no case can occur.")
    }
    if cases.contains(where: \.constraints.isEmpty) {
      notes.append("A case has no constraint on outputs: every input of its box is a counterexample.")
    }
    let rounded = parser.constraints.compactMap { constraint in
      if case .output(let output) = constraint, output.isRounded { output.line } else { nil }
    }
    if let first = rounded.first {
      notes.append(
        "Constraints with factors that no Double equals: \(rounded.count) (the first in line \(first)). "
          + "The verdict speaks of the nearest Doubles.")
    }
    return notes
  }
}
