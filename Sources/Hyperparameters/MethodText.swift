/// A method and values of its hyper-parameters as text: `name:key=value,key=value`.
///
/// A value with commas, such as a method with values of its own, stands in parentheses:
/// `restarts:attack=(pgd:steps=20,step-size=2/255),count=5`.
public struct MethodText: Sendable, CustomStringConvertible {
  /// The name before the colon, in lower case: case does not matter.
  public let name: String
  /// Keys and values as they were typed, without the parentheses.
  public let values: [(key: String, value: String)]

  /// Creates a text from its parts.
  public init(name: String, values: [(String, String)] = []) {
    self.name = name
    self.values = values.map { (key: $0.0, value: $0.1) }
  }

  /// Reads a text.
  ///
  /// - Throws: `HyperparameterError.malformed` for a part that is not `key=value`, a key given twice, or parentheses that
  ///   do not match.
  public init(_ text: String) throws(HyperparameterError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = parts[0].lowercased()
    var values: [(key: String, value: String)] = []
    for item in parts.count == 2 ? try Self.items(parts[1], of: text) : [] {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !pair[0].isEmpty, !values.contains(where: { $0.key == pair[0] }) else {
        throw .malformed(String(item), in: text)
      }
      values.append((String(pair[0]), Self.withoutParentheses(pair[1])))
    }
    self.values = values
  }

  /// Reads a text, and finds the method that it names.
  ///
  /// - Parameters:
  ///   - text: `name:key=value,key=value`.
  ///   - methods: The methods of a catalogue.
  ///   - kind: What they are, for messages: `attack`.
  ///   - type: A method as one of those with hyper-parameters.
  /// - Returns: The method, and the text with the values.
  /// - Throws: `HyperparameterError` where the text is malformed or no method has the name.
  public static func method<M>(
    of text: String, among methods: [M], kind: String, _ type: (M) -> any Configurable.Type
  ) throws(HyperparameterError) -> (M, MethodText) {
    let text = try MethodText(text)
    guard let method = methods.first(where: { type($0).method.name == text.name }) else {
      throw .unknownMethod(text.name, kind: kind, known: methods.map { type($0).method.name })
    }
    return (method, text)
  }

  /// The texts of several methods, separated by commas: `fgsm`, `pgd:steps=20,step-size=0.01` and `noise` of
  /// `fgsm,pgd:steps=20,step-size=0.01,noise`. A part that begins with `key=` belongs to the method before it.
  public static func words(_ text: String) -> [String] {
    var words: [String] = []
    for part in (try? items(Substring(text), of: text)) ?? [Substring(text)] {
      if let last = words.last, part.first(where: { ":=".contains($0) }) == "=" {
        words[words.count - 1] = "\(last),\(part)"
      } else {
        words.append(String(part))
      }
    }
    return words
  }

  /// As it is read.
  public var description: String {
    guard !values.isEmpty else { return name }
    let items = values.map { key, value in
      value.contains { ",()".contains($0) } ? "\(key)=(\(value))" : "\(key)=\(value)"
    }
    return "\(name):\(items.joined(separator: ","))"
  }

  /// The parts between the commas outside of parentheses.
  private static func items(_ text: Substring, of whole: String) throws(HyperparameterError) -> [Substring] {
    var items: [Substring] = []
    var (start, depth) = (text.startIndex, 0)
    for index in text.indices {
      switch text[index] {
      case "(": depth += 1
      case ")": depth -= 1
      case "," where depth == 0:
        items.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
      if depth < 0 { break }
    }
    guard depth == 0 else { throw .malformed(String(text), in: whole) }
    return items + [text[start...]]
  }

  private static func withoutParentheses(_ value: Substring) -> String {
    guard value.first == "(", value.last == ")" else { return String(value) }
    return String(value.dropFirst().dropLast())
  }
}
