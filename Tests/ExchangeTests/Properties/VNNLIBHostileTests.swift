import Exchange
import Networks
import Testing

/// Files that were damaged or made to do harm: a clear error, soon.
struct VNNLIBHostileTests {
  private static let good = """
    ; a property
    (declare-const X_0 Real)
    (declare-const X_1 Real)
    (declare-const Y_0 Real)
    (declare-fun Y_1 () Real)
    (assert (or (and (>= X_0 -1) (<= X_0 1e-1) (>= X_1 0.25) (<= X_1 (/ 1 3)) (<= Y_0 Y_1))
      (and (<= 0 X_0 1) (= X_1 2) (not (< (+ (* 2.0 Y_0) (* -1.0 Y_1)) 0.5)) (=> (> Y_0 0) (< Y_1 0)))))
    (assert (<= (- Y_0 Y_1) 3))

    """

  private func failure(_ text: [UInt8]) throws -> String {
    "\(try #require(throws: ExchangeError.self) { try VNNLIB.read(text, file: "p") })"
  }

  private func failure(_ text: String) throws -> String { try failure(Array(text.utf8)) }

  @Test func depthIsBounded() throws {
    let million = 1_000_000
    #expect(
      try failure(String(repeating: "(", count: million))
        == "p: line 1: expected at most 100 parentheses within one another, found more")
    let nested = String(repeating: "(not ", count: million) + "true" + String(repeating: ")", count: million + 1)
    #expect(try failure(Self.good + "(assert " + nested).contains("at most 100 parentheses"))
    // As deep as allowed, minus the assertion.
    let deep = String(repeating: "(not ", count: 98) + "(<= Y_0 7)" + String(repeating: ")", count: 98)
    let property = try VNNLIB.read(Array("\(Self.good)(assert \(deep))".utf8), file: "p")
    #expect(property.cases.allSatisfy { $0.constraints.contains { $0.bound == 7 } })
  }

  @Test func sizesAreBounded() throws {
    #expect(
      try failure("(assert " + String(repeating: "a", count: 10_000_000))
        == "p: line 1: expected words of at most 1200 characters, found a longer one")
    #expect(try failure("(assert (and" + String(repeating: " a", count: 5_000_000) + "))").contains("4194304 words"))
  }

  /// Forty choices of two are 2⁴⁰ cases: they are counted, and not made.
  @Test func caseCountsAreBounded() throws {
    let choices = (0..<40).map { "(or (<= Y_0 \($0)) (<= Y_1 \($0)))" }.joined(separator: " ")
    #expect(
      try failure("\(Self.good)(assert (and \(choices)))")
        == "p: expected a property of at most 131072 cases, found 3298534883328, once its formulas are multiplied out")
    let never = try VNNLIB.read(Array("\(Self.good)(assert (and \(choices) (or) (<= 2 1)))".utf8), file: "p")
    #expect(never.cases.isEmpty)
    let long = (0..<2000).map { "(<= Y_0 \($0))" }.joined(separator: " ")
    #expect(
      try failure("\(Self.good)(assert (or \(long))) (assert (and \(long) \(long) \(long) \(long) \(long)))")
        .contains("at most 16777216 constraints in all cases together"))
  }

  /// Few bytes for many large boxes.
  @Test func boxSizesAreBounded() throws {
    let inputs = (0..<1000).map { "(declare-const X_\($0) Real)(assert (<= 0 X_\($0) 1))" }.joined()
    let choices = (0..<9000).map { "(<= X_0 0.\($0))" }.joined(separator: " ")
    #expect(
      try failure("\(inputs)(declare-const Y_0 Real)(assert (or \(choices)))")
        == "p: expected boxes and constraints of at most 33554432 numbers, found more")
  }

  @Test func textsWithoutAProperty() throws {
    let expected = "p: expected a VNN-LIB property that declares inputs X_0, … and outputs Y_0, …, found "
    #expect(try failure("") == expected + "no declaration")
    #expect(try failure("; only (a comment") == expected + "no declaration")
    #expect(try failure("(declare-const X_0 Real)") == expected + "no output")
    #expect(try failure("(declare-const Y_0 Real)") == expected + "no input")
    #expect(try failure([0x7F, 0x45, 0x4C, 0x46, 2, 1]).contains("expected a property as text, found the byte 0x7f"))
    #expect(try failure([0xFF, 0xFE, 0x28, 0]).contains("found the byte 0xff"))
  }

  @Test func filesMayBeCompressed() throws {
    let directory = try TemporaryDirectory()
    let text = Array(Self.good.utf8)
    let plain = try VNNLIB.read(from: directory.write("p.vnnlib", text))
    #expect(plain == (try VNNLIB.read(from: directory.write("p.vnnlib.gz", gzipped(text)))))
    #expect(plain.cases.count == 3)
    let cut = try directory.write("cut.gz", Array(gzipped(text).dropLast(9)))
    #expect(throws: ExchangeError.self) { try VNNLIB.read(from: cut) }
    let more = try directory.write("more.gz", gzipped(text) + [0])
    #expect(throws: ExchangeError.self) { try VNNLIB.read(from: more) }
    let bomb = try directory.write("bomb.gz", gzipped(Array(repeating: 0x20, count: (1 << 27) + 1)))
    let error = try #require(throws: ExchangeError.self) { try VNNLIB.read(from: bomb) }
    #expect(error.message == "expected a property of at most 134217728 bytes, found more")
    let missing = try #require(throws: ExchangeError.self) { try VNNLIB.read(from: directory.path + "/none") }
    #expect(missing.kind == .missing)
  }

  /// Every mutant is read or refused; both happen.
  @Test func mutantsAreReadOrRefused() throws {
    let text = Array(Self.good.utf8)
    let pieces = [
      "(", ")", "()", ";", "|", "\"", "\n", "-", "e", ".", "0", "9", "1e308", "1e-320", "nan", "X_0", "Y_1", "X_9",
      "not", "or", "and", "=", "<=", "distinct", "*", "/", "+", "\u{0}", "Real", "true", "false", "assert",
    ].map { Array($0.utf8) }
    var stream = RandomSource(seed: 1).stream(.check)
    var read = 0
    var refused = 0
    for _ in 0..<2000 {
      var mutant = text
      for _ in 0..<1 + stream.integer(below: 2) {
        let start = stream.integer(below: mutant.count)
        let end = min(mutant.count, start + stream.integer(below: 12))
        switch stream.integer(below: 5) {
        case 0: mutant[start] = UInt8(stream.integer(below: 256))
        case 1: mutant.removeSubrange(start..<end)
        case 3:
          let digits = mutant.indices.filter { (0x30...0x39).contains(mutant[$0]) }
          mutant[digits[stream.integer(below: digits.count)]] = 0x30 + UInt8(stream.integer(below: 10))
        case 2: mutant.insert(contentsOf: mutant[start..<end], at: stream.integer(below: mutant.count))
        default: mutant.replaceSubrange(start..<end, with: pieces[stream.integer(below: pieces.count)])
        }
      }
      do {
        let property = try VNNLIB.read(mutant, file: "p")
        #expect(property.cases.allSatisfy { $0.box.firstEmpty == nil && $0.box.count == property.inputCount })
        read += 1
      } catch {
        #expect(error.file == "p" && !error.message.isEmpty)
        refused += 1
      }
    }
    #expect(read > 100 && refused > 100, "\(read) read, \(refused) refused")
  }
}
