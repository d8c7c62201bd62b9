import Exchange
import Networks
import Testing

private let declarations = """
  (declare-const X_0 Real)
  (declare-const X_1 Real)
  (declare-const Y_0 Real)
  (declare-const Y_1 Real)

  """
private let unitBox = "(assert (and (>= X_0 0) (<= X_0 1) (>= X_1 0) (<= X_1 1)))\n"

/// The property of two inputs between 0 and 1, two outputs and more text.
private func read(_ text: String, box: String = unitBox) throws -> VerificationProperty {
  try VNNLIB.read(Array((declarations + box + text).utf8), file: "p.vnnlib")
}

/// The message of the error for such a text.
private func failure(_ text: String, box: String = unitBox) throws -> String {
  let error = try #require(throws: ExchangeError.self) { try read(text, box: box) }
  #expect(error.kind == .content)
  #expect(error.file == "p.vnnlib")
  return [error.object, error.message].compactMap { $0 }.joined(separator: ": ")
}

/// The constraints of each case as text.
private func cases(_ text: String) throws -> [[String]] {
  try read(text).cases.map { $0.constraints.map { "\($0.coefficients) \($0.bound)" } }
}

@Test(arguments: [
  ("(assert (<= Y_0 Y_1))", "[1.0, -1.0] 0.0"), ("(assert (>= Y_0 Y_1))", "[-1.0, 1.0] 0.0"),
  ("(assert (<= Y_0 1e-2))", "[1.0, 0.0] 0.01"), ("(assert (<= 2 Y_0))", "[-1.0, 0.0] -2.0"),
  ("(assert (>= (+ (* 2.0 Y_0) (* -1.0 Y_1)) 0.5))", "[-2.0, 1.0] -0.5"),
  ("(assert (<= (- Y_0 Y_1) 1.5E+1))", "[1.0, -1.0] 15.0"), ("(assert (<= (- Y_0) (- 3)))", "[-1.0, 0.0] -3.0"),
  ("(assert (<= (+ Y_0 Y_1 Y_0 1) (- 4 1 1)))", "[2.0, 1.0] 1.0"),
  ("(assert (<= (* Y_1 2 -.5) +2.))", "[0.0, -1.0] 2.0"),
  ("(assert (<= (/ Y_0 4) (/ 1 2)))", "[0.25, 0.0] 0.5"), ("(assert (not (> Y_0 1)))", "[1.0, 0.0] 1.0"),
  ("(assert (<= (* 2 (+ Y_0 (* 3 (- Y_1 1)))) 0))", "[2.0, 6.0] 6.0"),
  ("(assert (<= (+ Y_0 (- X_0 X_0)) 1))", "[1.0, 0.0] 1.0"), ("(assert (<= |Y_0| 1)) ; |(", "[1.0, 0.0] 1.0"),
  ("(assert (<= (* 0.5 Y_0) (+ Y_0 1)))", "[-0.5, 0.0] 1.0"),
])
func linearConstraints(_ text: String, _ expected: String) throws {
  #expect(try cases(text) == [[expected]])
}

@Test func factorsThatAreNoDoublesAreEnclosedOrNoted() throws {
  let single = try read("(assert (>= (* -0.1 Y_0) 0.3))")
  let constraint = try #require(single.cases.first?.constraints.first)
  #expect(constraint.coefficients == [1, 0])
  // −3 lies between the bounds, which are three roundings apart at most.
  #expect(constraint.innerBound < -3 && constraint.bound > -3)
  #expect(constraint.bound - constraint.innerBound <= 8 * (3.0).ulp)
  #expect(single.notes.isEmpty)
  let several = try read("(assert (<= (+ (* 0.1 Y_0) (* 0.5 Y_1)) 1))")
  #expect(several.cases.first?.constraints.first?.coefficients == [0.1, 0.5])
  #expect(
    several.notes == [
      "Constraints with factors that no Double equals: 1 (the first in line 6). The verdict speaks of the nearest "
        + "Doubles."
    ])
}

@Test func formulasAreMultipliedOut() throws {
  let (a, b, c, d) = ("(<= Y_0 1)", "(<= Y_0 2)", "(<= Y_0 3)", "(<= Y_0 4)")
  func bounds(_ text: String) throws -> [[Double]] { try read(text).cases.map { $0.constraints.map(\.bound) } }
  #expect(try bounds("(assert (or \(a) (and \(b) \(c))))") == [[1], [2, 3]])
  #expect(try bounds("(assert (and (or \(a) \(b)) (or \(c) \(d))))") == [[1, 3], [1, 4], [2, 3], [2, 4]])
  #expect(try bounds("(assert (or \(a) \(b))) (assert \(d))") == [[4, 1], [4, 2]])
  #expect(try bounds("(assert (or \(a) (or \(b) (or \(c)))))") == [[1], [2], [3]])
  #expect(try bounds("(assert (and \(a) (and) (and (and \(b)))))") == [[1, 2]])
  #expect(try bounds("(assert (or false \(a))) (assert true)") == [[1]])
  #expect(try bounds("(assert (or true \(a)))") == [[]])
  #expect(try bounds("(assert (=> (> Y_0 1) \(b)))") == [[1], [2]])
  #expect(try bounds("(assert (not (or (> Y_0 1) (not \(b)))))") == [[1, 2]])
  #expect(try bounds("(assert (not (=> \(a) (> Y_0 2))))") == [[1, 2]])
  #expect(try bounds("(assert (<= -7 Y_0 2))") == [[7, 2]])
  #expect(try bounds("(assert (= Y_0 1))") == [[1, -1]])
  #expect(try bounds("(assert (distinct Y_0 1))") == [[1], [-1]])
  #expect(try bounds("(assert (not (= Y_0 1)))") == [[1], [-1]])
  #expect(try bounds("(assert (not (<= -7 Y_0 2)))") == [[-7], [-2]])
  #expect(try bounds("(assert (<= 1 2)) (assert \(a))") == [[1]])
}

@Test func strictInequalitiesAreClosedOutside() throws {
  let property = try read(
    "(assert (< Y_0 Y_1))", box: "(assert (and (> X_0 0) (< X_0 1) (>= X_1 0) (not (> X_1 1))))\n")
  let box = property.cases[0].box
  #expect(box.lower == [0, 0] && box.upper == [1, 1])
  #expect(!property.isUnsafe(input: [0, 0], outputs: [0, 1]))
  #expect(!property.isUnsafe(input: [1, 0], outputs: [0, 1]))
  #expect(property.isUnsafe(input: [(0.0).nextUp, 0], outputs: [0, 1]))
  #expect(property.isUnsafe(input: [(1.0).nextDown, 1], outputs: [0, (0.0).nextUp]))
  #expect(!property.isUnsafe(input: [0.5, 0.5], outputs: [1, 1]))
  #expect(property.cases[0].constraints[0].bound == 0)
}

/// 0.1 as a Double is 0.1000000000000000055, 0.3 is 0.2999999999999999889; 0.5 is 0.5.
@Test func decimalsAreRoundedOutward() throws {
  let property = try read(
    "(assert (<= Y_0 0.1)) (assert (>= Y_1 0.3))",
    box: "(assert (<= X_0 0.3)) (assert (>= X_0 0.1)) (assert (<= X_1 0.5)) (assert (>= X_1 -0.1))\n")
  let box = property.cases[0].box
  #expect(box.lower == [(0.1).nextDown, -0.1])
  #expect(box.innerLower == [0.1, (-0.1).nextUp])
  #expect(box.upper == [(0.3).nextUp, 0.5])
  #expect(box.innerUpper == [0.3, 0.5])
  #expect(property.cases[0].constraints.map(\.bound) == [0.1, -0.3])
  #expect(property.cases[0].constraints.map(\.innerBound) == [(0.1).nextDown, (-0.3).nextDown])
}

/// Decimals with the Double below and the one above, from exact arithmetic elsewhere.
@Test(arguments: [
  ("0.679857769", 0x1.5c16514792b31p-1, 0x1.5c16514792b32p-1), ("9007199254740993", 0x1p53, 0x1.0000000000001p53),
  ("1e23", 0x1.52d02c7e14af6p76, 0x1.52d02c7e14af7p76), ("1e22", 1e22, 1e22), ("5e-324", 0x1p-1074, 0x1p-1073),
  ("1e-999", 0, 0x1p-1074), ("0.500", 0.5, 0.5), ("000000000.25e1", 2.5, 2.5), ("0e999", 0, 0),
  ("2.2250738585072011e-308", Double.leastNormalMagnitude.nextDown, Double.leastNormalMagnitude),
  ("1.7976931348623157e308", 0x1.ffffffffffffep1023, 0x1.fffffffffffffp1023),
])
func decimalsLieBetweenTheirNeighbours(_ text: String, _ below: Double, _ above: Double) throws {
  for (sign, ends) in [("", (below, above)), ("-", (-above, -below))] {
    let property = try read(
      "", box: "(assert (= X_0 \(sign)\(text))) (assert (= X_1 0))\n")
    let box = property.cases[0].box
    #expect(box.lower[0] == ends.0 && box.innerUpper[0] == ends.0, "\(sign)\(text)")
    #expect(box.upper[0] == ends.1 && box.innerLower[0] == ends.1, "\(sign)\(text)")
  }
}

/// Bounds that are quotients, products and sums of Doubles enclose the real ones, within one rounding, as the exact sums
/// of half-spaces say.
@Test func arithmeticIsEnclosed() throws {
  var stream = RandomSource(seed: 4).stream(.check)
  func isAtMost(_ coefficients: [Double], _ values: [Double]) -> Bool {
    HalfSpace(coefficients: coefficients, bound: 0).contains(values)
  }
  for _ in 0..<500 {
    let a = Double.random(in: 1..<2, using: &stream)
    let b = Double.random(in: 1..<2, using: &stream)
    // Exact, unlike the decimal that is printed for a Double.
    func exact(_ value: Double) -> String { "(/ \(Int64(value * 0x1p52)) \(Int64(1) << 52))" }
    let box = try read(
      "", box: "(assert (<= 0 (* \(exact(b)) X_0) \(exact(a)))) (assert (<= -9 X_1 (* \(exact(a)) \(exact(b)))))\n"
    ).cases[0].box
    let sum = try read(
      "", box: "(assert (<= 0 X_0 (+ \(exact(a)) (* 1024 \(exact(b))) 1))) (assert (<= 0 X_1 1))\n"
    ).cases[0].box
    #expect(isAtMost([-b, 1], [box.upper[0], a]) && isAtMost([b, -1], [box.innerUpper[0], a]))
    #expect(isAtMost([-1, a], [box.upper[1], b]) && isAtMost([1, -a], [box.innerUpper[1], b]))
    #expect(isAtMost([-1, 1, 1024, 1], [sum.upper[0], a, b, 1]))
    #expect(isAtMost([1, -1, -1024, -1], [sum.innerUpper[0], a, b, 1]))
    #expect(box.upper[0] <= box.innerUpper[0].nextUp && box.upper[1] <= box.innerUpper[1].nextUp)
  }
}

@Test func boundsOfInputsAreSolved() throws {
  let box = try read("", box: "(assert (<= (* 2 X_0) 1)) (assert (<= (* -4 X_0) 1)) (assert (<= 0 (+ X_1 1) 3))\n")
    .cases[0].box
  #expect(box.lower == [-0.25, -1] && box.upper == [0.5, 2])
}

@Test func casesHaveBoxesOfTheirOwn() throws {
  let property = try read(
    """
    (assert (or (and (>= X_0 0) (<= X_0 0.5) (<= Y_0 1))
                (and (>= X_0 2) (<= X_0 1.5) (<= Y_0 2))
                (and (>= X_0 0.5) (<= X_0 1) (<= Y_0 3))))
    """, box: "(assert (<= 0 X_1 1))")
  #expect(property.cases.map(\.box.lower) == [[0, 0], [0.5, 0]])
  #expect(property.cases.map(\.box.upper) == [[0.5, 1], [1, 1]])
  #expect(property.cases.map { $0.constraints.map(\.bound) } == [[1], [3]])
  #expect(property.notes == ["1 of 3 cases cannot occur and are left out: X_0 would be at least 2.0 and at most 1.5."])
}

@Test func propertiesThatCannotFailSaySo() throws {
  let empty = try read("(assert (<= X_0 -1)) (assert (or (<= Y_0 0) (<= Y_1 0)))")
  #expect(empty.cases.isEmpty)
  #expect(empty.notes == ["2 of 2 cases cannot occur and are left out: X_0 would be at least 0.0 and at most -1.0."])
  let contradiction = try read("(assert (or))")
  #expect(contradiction.cases.isEmpty)
  #expect(contradiction.notes == ["The assertions contradict one another: no case can occur."])
  let all = try read("")
  #expect(all.cases.map(\.constraints.count) == [0])
  #expect(all.notes == ["A case has no constraint on outputs: every input of its box is a counterexample."])
}

@Test func declarationsComeInAnyOrderAndForm() throws {
  let text = """
    \u{FEFF}(set-logic QF_LRA)\r
    (set-info :source |several
    lines ; (|)
    (assert (<= Y_1 0))
    (declare-fun Y_1 () Real)(declare-const X_0 Real)
    (assert (<= -1 X_0 1)) ; ünïcode )
    (declare-fun Y_0 () Real)
    (check-sat)
    """
  let property = try VNNLIB.read(Array(text.utf8), file: "p")
  #expect(property.inputCount == 1)
  #expect(property.outputCount == 2)
  #expect(property.cases[0].constraints[0].coefficients == [0, 1])
}

@Test(arguments: [
  ("(assert (<= X_0 X_1))", "line 6", "X_0 and X_1 in one inequality"),
  ("(assert (<= X_0 Y_1))", "line 6", "X_0 and Y_1 in one inequality"),
  ("\n(assert (<= (* Y_0 Y_1) 1))", "line 7", "a product of variables"),
  ("(assert (<= (/ 1 Y_0) 1))", "line 6", "one by a variable"), ("(assert (<= (/ Y_0 0) 1))", "line 6", "one by 0.0"),
  ("(assert (<= (abs Y_0) 1))", "line 6", "'(abs …)'"), ("(assert (ite true true true))", "line 6", "'(ite …)'"),
  ("(assert (<= Y_0 nan))", "line 6", "'nan'"), ("(assert (<= Y_0 -inf))", "line 6", "'-inf'"),
  ("(assert (<= Y_0 1e999))", "line 6", "1e999"), ("(assert (<= Y_0 1e9999999999999999999))", "line 6", "'1e9999999"),
  ("(assert (<= (* 1e300 1e300 Y_0) 1))", "line 6", "beyond the range of a Double"),
  ("(assert (<= (* (- 0.3 0.1 0.2) Y_0) 1))", "line 6", "the factor of Y_0, which rounding may have kept"),
  ("(assert (<= 0.3 (+ 0.1 0.2)))", "line 6", "numbers that differ by less than rounding"),
  ("(assert (<= Y_0 0x10))", "line 6", "'0x10'"), ("(assert (<= Y_0 1_000))", "line 6", "'1_000'"),
  ("(assert (<= Y_0))", "line 6", "'(<= …)'"), ("(assert Y_0)", "line 6", "'Y_0'"),
  ("(assert)", "line 6", "0 formulas"),
  ("(assert (<= Y_2 0))", "line 6", "Y_2, which is not declared"),
  ("(assert (<= X_99999999999 0))", "line 6", "'X_99999999999'"), ("(assert (<= X_00 0))", "line 6", "'X_00'"),
  ("(declare-const X_0 Real)", "line 6", "another in line 1"), ("(declare-const Y_7 Real)", "line 6", "but no Y_2"),
  ("(declare-const X_99999999999 Real)", "line 6", "'X_99999999999'"),
  ("(declare-const X_999999999 Real)", "line 6", "X_999999999, but no X_2"),
  ("(declare-const Z_0 Real)", "line 6", "'Z_0'"), ("(declare-const X_2 Int)", "line 6", "the sort 'Int'"),
  ("(declare-const X_2)", "line 6", "1 words"), ("(declare-network f)", "line 6", "VNN-LIB 2"),
  ("(prove x)", "line 6", "'prove'"), ("assert", "line 6", "'assert'"), ("()", "line 6", "'()'"),
  ("((assert))", "line 6", "a list of lists"), ("(assert (<= Y_0 1)))", "line 6", "')' without one"),
  ("\n(assert (<= Y_0\n 1)", "line 8: expected ')' for the '(' of line 7", "the end of the file"),
  ("(set-info |a", "line 6", "the end of the file"), ("(assert (<= Y_0 \u{0}1))", "line 6", "the byte 0x00"),
  ("(assert (<= Y_0 １))", "line 6", "the byte 0xef"), ("(assert (distinct Y_0 1 2))", "line 6", "3 operands"),
])
func whatIsOutsideIsRefused(_ text: String, _ place: String, _ found: String) throws {
  let message = try failure(text)
  #expect(message.hasPrefix(place) && message.contains(found), "\(message)")
}

@Test func missingBoundsAreNamed() throws {
  #expect(
    try failure("", box: "(assert (<= 0 X_0 1)) (assert (>= X_1 0))")
      == "expected a range for every input, such as (assert (<= X_1 0.5)), found no upper bound of X_1")
  #expect(
    try failure("(assert (or (<= 0 X_0 1)\n (<= 0 X_1 1)))", box: "")
      == "case of line 5: expected a range for every input, such as (assert (>= X_1 0.5)), found no lower bound of X_1")
}

@Test func resultsAreReadBackExactly() throws {
  let input = [0.1, -1e-300, Double(Float(0.1))]
  let text = VNNLIB.result(input: input, outputs: [3, 1e22])
  #expect(
    text == "sat\n((X_0 0.1)\n (X_1 -1e-300)\n (X_2 0.10000000149011612)\n (Y_0 3.0)\n (Y_1 1e+22))\n")
  let numbers = text.split(separator: "\n").dropFirst().map { $0.split(separator: " ")[1].prefix { $0 != ")" } }
  #expect(numbers.map { Double($0) } == input + [3, 1e22])
  #expect(Float(numbers[2]) == 0.1)
}
