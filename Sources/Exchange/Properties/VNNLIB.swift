public import Networks

/// The format of the properties of VNN-COMP, VNN-LIB 1: a part of SMT-LIB in which `X_i` are inputs and `Y_j` outputs of
/// the network, and all assertions together describe the unsafe inputs.
///
/// Assertions may be nested with `and`, `or`, `not` and `=>`. Compared are linear terms of outputs, or multiples of one
/// input, with numbers. Inequalities between inputs, and between inputs and outputs, are refused.
public enum VNNLIB {
  /// The largest text that is read, decompressed.
  static let byteLimit = 1 << 27
  /// The most cases that a property may have, and the most constraints of all its cases.
  static let caseLimit = 1 << 17
  static let entryLimit = 1 << 24
  /// The most numbers that boxes and half-spaces may take.
  static let numberLimit = 1 << 25

  /// Reads a property from a file, compressed with gzip or not.
  public static func read(from path: String) throws(ExchangeError) -> VerificationProperty {
    var stream = try ByteStream(path)
    let text = try stream.read(atMost: byteLimit + 1)
    guard text.count <= byteLimit else {
      throw ExchangeError(file: path, expected: "a property of at most \(byteLimit) bytes", found: "more")
    }
    guard try stream.isExhausted() else {
      throw ExchangeError(file: path, expected: "the end of the file after its compressed data", found: "more bytes")
    }
    return try read(text, file: path)
  }

  /// Reads a property from a text. The name of the file stands in errors.
  public static func read(_ text: [UInt8], file: String) throws(ExchangeError) -> VerificationProperty {
    var assembly = PropertyAssembly(try VNNLIBParser(text, file: file))
    return try assembly.property()
  }

  /// The result file of the competition for a counterexample: `sat`, then the inputs and outputs.
  ///
  /// Every number has the fewest digits that read back as the same Double. Numbers of single precision are to be converted
  /// to Double first: what is written then reads back exactly in both precisions.
  public static func result(input: [Double], outputs: [Double]) -> String {
    let values =
      input.indices.map { "(X_\($0) \(input[$0]))" } + outputs.indices.map { "(Y_\($0) \(outputs[$0]))" }
    return "sat\n(\(values.joined(separator: "\n ")))\n"
  }
}
