/// Natural sort order, in which numbers are compared by value: `layer1.2` before `layer1.10`.
enum NaturalOrder {
  /// A run of digits, or a run of anything else.
  private enum Part: Comparable {
    case number(length: Int, digits: String)
    case text(String)
  }

  /// Whether `a` comes before `b`.
  static func precedes(_ a: String, _ b: String) -> Bool {
    let (x, y) = (parts(a), parts(b))
    for (p, q) in zip(x, y) where p != q { return p < q }
    return x.count == y.count ? a < b : x.count < y.count
  }

  /// A name with every number replaced by `#`: names of one pattern differ in their numbers alone.
  static func pattern(_ name: String) -> String {
    runs(name).map { $0.first?.isASCIIDigit == true ? "#" : String($0) }.joined()
  }

  private static func parts(_ name: String) -> [Part] {
    runs(name).map { run in
      guard run.first?.isASCIIDigit == true else { return .text(String(run)) }
      // Without leading zeros the longer number is the larger one, however many digits it has.
      let digits = run.drop { $0 == "0" }
      return .number(length: digits.count, digits: String(digits))
    }
  }

  private static func runs(_ name: String) -> [Substring] {
    var runs: [Substring] = []
    var rest = name[...]
    while let first = rest.first {
      let run = rest.prefix { $0.isASCIIDigit == first.isASCIIDigit }
      runs.append(run)
      rest = rest[run.endIndex...]
    }
    return runs
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
