import Certification
import Hyperparameters
import Networks
import Testing

/// Networks on which floating-point arithmetic certifies what is false: Jia and Rinard, *Exploiting verified neural networks
/// via floating point numerical error*, arXiv 2003.03021; Zombori, Bánhelyi, Csendes, Megyeri and Jelasity, *Fooling a
/// complete neural network verifier*, ICLR 2021.
struct FloatingPointTests {
  /// `(x + ω) − ω − 1/2` with ω = 2⁵⁴, which is x − 1/2. In double precision, x is lost in the first sum, and the half in
  /// whichever sum comes second.
  private static let absorbing: Result<HandMadeNetwork, any Error> = Result {
    try HandMadeNetwork([
      ([[1], [0]], [0, 0x1p54]),
      ([[1, 0], [0, 1]], [0x1p54, 0]),
      ([[1, -1]], [-0.5]),
    ])
  }

  /// What is asked: whether f + 0.3 is positive for x from 0.1 to 1. It is −0.1 at 0.1.
  private static let question = OutputFunctions(coefficients: [[1]], constants: [0.3])
  private static let region = InputRegion(lower: [0.1], upper: [1])

  /// Interval arithmetic without rounding, the bias first.
  private func naiveIntervals(_ network: HandMadeNetwork) -> Interval {
    var (lower, upper) = (Self.region.lower, Self.region.upper)
    for (index, layer) in network.layers.enumerated() {
      var (low, high) = (layer.bias.map(Double.init), layer.bias.map(Double.init))
      for (row, weights) in layer.weight.enumerated() {
        for (column, weight) in weights.enumerated() {
          let ends = [Double(weight) * lower[column], Double(weight) * upper[column]]
          low[row] += min(ends[0], ends[1])
          high[row] += max(ends[0], ends[1])
        }
      }
      let isLast = index == network.layers.count - 1
      (lower, upper) = isLast ? (low, high) : (low.map { max($0, 0) }, high.map { max($0, 0) })
    }
    return Interval(lower[0], upper[0])
  }

  /// The function taken backward, where all neurons are active, as they are here.
  private func naiveBackward(_ network: HandMadeNetwork) -> Double {
    var (row, sum) = ([1.0], 0.0)
    for layer in network.layers.reversed() {
      sum += zip(row, layer.bias).reduce(0) { $0 + $1.0 * Double($1.1) }
      row = layer.weight[0].indices.map { column in
        zip(row, layer.weight).reduce(0) { $0 + $1.0 * Double($1.1[column]) }
      }
    }
    return sum + min(row[0] * Self.region.lower[0], row[0] * Self.region.upper[0])
  }

  @Test func naiveBoundsCertifyWhatIsFalse() throws {
    let network = try Self.absorbing.get()
    var exact = network.exactOutputs(at: [0.1])[0]
    exact.add(0.3)
    #expect(exact.sign < 0)
    #expect(naiveIntervals(network).lower + 0.3 > 0)
    #expect(naiveBackward(network) + 0.3 > 0)
  }

  @Test func noMethodCertifiesIt() throws {
    let network = try Self.absorbing.get().bounded()
    for type in BoundCatalog.methods {
      let bound = try type.init().leastValues(of: Self.question, network: network, region: Self.region)[0]
      #expect(bound <= -0.1, "\(type.method.name): \(bound)")
    }
    for splitting in [ExactVerification.Splitting.neurons, .inputs] {
      var exact = ExactVerification()
      (exact.timeout, exact.splitting) = (1, splitting)
      let (verdict, _) = try exact.verify(
        Self.question, network: network, region: Self.region, workers: Workers(count: 1))
      #expect(verdict.isCertified != true)
    }
  }

  /// Weights of all sizes: no bound lies above a value that was computed without rounding.
  @Test(arguments: 0..<60) func boundsHoldInRealArithmetic(seed: UInt64) throws {
    var numbers = Numbers(state: seed)
    let widths = [2, 6, 5, 3]
    let network = try HandMadeNetwork(
      (1..<widths.count).map { index in
        let weight = (0..<widths[index]).map { _ in
          (0..<widths[index - 1]).map { _ in numbers.next(exponents: -24...24) }
        }
        return (weight, (0..<widths[index]).map { _ in numbers.next(exponents: -24...24) })
      })
    // A single point for every other seed: then nothing but rounding is between a bound and the value.
    let width = seed % 2 == 0 ? 0 : 0.5
    let region = InputRegion(lower: [-0.5, 0.1], upper: [-0.5 + width * 0x1p-20, 0.1 + width])
    let points = (0..<50).map { index -> [Double] in
      [index % 2 == 0 ? region.lower[0] : region.upper[0], 0.1 + width * (Double(index / 2) / 25)]
    }
    let functions = OutputFunctions(coefficients: [[1, -1, 0], [-1, 0, 1], [0, 0, 1]])
    let values = points.map { point -> [ExactSum] in
      let outputs = network.exactOutputs(at: point)
      return functions.coefficients.map { row in
        var sum = ExactSum(0)
        for (coefficient, output) in zip(row, outputs) { sum.add(output, times: coefficient) }
        return sum
      }
    }
    for type in BoundCatalog.methods {
      let bounds = try type.init().leastValues(of: functions, network: try network.bounded(), region: region)
      for (function, bound) in bounds.enumerated() {
        #expect(values.allSatisfy { $0[function].isNotBelow(bound) }, "\(type.method.name), function \(function)")
      }
    }
  }

  /// Eight layers of 10³⁸ and nine of 10⁻³⁸: the coefficient of x is 10⁻³⁸, but taken backward it underflows on the way, so
  /// that −10⁻³⁸ x + 10⁻⁴⁰ seemed to be positive.
  @Test func coefficientsThatUnderflowAreNotLost() throws {
    let factors = Array(repeating: Float(1e38), count: 8) + Array(repeating: Float(1e-38), count: 8)
    let layers = factors.map { ([[$0]], [0]) as HandMadeNetwork.Layer } + [([[-1e-38]], [0])]
    let network = try HandMadeNetwork(layers, activations: layers.map { _ in nil }).bounded()
    for type in BoundCatalog.methods {
      let bound = try type.init().leastValues(
        of: OutputFunctions(coefficients: [[1]], constants: [1e-40]), network: network,
        region: InputRegion(lower: [1], upper: [2]))[0]
      #expect(bound < -1e-38, "\(type.method.name): \(bound)")
    }
  }

  /// A sum that overflows on the way back: 4 · 10²⁶⁹ x for negative x, with constants of ±1.2 · 10³⁰⁸ that cancel.
  @Test func whatOverflowsIsNotAProof() throws {
    let steps = [([[1]], [-3e38]), ([[1]], [-3e38]), ([[1]], [3e38]), ([[1]], [3e38])] as [HandMadeNetwork.Layer]
    let factors = Array(repeating: Float(1e38), count: 7) + [4000]
    let layers = steps + factors.map { ([[$0]], [0]) as HandMadeNetwork.Layer }
    let network = try HandMadeNetwork(layers, activations: layers.map { _ in nil }).bounded()
    for type in BoundCatalog.methods {
      let bound = try type.init().leastValues(
        of: OutputFunctions(coefficients: [[1]]), network: network, region: InputRegion(lower: [-2e38], upper: [-1e38]))[
          0]
      #expect(bound < 0, "\(type.method.name): \(bound)")
    }
  }
}

/// Pseudo-random numbers of all sizes (SplitMix64).
private struct Numbers {
  var state: UInt64

  private mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func next(exponents: ClosedRange<Int>) -> Float {
    let fraction = Float(bits() >> 40) / 0x1p24 * 2 - 1
    let exponent = exponents.lowerBound + Int(bits() % UInt64(exponents.count))
    return Float(sign: .plus, exponent: exponent, significand: fraction)
  }
}
