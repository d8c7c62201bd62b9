import Attacks
import Networks
import TestSupport
import Testing

private let box: ClosedRange<Float> = -0.5...1
private let norms: [Norm] = [.linf, .l2, .l1]

private func way(
  _ norm: Norm, from point: [Float], value: Double, gradient: [Float]
) -> (way: [Double], length: Double) {
  let projection = BoundaryProjection(norm: norm, box: PixelBox(box), of: [point.count])
  var way = [Double](repeating: .nan, count: point.count)
  let length = point.withUnsafeBufferPointer { point in
    gradient.withUnsafeBufferPointer { gradient in
      way.withUnsafeMutableBufferPointer { projection.way(from: point, value: value, gradient: gradient, to: $0) }
    }
  }
  return (way, length)
}

private func length(_ way: [Double], _ norm: Norm) -> Double {
  switch norm {
  case .linf: way.reduce(0) { max($0, abs($1)) }
  case .l2: way.reduce(0) { $0 + $1 * $1 }.squareRoot()
  case .l1, .l0: way.reduce(0) { $0 + abs($1) }
  }
}

/// What a scalar does in a shortest way: nothing, to an end of the box, or freely, as far as the sum needs it.
private enum Role: Int, CaseIterable { case still, lower, upper, free }

/// The shortest of all ways in which every scalar has a role. In the free ones, all with one number t, the size is t (L∞)
/// or t |w| (L2), and in L1 a vertex has but one of them. Whatever the optimum is, it is one of these.
private func bruteForce(_ norm: Norm, from point: [Float], value: Double, gradient: [Float]) -> Double {
  var best = Double.infinity
  for code in 0..<(0..<point.count).reduce(1, { product, _ in product * 4 }) {
    let roles = point.indices.map { Role(rawValue: code >> (2 * $0) & 3) ?? .still }
    if norm == .l1 && roles.count(where: { $0 == .free }) > 1 { continue }
    var candidate = [Double](repeating: 0, count: point.count)
    var (needed, rate) = (-value, 0.0)
    let shape = gradient.map { norm == .l2 ? Double($0) : Double($0.sign == .minus ? -1 : 1) * ($0 == 0 ? 0 : 1) }
    for (index, role) in roles.enumerated() {
      switch role {
      case .still: break
      case .lower: candidate[index] = Double(box.lowerBound) - Double(point[index])
      case .upper: candidate[index] = Double(box.upperBound) - Double(point[index])
      case .free: rate += Double(gradient[index]) * shape[index]
      }
      needed -= Double(gradient[index]) * candidate[index]
    }
    if rate > 0 {
      for index in point.indices where roles[index] == .free { candidate[index] = needed / rate * shape[index] }
    } else if abs(needed) > 1e-12 {
      continue
    }
    let isInside = zip(candidate, point).allSatisfy { change, pixel in
      (Double(box.lowerBound) - 1e-12...Double(box.upperBound) + 1e-12).contains(Double(pixel) + change)
    }
    if isInside { best = min(best, length(candidate, norm)) }
  }
  return best
}

/// Pixels at the ends of the box, gradients of very different sizes, some zero, some equal.
private func problem(_ number: Int) -> (point: [Float], gradient: [Float], value: Double) {
  var stream = RandomSource(seed: 7).stream(.check, example: number)
  let count = 2 + number % 4
  let point = (0..<count).map { _ in
    stream.integer(below: 3) == 0 ? (stream.word() & 1 == 0 ? box.lowerBound : box.upperBound) : stream.uniform(in: box)
  }
  let gradient = (0..<count).map { _ -> Float in
    switch stream.integer(below: 5) {
    case 0: 0
    case 1: stream.word() & 1 == 0 ? 0.5 : -0.5
    default: stream.normal() * stream.uniform() * stream.uniform()
    }
  }
  return (point, gradient, Double(stream.normal()) * 0.5)
}

@Test(arguments: norms) func theWayIsTheShortestOfAll(norm: Norm) {
  var (reached, blocked) = (0, 0)
  for number in 0..<300 {
    let (point, gradient, value) = problem(number)
    let (way, size) = way(norm, from: point, value: value, gradient: gradient)
    let gain = zip(way, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
    let expected = bruteForce(norm, from: point, value: value, gradient: gradient)
    #expect(abs(size - length(way, norm)) < 1e-12)
    for (change, pixel) in zip(way, point) {
      #expect((Double(box.lowerBound) - 1e-12...Double(box.upperBound) + 1e-12).contains(Double(pixel) + change))
    }
    if expected.isFinite {
      reached += 1
      // Sums of at most five terms in double precision.
      #expect(abs(gain + value) < 1e-12 && abs(size - expected) < 1e-9, "\(number): \(size) \(expected)")
    } else {
      blocked += 1
      for (index, slope) in gradient.enumerated() {
        let end = (slope > 0) == (value > 0) ? box.lowerBound : box.upperBound
        #expect(way[index] == (slope == 0 ? 0 : Double(end) - Double(point[index])))
      }
    }
  }
  #expect(reached > 80 && blocked > 30, "\(reached) \(blocked)")
}

/// The optimum of a linear model of two classes, which bisection finds on its own.
@Test(arguments: norms) func theWayToTheBoundaryOfALinearModelIsItsOptimum(norm: Norm) throws {
  let model = LinearClassifier.random(inputShape: [30], classCount: 2, seed: 4)
  var checked = 0
  for row in 0..<30 {
    let image = images(30, shape: [30]).examples(row..<row + 1)
    let logits = try model.logits(of: image).scalars
    let label = logits[0] > logits[1] ? 0 : 1
    let optimum = model.optimum(norm, image: image.scalars, label: label, bounds: 0...1)
    guard optimum.isFinite else { continue }
    let weights = model.weights.scalars
    let gradient = (0..<30).map { weights[(1 - label) * 30 + $0] - weights[label * 30 + $0] }
    var value = Double(model.biases[1 - label]) - Double(model.biases[label])
    for (slope, pixel) in zip(gradient, image.scalars) { value += Double(slope) * Double(pixel) }
    let projection = BoundaryProjection(norm: norm, box: PixelBox(0...1), of: [30])
    var way = [Double](repeating: 0, count: 30)
    let size = image.withUnsafeScalars { point in
      gradient.withUnsafeBufferPointer { gradient in
        way.withUnsafeMutableBufferPointer { projection.way(from: point, value: value, gradient: gradient, to: $0) }
      }
    }
    // Differences of weights are rounded to single precision here.
    #expect(abs(size - optimum) < 1e-5 * optimum, "\(row)")
    checked += 1
  }
  #expect(checked > 15)
}

@Test(arguments: norms) func whatIsNoNumberDoesNotMove(norm: Norm) {
  let point: [Float] = [0.2, 0.3, 0.4]
  for bad in [Float.nan, .infinity, -.infinity] {
    let (way, size) = way(norm, from: point, value: 0.1, gradient: [bad, 1, -2])
    #expect(way[0] == 0 && way.allSatisfy(\.isFinite) && size > 0)
    #expect(abs(way[1] - 2 * way[2] + 0.1) < 1e-12)
  }
  for value in [Double.nan, .infinity, 0] {
    #expect(BoundaryProjectionTests.isStill(way(norm, from: point, value: value, gradient: [1, 1, 1]).way))
  }
  #expect(BoundaryProjectionTests.isStill(way(norm, from: point, value: 1, gradient: [0, 0, 0]).way))
}

private enum BoundaryProjectionTests {
  static func isStill(_ way: [Double]) -> Bool { way.allSatisfy { $0 == 0 } }
}

/// Gradients as large and as small as single precision has them.
@Test(arguments: norms) func extremeGradientsTrapNowhere(norm: Norm) {
  for scale in [Float.leastNonzeroMagnitude, 1e-30, 1e30, .greatestFiniteMagnitude] {
    for value in [1e-300, 1e-3, 1e300] {
      let (way, size) = way(norm, from: [0, 0.5, 1], value: value, gradient: [scale, -scale, scale / 2])
      #expect(way.allSatisfy(\.isFinite) && size.isFinite)
    }
  }
}

@Test func everyChannelHasItsOwnBox() throws {
  let box = try #require(PixelBox(channels: [0...1, -2...2]))
  let projection = BoundaryProjection(norm: .l1, box: box, of: [2, 1, 1])
  var way = [0.0, 0.0]
  _ = [Float(0.5), 0].withUnsafeBufferPointer { point in
    [Float(2), 1].withUnsafeBufferPointer { gradient in
      way.withUnsafeMutableBufferPointer { projection.way(from: point, value: 2, gradient: gradient, to: $0) }
    }
  }
  #expect(way == [-0.5, -1])
}
