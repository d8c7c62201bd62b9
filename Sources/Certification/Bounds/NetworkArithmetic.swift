internal import Hyperparameters
internal import Networks

/// The arithmetic of the network that a certificate speaks about.
public enum NetworkArithmetic: String, Sendable {
  /// Real numbers: the network as mathematics has it, whatever program runs it.
  case real
  /// Single precision with every sum in any order, with or without fused multiply-adds: the network as this engine runs it
  /// without Winograd's algorithm and bfloat16, and as most others do.
  case single
}

extension NetworkArithmetic {
  /// How far the result of an operation may lie from the exact one for the inputs that it got, as a share of the sum of its
  /// terms' sizes.
  ///
  /// A sum of n products and a constant is off by γ(n + 1) at most. The engine also rounds what it computes once: the factors
  /// of a batch normalisation, which it multiplies into the weights before, and those of averages; eight more roundings
  /// cover these.
  func error(of operation: AffineOperation) -> Double {
    switch self {
    case .real: 0
    case .single:
      operation.maps.allSatisfy(\.isCopy) && operation.maps.count == 1 && operation.constants == nil
        ? 0 : Self.gamma(operation.maps.reduce(operation.maps.count + 8) { $0 + $1.termCount })
    }
  }

  private static func gamma(_ terms: Int) -> Double {
    let share = Double(terms) * 0x1p-24
    return share < 1 ? share / (1 - share) * (1 + 0x1p-40) : .infinity
  }

  /// More than what single precision loses where numbers underflow, or are set to zero because they are subnormal.
  static let underflow = 0x1p-120
}

extension BoundedNetwork {
  /// Refuses a network in single precision.
  ///
  /// - Throws: `CertificationError`.
  func requireRealArithmetic(for method: Method) throws(CertificationError) {
    if arithmetic == .single { throw .singlePrecision(method: method.title) }
  }
}

extension LinearMap {
  /// Whether the scalars of the output are scalars of the input or zeros.
  fileprivate var isCopy: Bool {
    switch form {
    case .identity: true
    case .sparse(let rows): rows.termCount <= 1 && rows.weights.allSatisfy { $0 == 1 }
    case .convolution, .transposedConvolution, .dense, .diagonal: false
    }
  }
}

extension Network {
  /// Refuses an operation whose error in single precision is not known: all but rectifiers and maxima, which are exact or
  /// rounded once.
  func checkRounding(of index: Int, _ step: BoundedNetwork.Step) throws(CertificationError) {
    switch step {
    case .input, .affine, .maximum, .elementwise(.activation(.relu)), .elementwise(.activation(.relu6)): return
    case .elementwise, .product, .softmax, .normalization:
      throw .unsupported(
        node: nodes[index].name, operation: nodes[index].operation.kindName,
        method: "the network in single precision")
    }
  }
}
