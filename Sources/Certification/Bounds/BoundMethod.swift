public import Hyperparameters
public import Networks

/// A way to bound the outputs of a network from below and above for all inputs of a region at once.
public protocol BoundMethod: Configurable {
  /// The arithmetics of networks that the method has bounds for.
  static var arithmetics: Set<NetworkArithmetic> { get }

  /// Lower bounds of linear functions of the outputs.
  ///
  /// - Parameters:
  ///   - functions: The functions.
  ///   - network: The network.
  ///   - region: The inputs.
  ///   - enough: Bounds above this number need not be made better.
  ///   - workers: Threads that may share the work.
  /// - Returns: For each function a number that it does not fall below anywhere in the region; −∞ where nothing is
  ///   known.
  /// - Throws: `CertificationError` where the method does not fit the network, the region or memory.
  func leastValues(
    of functions: OutputFunctions, network: BoundedNetwork, region: InputRegion, enough: Double, workers: Workers
  ) throws -> [Double]

  /// About how many bytes a thread takes for one example.
  func memoryEstimate(for network: BoundedNetwork) -> Int
}

extension BoundMethod {
  /// Real arithmetic.
  public static var arithmetics: Set<NetworkArithmetic> { [.real] }

  /// That of one backward pass.
  public func memoryEstimate(for network: BoundedNetwork) -> Int { network.memoryEstimate }

  /// The best lower bounds that the method finds, on one thread.
  public func leastValues(
    of functions: OutputFunctions, network: BoundedNetwork, region: InputRegion
  ) throws -> [Double] {
    try leastValues(
      of: functions, network: network, region: region, enough: .infinity, workers: Workers(count: 1))
  }
}

/// Linear functions `Σ c y + constant` of a network's outputs y.
public struct OutputFunctions: Sendable {
  /// The coefficients, function by function.
  public let coefficients: [[Double]]
  /// The constants.
  public let constants: [Double]

  /// Creates functions.
  public init(coefficients: [[Double]], constants: [Double]? = nil) {
    self.coefficients = coefficients
    self.constants = constants ?? coefficients.map { _ in 0 }
  }

  /// The margins of a label: its logit less each of the others, in the order of the classes.
  public init(marginsOf label: Int, classCount: Int) {
    self.init(
      coefficients: (0..<classCount).filter { $0 != label }.map { other in
        (0..<classCount).map { $0 == label ? 1 : $0 == other ? -1 : 0 }
      })
  }

  /// The outputs and then their negatives.
  public init(outputsAndNegatives count: Int) {
    let units = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0 } }
    self.init(coefficients: units + units.map { $0.map { -$0 } })
  }

  /// The number of functions.
  public var count: Int { coefficients.count }

  /// Some of the functions.
  func functions(_ indices: [Int]) -> OutputFunctions {
    OutputFunctions(coefficients: indices.map { coefficients[$0] }, constants: indices.map { constants[$0] })
  }

  /// Lower bounds with the constants, of those without.
  func adding(_ values: [Double]) -> [Double] {
    zip(values, constants).map { value, constant in
      (constant == 0 ? value : (value + constant).nextDown).asLowerBound
    }
  }

  package var rows: Rows {
    Rows(count: count, width: coefficients.first?.count ?? 0, scalars: Array(coefficients.joined()))
  }
}

extension BackwardPass {
  /// Lower bounds of functions of the network's outputs.
  func leastValues(of functions: OutputFunctions) -> [Double] {
    functions.adding(leastValues(of: functions.rows, at: bounds.network.network.outputIndex).bounds)
  }
}
