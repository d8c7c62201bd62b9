import Exchange
import Networks
import Testing

/// `certify --vnnlib`: what the competition's runner reads.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct CertifyPropertyTests {
  private let directory: ScratchDirectory

  /// y₀ = |x₀ − x₁|, y₁ = ½.
  init() throws {
    directory = try ScratchDirectory()
    try writeAbsoluteDifference("m.h5", outputs: 2)
  }

  private func writeAbsoluteDifference(_ name: String, outputs: Int, end: Networks.Operation? = nil) throws {
    var network = try Network(inputShape: [2])
    try network.append(.dense(Dense(outputs: 2)), named: "hidden")
    try network.append(.activation(.relu), named: "relu")
    try network.append(.dense(Dense(outputs: outputs)), named: "outputs")
    if let end { try network.append(end, named: "end") }
    var parameters = Parameters()
    parameters["hidden", .weight] = Tensor(shape: [2, 2], scalars: [1, -1, -1, 1])
    parameters["hidden", .bias] = Tensor(shape: [2], scalars: [0, 0])
    parameters["outputs", .weight] = Tensor(shape: [outputs, 2], scalars: Array([1, 1, 0, 0].prefix(2 * outputs)))
    parameters["outputs", .bias] = Tensor(shape: [outputs], scalars: Array([0, 0.5].prefix(outputs)))
    try ModelFile(network: network, parameters: parameters).write(to: directory.file(name))
  }

  private func decide(_ condition: String, _ more: String..., outputs: Int = 2) throws -> Child.Ending {
    let declarations =
      (0..<2).map { "(declare-const X_\($0) Real)" } + (0..<outputs).map { "(declare-const Y_\($0) Real)" }
    let box = (0..<2).map { "(assert (>= X_\($0) 0))\n(assert (<= X_\($0) 1))" }
    let text = (declarations + box + ["(assert \(condition))"]).joined(separator: "\n") + "\n"
    try directory.write("p.vnnlib", Array(text.utf8))
    return try Child.start(
      ["certify", "--vnnlib", "p.vnnlib", "--timeout", "20", "--model", "m.h5"] + more, in: directory
    ).wait()
  }

  @Test func standardOutputHoldsTheVerdictAlone() throws {
    let unsat = try decide("(>= Y_0 1.01)")
    #expect(unsat.code == 0 && unsat.output == "unsat\n" && unsat.errors.isEmpty, "\(unsat)")
    let sat = try decide("(>= Y_0 0.9)")
    let form = /sat\n\(\(X_0 [0-9.e-]+\)\n \(X_1 [0-9.e-]+\)\n \(Y_0 (1\.0|0\.9[0-9]*)\)\n \(Y_1 0\.5\)\)\n/
    #expect(sat.code == 0 && sat.output.wholeMatch(of: form) != nil && sat.errors.isEmpty, "\(sat)")
    let either = try decide("(or (and (>= Y_0 2)) (and (<= Y_1 0.4)))")
    #expect(either.output == "unsat\n", "\(either)")
  }

  /// The value is reached, and not exceeded: neither answer can be proved.
  @Test func whatCannotBeProvedIsNotSaid() throws {
    let open = try decide("(> Y_0 1.0)")
    #expect(open.code == 0 && ["timeout\n", "unknown\n"].contains(open.output), "\(open)")
  }

  /// One output stays the one that the property means; a softmax that the lab takes off would make it another question.
  @Test(arguments: [("(>= Y_0 0.9)", "sat"), ("(>= Y_0 1.1)", "unsat"), ("(<= Y_0 -0.1)", "unsat")])
  func oneOutputIsThatOfTheProperty(condition: String, verdict: String) throws {
    try writeAbsoluteDifference("m.h5", outputs: 1)
    let ending = try decide(condition, outputs: 1)
    #expect(ending.output.split(separator: "\n").first.map(String.init) == verdict, "\(ending)")
    #expect(!ending.output.contains("Y_1") && ending.errors.isEmpty, "\(ending)")
  }

  @Test func aNetworkWhoseEndWasTakenOffIsRefused() throws {
    try writeAbsoluteDifference("m.h5", outputs: 2, end: .softmax)
    let ending = try decide("(>= Y_0 0.9)")
    #expect(ending.code == 65 && ending.errors.contains("softmax"), "\(ending)")
    #expect(ending.output.isEmpty)
  }

  @Test func theReportHoldsTheCounterexample() throws {
    let report = try JSONValue.parse(try decide("(>= Y_0 0.9)", "--json").output)
    #expect(report["verdict"]?.string == "sat" && report["method"]?["timeout"]?.number == 20)
    let input = (report["input"]?.elements ?? []).compactMap(\.number)
    #expect(input.count == 2 && abs(input[0] - input[1]) >= 0.9)
    #expect(report["outputs"]?.elements.count == 2)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let other = try decide("(>= Y_2 1.0)", outputs: 3)
    #expect(other.code == 65 && other.errors.contains("2 inputs and 2 outputs"), "\(other)")
    let malformed = try decide("(>= Y_0 1.0")
    #expect(malformed.code == 65 && malformed.errors.contains("p.vnnlib"), "\(malformed)")
    #expect(malformed.output.isEmpty)
  }
}
