import Certification
import Hyperparameters
import Networks
import Testing

/// Networks of two inputs against every point where a piecewise linear function of the plane can be least.
struct PlanarNetworkTests {
  private static let activations: [Activation] = [
    .relu, .leakyReLU(slope: 0.1), .leakyReLU(slope: -0.5), .leakyReLU(slope: 1.5),
  ]

  /// Least values are exact up to the rounding of their points, 1e-15; found inputs have 24 bits, 6e-8 of a gradient below 20.
  @Test(arguments: [Norm.linf, .l1, .l2], [ExactVerification.Splitting.neurons, .inputs])
  func verdictsAgreeWithEveryCandidate(norm: Norm, splitting: ExactVerification.Splitting) throws {
    for seed in 0..<24 {
      let plane = try PiecewisePlane(seed: UInt64(seed), activation: Self.activations[seed % 4], norm)
      let least = try #require(plane.least)
      var method = ExactVerification()
      (method.splitting, method.timeout) = (splitting, 10)
      let network = try plane.network.bounded()
      for (shift, isCertified) in [(-4e-6, true), (4e-6, false)] {
        let (verdict, parts) = try method.verify(
          OutputFunctions(coefficients: [plane.coefficients], constants: [-(least + shift)]), network: network,
          region: plane.region, workers: Workers(count: 1))
        #expect(verdict.isCertified == isCertified, "\(norm) \(splitting) \(seed) \(shift) after \(parts) parts")
        guard case .falsified(let input) = verdict else { continue }
        #expect(plane.region.contains(input))
        #expect(plane.value(at: input.map(Double.init)) < least + shift + 1e-9)
      }
      for type in BoundCatalog.methods {
        let bound = try type.init().leastValues(
          of: OutputFunctions(coefficients: [plane.coefficients]), network: network, region: plane.region)[0]
        #expect(bound <= least + 1e-12, "\(type) \(norm) \(seed)")
      }
    }
  }
}

/// A network of two inputs with two hidden layers, and one function of its outputs over a region.
private struct PiecewisePlane {
  let network: HandMadeNetwork
  let region: InputRegion
  let coefficients = [1.0, -1]
  private let activation: Activation

  /// `x · normal = offset`, or the points where an affine function is 0.
  private struct Line {
    var normal: [Double]
    var constant: Double

    func value(at point: [Double]) -> Double { normal[0] * point[0] + normal[1] * point[1] + constant }
  }

  init(seed: UInt64, activation: Activation, _ norm: Norm) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func number() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / 0x1p23 - 1
    }
    func layer(_ outputs: Int, _ inputs: Int) -> HandMadeNetwork.Layer {
      ((0..<outputs).map { _ in (0..<inputs).map { _ in number() } }, (0..<outputs).map { _ in number() / 2 })
    }
    // Every other network ends with an activation.
    network = try HandMadeNetwork(
      [layer(4, 2), layer(3, 4), layer(2, 3)], activations: [activation, activation, seed % 2 == 0 ? nil : activation])
    let ball = InputRegion.Ball(norm: norm, radius: 0.7, center: [0.125, -0.25])
    region = InputRegion(lower: [-0.5, -0.75], upper: [0.6, 0.5], ball: norm == .linf ? nil : ball)
    self.activation = activation
  }

  private func apply(_ x: Double) -> Double {
    switch activation {
    case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
    default: max(x, 0)
    }
  }

  private var endsWithActivation: Bool {
    if case .activation = network.network.nodes[network.network.outputIndex].operation { true } else { false }
  }

  /// The function at a point.
  func value(at point: [Double]) -> Double {
    var values = point
    for (index, layer) in network.layers.enumerated() {
      values = zip(layer.weight, layer.bias).map { zip($0, values).reduce(Double($1)) { $0 + Double($1.0) * $1.1 } }
      if index < 2 || endsWithActivation { values = values.map(apply) }
    }
    return zip(coefficients, values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The least value over the region: that of the best candidate.
  var least: Double? { candidates.filter(isInside).map(value).min() }

  /// The points where lines meet on which the function or the region has a kink; on a circle, also where lines meet it and
  /// where it touches the level lines of a pattern.
  private var candidates: [[Double]] {
    var points = [region.center]
    for first in 0..<16 {
      for second in 0..<8 {
        var lines = edges
        let hidden = affine(
          network.layers[0], [Line(normal: [1, 0], constant: 0), Line(normal: [0, 1], constant: 0)])
        let middle = affine(network.layers[1], hidden, pattern: first)
        let outputs = affine(network.layers[2], middle, pattern: second)
        lines += hidden + middle + outputs
        for (place, a) in lines.enumerated() { points += lines[..<place].compactMap { crossing(a, $0) } }
        // With the last activations, any mixture of outputs with the slopes of their halves.
        points += lines.flatMap(circlePoints) + levels(outputs).compactMap(touching)
      }
    }
    return points
  }

  private var slopes: [Double] { [apply(1), -apply(-1)] }

  private func affine(_ layer: HandMadeNetwork.Layer, _ inputs: [Line], pattern: Int? = nil) -> [Line] {
    zip(layer.weight, layer.bias).map { row, bias in
      var line = Line(normal: [0, 0], constant: Double(bias))
      for (place, (weight, input)) in zip(row, inputs).enumerated() {
        let factor = Double(weight) * (pattern.map { slopes[$0 >> place & 1] } ?? 1)
        line.normal = zip(line.normal, input.normal).map { $0 + factor * $1 }
        line.constant += factor * input.constant
      }
      return line
    }
  }

  private func levels(_ outputs: [Line]) -> [[Double]] {
    let factors = endsWithActivation ? slopes : [1]
    return factors.flatMap { a in
      factors.map { b in
        (0..<2).map { coefficients[0] * a * outputs[0].normal[$0] + coefficients[1] * b * outputs[1].normal[$0] }
      }
    }
  }

  private var edges: [Line] {
    var lines = (0..<2).flatMap { axis in
      [region.lower[axis], region.upper[axis]].map {
        Line(normal: axis == 0 ? [1, 0] : [0, 1], constant: -$0)
      }
    }
    if let ball = region.ball, ball.norm == .l1 {
      for signs in [[1.0, 1], [1, -1], [-1, 1], [-1, -1]] {
        let center = signs[0] * ball.center[0] + signs[1] * ball.center[1]
        lines.append(Line(normal: signs, constant: -center - ball.radius))
      }
    }
    return lines
  }

  private func crossing(_ a: Line, _ b: Line) -> [Double]? {
    let determinant = a.normal[0] * b.normal[1] - a.normal[1] * b.normal[0]
    guard abs(determinant) > 1e-12 else { return nil }
    return [
      (a.normal[1] * b.constant - b.normal[1] * a.constant) / determinant,
      (b.normal[0] * a.constant - a.normal[0] * b.constant) / determinant,
    ]
  }

  private func circlePoints(_ line: Line) -> [[Double]] {
    guard let ball = region.ball, ball.norm == .l2 else { return [] }
    let square = line.normal[0] * line.normal[0] + line.normal[1] * line.normal[1]
    let offset = line.value(at: ball.center)
    let rest = ball.radius * ball.radius - offset * offset / square
    guard square > 1e-12, rest >= 0 else { return [] }
    return [-1.0, 1].map { sign in
      let along = sign * (rest / square).squareRoot()
      return [
        ball.center[0] - offset / square * line.normal[0] - along * line.normal[1],
        ball.center[1] - offset / square * line.normal[1] + along * line.normal[0],
      ]
    }
  }

  private func touching(_ gradient: [Double]) -> [Double]? {
    guard let ball = region.ball, ball.norm == .l2 else { return nil }
    let size = (gradient[0] * gradient[0] + gradient[1] * gradient[1]).squareRoot()
    return size > 1e-12 ? (0..<2).map { ball.center[$0] - ball.radius * gradient[$0] / size } : nil
  }

  private func isInside(_ point: [Double]) -> Bool {
    let slack = 1e-12
    guard (0..<2).allSatisfy({ region.lower[$0] - slack <= point[$0] && point[$0] <= region.upper[$0] + slack }) else {
      return false
    }
    guard let ball = region.ball else { return true }
    let changes = (0..<2).map { abs(point[$0] - ball.center[$0]) }
    let size =
      ball.norm == .l1 ? changes[0] + changes[1] : (changes[0] * changes[0] + changes[1] * changes[1]).squareRoot()
    return size <= ball.radius + slack
  }
}

extension InputRegion {
  fileprivate var center: [Double] { [0.05, -0.125] }
}
