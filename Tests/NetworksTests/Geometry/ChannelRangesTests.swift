import Networks
import Testing

private let ranges: [ClosedRange<Float>] = [-2.118...2.249, -2.036...2.429, -1.804...2.640]
private let count = 5
private let shape: Shape = [count, 3, 4, 4]

private func threat(_ norm: Norm, radius: Float = 0.5) throws -> ThreatModel {
  ThreatModel(
    norm: norm, radius: norm == .l0 ? 6 : radius, bounds: try #require(PixelBox(channels: ranges)))
}

/// Images of which half the pixels are at an end of their channel's range.
private func images(_ stream: inout RandomStream) -> Tensor<Float> {
  Tensor(
    shape: shape,
    scalars: (0..<shape.count).map { index in
      let range = ranges[index / 16 % 3]
      return [range.lowerBound, range.upperBound, stream.uniform(in: range), stream.uniform(in: range)][
        stream.integer(below: 4)]
    })
}

private func noise(_ stream: inout RandomStream, _ size: Float) -> Tensor<Float> {
  Tensor(shape: shape, scalars: (0..<shape.count).map { _ in size * stream.normal() })
}

private func sum(_ first: Tensor<Float>, _ second: Tensor<Float>) -> Tensor<Float> {
  Tensor(shape: first.shape, scalars: zip(first.scalars, second.scalars).map { $0 + $1 })
}

private func plane(_ images: Tensor<Float>, _ number: Int) -> Tensor<Float> {
  Tensor(shape: [1, 16], scalars: Array(images.scalars[number * 16..<(number + 1) * 16]))
}

/// In L∞ channels have nothing to do with each other: what one range does to a channel, several do to all.
@Test func theCubeOfAChannelIsThatOfItsRange() throws {
  var stream = RandomSource(seed: 21).stream(.check)
  let (centers, gradient) = (images(&stream), noise(&stream, 1))
  let candidates = sum(centers, noise(&stream, 1))
  var (projected, ascended) = (candidates, centers)
  try threat(.linf).project(&projected, around: centers)
  try threat(.linf).ascend(&ascended, along: gradient, stepSize: 0.25, around: centers)
  for number in 0..<count * 3 {
    let alone = ThreatModel(norm: .linf, radius: 0.5, bounds: ranges[number % 3])
    var (one, other) = (plane(candidates, number), plane(centers, number))
    alone.project(&one, around: plane(centers, number))
    alone.ascend(&other, along: plane(gradient, number), stepSize: 0.25, around: plane(centers, number))
    #expect(plane(projected, number) == one)
    #expect(plane(ascended, number) == other)
  }
}

@Test(arguments: Norm.allCases) func stepsAndStartsStayInTheRangesOfTheirChannels(norm: Norm) throws {
  var stream = RandomSource(seed: 22).stream(.check)
  let (centers, gradient) = (images(&stream), noise(&stream, 1))
  let model = try threat(norm)
  var ascended = centers
  model.ascend(&ascended, along: gradient, stepSize: norm == .l0 ? 6 : 0.5, around: centers)
  let started = model.randomStart(
    around: centers, ids: Array(0..<count), restart: 0, source: RandomSource(seed: 1))
  for points in [ascended, started] {
    #expect(points.scalars.enumerated().allSatisfy { ranges[$0 / 16 % 3].contains($1) })
    // One rounding of single precision in L∞.
    let distances = norm.distances(from: centers, to: points)
    #expect(distances.allSatisfy { $0 > 0 && $0 <= model.radius * (1 + 0x1p-23) }, "\(distances)")
  }
  // Every example by itself.
  for row in 0..<count {
    var alone = centers.examples(row..<row + 1)
    model.ascend(
      &alone, along: gradient.examples(row..<row + 1), stepSize: norm == .l0 ? 6 : 0.5,
      around: centers.examples(row..<row + 1))
    #expect(alone == ascended.examples(row..<row + 1))
  }
}

/// The gain of a pixel is the room that its own channel leaves it.
@Test func sparseStepsGoToTheEndOfTheChannel() throws {
  func zeros(_ count: Int) -> [Float] { Array(repeating: 0, count: count) }
  let center = Tensor<Float>(shape: [1, 3, 4, 4], repeating: 0)
  var points = center
  // Equal slopes upwards: the third channel has the most room. Then downwards: the first has.
  let up = Tensor<Float>(shape: center.shape, repeating: 1)
  try threat(.l0).ascend(&points, along: up, stepSize: 6, around: center)
  #expect(points.scalars == zeros(32) + Array(repeating: 2.640, count: 6) + zeros(10))
  points = center
  let down = Tensor<Float>(shape: center.shape, repeating: -1)
  try threat(.l0).ascend(&points, along: down, stepSize: 6, around: center)
  #expect(points.scalars == Array(repeating: -2.118, count: 6) + zeros(42))
}

@Test func sparseStartsUseTheWholeRangeOfTheirChannel() throws {
  let many = 3000
  let centers = Tensor<Float>(shape: [many, 3, 1, 1], repeating: 0)
  let model = ThreatModel(norm: .l0, radius: 3, bounds: try #require(PixelBox(channels: ranges)))
  let points = model.randomStart(around: centers, ids: Array(0..<many), restart: 0, source: RandomSource(seed: 4))
  for (channel, range) in ranges.enumerated() {
    let values = (0..<many).map { points.scalars[$0 * 3 + channel] }
    // Of 3000 uniform numbers the extremes are 1/3000 of the width from the ends on average, and with a probability of
    // e^-15 further than 15/3000.
    let slack = (range.upperBound - range.lowerBound) * 15 / 3000
    #expect(try #require(values.min()) < range.lowerBound + slack)
    #expect(try #require(values.max()) > range.upperBound - slack)
    #expect(values.allSatisfy(range.contains))
  }
}
