import Commands
import Testing

/// What of a page's lines is compared: words and numbers, but no times, rates and widths.
@Suite struct NotebookLineTests {
  @Test(arguments: [
    ("PGD   74.44 %  47 ms", "PGD 74.44 % <time>"),
    ("1 min 5 s left, 2 h 3 min in all, 3 min", "<time> left, <time> in all, <time>"),
    ("171,051 gradients/s  12k examples/s", "<rate> <rate>"),
    ("────  ──", "─ ─"),
    ("  took 1.5 s/step and 3 m", "took 1.5 s/step and 3 m"),
    ("v1.5 s", "v1.5 s"), ("3 µs.", "<time>."), ("a 5 sb", "a 5 sb"), ("", ""),
  ]) func timesAreMasked(_ line: String, _ plain: String) {
    #expect(NotebookLine(line).plain == plain)
  }

  @Test(arguments: [
    ("robust 74.44 % [69.70, 78.68] %", "robust # % [#, #] %", [74.44, 69.7, 78.68]),
    ("1,437 images of 1×8×8", "# images of 1×8×#", [1437, 8]),
    ("loss -1.5e-3; sha 3987b89", "loss #; sha 3987b89", [-1.5e-3]),
    ("x1 y_2 3", "x1 y_2 #", [3]), ("1, 2.", "#, 2.", [1]), ("3.", "3.", []),
  ]) func numbersAreFound(_ line: String, _ skeleton: String, _ numbers: [Double]) {
    let line = NotebookLine(line)
    #expect(line.skeleton == skeleton && line.numbers == numbers)
  }

  @Test(
    arguments: [
      ("a 74.44 %", "a 74.44 %", nil, true), ("a 74.44 %", "a 74.45 %", nil, false), ("a 50.0 %", "a 52.0 %", 2, true),
      ("a 1.0 %", "a 3.1 %", 2, false), ("a 1.0 %", "b 1.0 %", 2, false), ("n 100", "n 119", 0, true),
      ("n 100", "n 130", 50, false), ("n 5 ms", "n 9 ms", nil, true), ("n 5", "n 5 6", 9, false),
    ] as [(String, String, Double?, Bool)])
  func closenessHasATolerance(_ shown: String, _ printed: String, _ tolerance: Double?, _ isClose: Bool) {
    #expect(NotebookLine(shown).isClose(to: NotebookLine(printed), tolerance: tolerance) == isClose)
  }

  /// Lines may be left out, but not change their order; a line with other numbers is the one with the same words.
  @Test func linesAreFoundInTheirOrder() {
    let printed = ["model m.h5", "", "attack  robust", "FGSM  74.44 %", "PGD   50.00 %", "worst 49.00 %"]
    #expect(NotebookAlignment.align(["attack  robust", "PGD   51.00 %"], with: printed) == [2, 4])
    #expect(NotebookAlignment.align(["worst 49.00 %", "FGSM  74.44 %"], with: printed).compactMap { $0 }.count == 1)
    #expect(NotebookAlignment.align(["nothing like it"], with: printed) == [nil])
    #expect(NotebookAlignment.align([], with: printed) == [] && NotebookAlignment.align(["a"], with: []) == [nil])
  }

  /// Of two tables with the same titles the one whose rows are shown is taken.
  @Test func aTableIsTakenAsAWhole() {
    let printed = ["eps robust", "none 99 %", "PGD 70 %", "eps robust", "none 99 %", "PGD 20 %"]
    #expect(NotebookAlignment.align(["eps robust", "none 99 %", "PGD 20 %"], with: printed) == [3, 4, 5])
  }
}
