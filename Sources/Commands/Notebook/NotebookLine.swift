internal import Wording

/// What is compared of a line: its words and numbers, without times, rates and the width of columns.
package struct NotebookLine: Hashable {
  /// The line without times and rates.
  package private(set) var plain = ""
  /// The same without any number.
  package private(set) var skeleton = ""
  /// The numbers.
  package private(set) var numbers: [Double] = []
  private let hasPercentages: Bool

  package init(_ line: String) {
    hasPercentages = line.contains("%")
    var rest = Substring(line)
    var before: Character = " "
    while let character = rest.first {
      if let (length, time) = Self.measure(rest, after: before) {
        append(time)
        before = "s"
        rest = rest.dropFirst(length)
      } else if let number = Self.number(rest, after: before) {
        plain += number
        skeleton += "#"
        numbers.append(Double(number.filter { $0 != "," }) ?? .nan)
        before = "0"
        rest = rest.dropFirst(number.count)
      } else {
        // Columns and rules are as wide as what stands in them.
        let isSpace = character == " " || character == "\t"
        if !(isSpace && before == " ") && !(character == "─" && before == "─") {
          append(isSpace ? " " : "\(character)")
        }
        before = isSpace ? " " : character
        rest = rest.dropFirst()
      }
    }
    (plain, skeleton) = (Self.trimmed(plain), Self.trimmed(skeleton))
  }

  /// Whether two lines say the same; with a tolerance percentages may differ by so many points, and other numbers by a
  /// fifth.
  package func isClose(to other: NotebookLine, tolerance: Double?) -> Bool {
    if plain == other.plain { return true }
    guard let tolerance, skeleton == other.skeleton else { return false }
    return zip(numbers, other.numbers).allSatisfy { one, other in
      let difference = abs(one - other)
      return difference <= 0.2 * max(abs(one), abs(other)) || (hasPercentages && difference <= tolerance)
    }
  }

  private mutating func append(_ text: String) {
    plain += text
    skeleton += text
  }

  private static func trimmed(_ text: String) -> String {
    text.drop { $0 == " " }.droppingLast { $0 == " " }
  }

  /// A time span or a rate: its length, and what stands in its place.
  private static func measure(_ text: Substring, after before: Character) -> (Int, String)? {
    guard !isWord(before), before != ".", let digits = digits(text) else { return nil }
    let rest = text.dropFirst(digits.count)
    for unit in ["µs", "ms", "s", "min", "h"] where rest.hasPrefix(" " + unit) {
      let behind = rest.dropFirst(unit.count + 1)
      guard !(behind.first.map { isWord($0) || $0 == "/" } ?? false) else { continue }
      return (digits.count + 1 + unit.count + restOfTime(behind, after: unit), "<time>")
    }
    let number = rest.first == "k" ? rest.dropFirst() : rest
    guard number.first == " ", let slash = number.firstIndex(where: { !isWord($0) && $0 != " " }),
      number[slash...].hasPrefix("/s"), !(number[slash...].dropFirst(2).first.map(isWord) ?? false)
    else { return nil }
    return (text.distance(from: text.startIndex, to: slash) + 2, "<rate>")
  }

  /// The seconds behind minutes, and the minutes behind hours.
  private static func restOfTime(_ text: Substring, after unit: String) -> Int {
    guard let smaller = ["min": "s", "h": "min"][unit], text.first == " ",
      let digits = digits(text.dropFirst()), !digits.isEmpty
    else { return 0 }
    return text.dropFirst(1 + digits.count).hasPrefix(" " + smaller) ? 2 + digits.count + smaller.count : 0
  }

  /// A number that stands by itself.
  private static func number(_ text: Substring, after before: Character) -> String? {
    let sign = text.first == "-" ? "-" : ""
    guard !isWord(before), before != ".", let digits = digits(text.dropFirst(sign.count)) else { return nil }
    var number = sign + digits
    number += exponent(text.dropFirst(number.count))
    guard let next = text.dropFirst(number.count).first else { return number }
    return " ],;:)/|%".contains(next) ? number : nil
  }

  /// `1,234.5`; a comma or a point at its end belongs to the sentence.
  private static func digits(_ text: Substring) -> Substring? {
    guard text.first.map(isDigit) == true else { return nil }
    var whole = text.prefix { isDigit($0) || $0 == "," }
    while whole.last == "," { whole = whole.dropLast() }
    let rest = text.dropFirst(whole.count)
    guard rest.first == "." else { return whole }
    let decimals = rest.dropFirst().prefix(while: isDigit)
    return decimals.isEmpty ? whole : text.prefix(whole.count + 1 + decimals.count)
  }

  private static func exponent(_ text: Substring) -> String {
    guard text.first == "e" else { return "" }
    let sign = text.dropFirst().first.map { "+-".contains($0) } == true ? 1 : 0
    let digits = text.dropFirst(1 + sign).prefix(while: isDigit)
    return digits.isEmpty ? "" : String(text.prefix(1 + sign + digits.count))
  }

  private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }

  private static func isWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }
}
