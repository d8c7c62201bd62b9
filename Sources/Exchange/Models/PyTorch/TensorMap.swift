import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Which tensor of a file is which parameter, where names, order and shapes do not determine it.
///
/// As a file: a JSON object `{"ours": "theirs"}`, or two columns of text, `ours theirs` on each line, `#` before a
/// comment. `ours` is a node and a role, `conv1/weight` (roles: weight, bias, scale, shift, mean, variance, slope), or
/// a node alone for all its tensors. `theirs` is a tensor's name or path, or that of a module. After `@` may stand the
/// axes of a stored array, outermost first, where they are not PyTorch's: `layers/0/W@HWIO`, `fc/W@IO`. A star at the
/// end of both matches the rest of any name: `* module.model.*`, `layer1.* encoder.stage1.*`.
public struct TensorMap: Hashable, Sendable {
  /// The tensor or module of the file for each parameter or node of the network.
  public var names: [String: String]

  /// Creates a map; an empty one leaves everything to names, order and shapes.
  public init(_ names: [String: String] = [:]) {
    self.names = names
  }

  /// Reads a map file.
  public init(contentsOf path: String) throws(ExchangeError) {
    let bytes = try InputFile(path).read(atMost: Self.mostBytes + 1)
    guard bytes.count <= Self.mostBytes else {
      throw ExchangeError(file: path, expected: "a map of at most \(Self.mostBytes) bytes", found: "more")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let isJSON = text.first { !$0.isWhitespace } == "{"
    names = isJSON ? try Self.json(bytes, path) : try Self.columns(text, path)
  }

  private static let mostBytes = 16 << 20

  private static func json(_ bytes: [UInt8], _ path: String) throws(ExchangeError) -> [String: String] {
    do {
      return try JSONDecoder().decode([String: String].self, from: Data(bytes))
    } catch {
      throw ExchangeError(
        file: path, expected: "a JSON object of strings, {\"conv1/weight\": \"features.0.weight\"}", found: "\(error)")
    }
  }

  private static func columns(_ text: String, _ path: String) throws(ExchangeError) -> [String: String] {
    var names: [String: String] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = line.prefix { $0 != "#" }
      let columns = content.split(whereSeparator: \.isWhitespace).map(String.init)
      if columns.isEmpty { continue }
      guard columns.count == 2 else {
        throw ExchangeError(
          file: path, expected: "two columns on line \(index + 1), 'conv1/weight features.0.weight'",
          found: "'\(content)'")
      }
      guard names.updateValue(columns[1], forKey: columns[0]) == nil else {
        throw ExchangeError(file: path, expected: "each name once", found: "'\(columns[0])' again on line \(index + 1)")
      }
    }
    return names
  }
}

/// The order in which an array stores the axes of a weight: letters out of O, I, H and W.
struct StoredAxes: Hashable {
  let letters: [Character]

  /// A name with the axes that may follow it.
  static func split(_ text: String) -> (name: String, axes: StoredAxes?) {
    guard let at = text.lastIndex(of: "@") else { return (text, nil) }
    let letters = Array(text[text.index(after: at)...].uppercased())
    guard ["IO", "HIOW"].contains(String(letters.sorted())) else { return (text, nil) }
    return (String(text[..<at]), StoredAxes(letters: letters))
  }

  /// For each axis of a parameter of an operation, the stored axis it is; nil where the letters do not fit it.
  func permutation(to operation: Operation, rank: Int) -> [Int]? {
    let own: String =
      switch (rank, operation) {
      case (4, .transposedConvolution): "IOHW"
      case (4, _): "OIHW"
      default: "OI"
      }
    guard rank == letters.count, own.count == rank else { return nil }
    return own.compactMap { letters.firstIndex(of: $0) }
  }
}
