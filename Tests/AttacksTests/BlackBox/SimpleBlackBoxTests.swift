import Attacks
import Networks
import TestSupport
import Testing

@Test func simbaReachesTheOptimumOfALinearModel() throws {
  // In L∞ a step across the ball puts each scalar to its end, and order does not matter.
  try expectOptimum(SimpleBlackBox(queries: 200, stepSize: 4), .linf, factor: 1.001)
  // In L2 it ends where no step of its size leads up: within about a step of the optimum, which is 0.01 for some.
  try expectOptimum(SimpleBlackBox(queries: 20_000, stepSize: 0.01), .l2, factor: 1.03, share: 0.95)
}

@Test func cosinesReachItToo() throws {
  try expectOptimum(SimpleBlackBox(queries: 10_000, stepSize: 0.01, basis: .dct), .l2, factor: 1.1)
  // In L∞ it stalls in corners of the ball, where every cosine is clipped on its better side.
  try expectOptimum(SimpleBlackBox(queries: 10_000, stepSize: 0.01, basis: .dct), .linf, factor: 2, share: 0.8)
  // With long steps nine of ten images are broken here. Were every step to begin at a clipped point, half would be.
  try expectOptimum(SimpleBlackBox(queries: 2000, stepSize: 0.2, basis: .dct), .linf, factor: 1.2, share: 0.75)
}

@Test func simbaSpendsAllItsQueriesWhereSomethingCanStillBeTried() throws {
  #expect(try queries(SimpleBlackBox(queries: 123), .l2) == [123])
  #expect(try queries(SimpleBlackBox(queries: 123, basis: .dct), .linf) == [123])
}

/// The points that SimBA shows a model of which no step is good, as changes of an image of one value.
private func shown(
  _ attack: SimpleBlackBox, shape: Shape, count: Int, value: Float = 0.5
) throws -> [[Float]] {
  final class Log: Classifier, @unchecked Sendable {
    let inputShape: Shape
    let classCount = 2
    let value: Float
    var points: [[Float]] = []
    init(_ shape: Shape, _ value: Float) { (inputShape, self.value) = (shape, value) }
    func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
      points.append(images.scalars.map { $0 - value })
      return Tensor(shape: [1, 2], scalars: points.count == 1 ? [1, 0] : [2, 0])
    }
  }
  let log = Log(shape, value)
  let task = AttackTask(
    images: Tensor(shape: shape.batched(1), repeating: value), ids: [3], goal: .misclassify(labels: [0]),
    threat: ThreatModel(norm: .linf, radius: 0.5))
  _ = try attack.perturb(task, model: QueriedModel(log))
  #expect(log.points.count == count)
  return Array(log.points.dropFirst())
}

@Test func everyDirectionIsTriedInBothSignsAndTheBasisIsOrthonormal() throws {
  for (basis, shape) in [(.pixel, [2, 3, 4]), (.dct, [2, 3, 4]), (.dct, [11])] as [(SimpleBlackBox.Basis, Shape)] {
    let count = shape.count
    let points = try shown(
      SimpleBlackBox(queries: 2 * count + 1, stepSize: 0.25, basis: basis, frequencies: 2), shape: shape,
      count: 2 * count + 1)
    for a in 0..<count {
      #expect(zip(points[2 * a], points[2 * a + 1]).allSatisfy { abs($0 + $1) < 1e-6 })
      for b in 0...a {
        let dot = zip(points[2 * a], points[2 * b]).reduce(0) { $0 + $1.0 * $1.1 }
        // Sums of 24 products of single precision.
        #expect(abs(dot - (a == b ? 0.0625 : 0)) < 1e-6)
      }
    }
  }
}

@Test func aDirectionThatLeadsNowhereTakesNoQuery() throws {
  // Nothing is below black, so that each scalar takes one query.
  let points = try shown(SimpleBlackBox(queries: 13), shape: [1, 3, 4], count: 13, value: 0)
  #expect(Set(points.map { $0.firstIndex { $0 > 0 } }).count == 12)
}

@Test func lowFrequenciesComeFirst() throws {
  let points = try shown(
    SimpleBlackBox(queries: 129, stepSize: 0.25, basis: .dct, frequencies: 4), shape: [1, 8, 8], count: 129)
  // The number of changes of sign along the rows and columns is the frequency.
  let shells = stride(from: 0, to: 128, by: 2).map { index in
    let signs = points[index].map { $0 > 0 }
    let across = (1..<8).count { signs[$0] != signs[$0 - 1] }
    let down = (1..<8).count { signs[8 * $0] != signs[8 * $0 - 8] }
    return max(3, across, down)
  }
  #expect(shells == shells.sorted() && shells.prefix(16) == ArraySlice(repeating: 3, count: 16) && shells.last == 7)
}
