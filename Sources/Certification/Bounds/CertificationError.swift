public import Networks

/// Why nothing can be certified.
public enum CertificationError: Error, Equatable, CustomStringConvertible {
  /// A norm without bounds.
  case norm(Norm)
  /// A pixel outside its range.
  case pixel(Float, range: ClosedRange<Float>)
  /// A node for which a method has no bounds.
  case unsupported(node: String, operation: String, method: String)
  /// More numbers than a method may hold.
  case tooLarge(method: String, numbers: Int, limit: Int)
  /// A number that is NaN or infinite where bounds need finite ones.
  case notFinite(String)
  /// A method that speaks of the network in real arithmetic alone.
  case singlePrecision(method: String)
  /// Labels, images or a property that do not fit the network.
  case mismatch(expected: String, found: String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .norm(let norm): "expected a perturbation in L∞, L2 or L1, found \(norm.symbol), for which there are no bounds"
    case .pixel(let value, let range):
      "expected pixels in \(range.lowerBound)...\(range.upperBound), found \(value)"
    case .unsupported(let node, let operation, let method):
      "node '\(node)': \(method) has no bounds for \(operation)"
    case .tooLarge(let method, let numbers, let limit):
      "\(method): expected at most \(limit) coefficients in memory, found \(numbers); "
        + "take a smaller network or image, or a method that goes backward, such as crown"
    case .notFinite(let what): "expected finite numbers, found NaN or infinity in \(what)"
    case .singlePrecision(let method):
      "\(method) certifies the network in real arithmetic alone; for the one in single precision take "
        + "\(BoundCatalog.namesForSinglePrecision.joined(separator: ", "))"
    case .mismatch(let expected, let found): "expected \(expected), found \(found)"
    }
  }
}
