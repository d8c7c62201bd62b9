import Networks

/// One image of a few pixels, a candidate and a threat model, none of them symmetric; many pixels are at or near the
/// ends of the box, which in some cases has a range for each channel.
struct GeometryCase {
  let threat: ThreatModel
  let center: [Float]
  let candidate: [Float]

  var centers: Tensor<Float> { Tensor(shape: shape, scalars: center) }
  var candidates: Tensor<Float> { Tensor(shape: shape, scalars: candidate) }
  private var channels: Int { threat.bounds.ranges.count }
  private var shape: Shape { channels == 1 ? [1, center.count] : [1, channels, 1, center.count / channels] }
  var projected: [Float] {
    var points = candidates
    threat.project(&points, around: centers)
    return points.scalars
  }

  /// The range of one scalar: channel after channel.
  func range(_ index: Int) -> ClosedRange<Float> { threat.bounds.ranges[index / (center.count / channels)] }

  /// The candidate moved into the box alone.
  var boxed: [Float] { candidate.indices.map { clamped(candidate[$0], range($0)) } }
}

/// Reproducible cases; those of even number are far out, those of odd number about as far as the radius.
func geometryCases(_ norm: Norm, count: Int, dimensions: ClosedRange<Int>) -> [GeometryCase] {
  (0..<count).map { number in
    var stream = RandomSource(seed: 5).stream(.check, example: number)
    let size = dimensions.lowerBound + stream.integer(below: dimensions.count)
    let bounds = box(number, size, &stream)
    let center = (0..<size).map { pixel(bounds.ranges[$0 / (size / bounds.ranges.count)], &stream) }
    let radius = norm == .l0 ? Float(stream.integer(below: size)) : stream.uniform(in: 0.01...0.9)
    let reach = radius * (number % 2 == 0 ? 4 : 1) * stream.uniform()
    let candidate = center.map { $0 + reach * stream.normal() }
    return GeometryCase(
      threat: ThreatModel(norm: norm, radius: radius, bounds: bounds), center: center, candidate: candidate)
  }
}

/// One range for all pixels or, in every fourth case, one for each channel: as many as divide the image. All ends lie in
/// [-2, 2].
private func box(_ number: Int, _ size: Int, _ stream: inout RandomStream) -> PixelBox {
  let uniform = PixelBox(number % 3 == 0 ? -1...2 : 0...1)
  guard number % 4 == 3, let channels = [3, 2, 5, 7, size].first(where: { size.isMultiple(of: $0) }) else {
    return uniform
  }
  let ranges = (0..<channels).map { _ -> ClosedRange<Float> in
    let lower = stream.uniform(in: -2...0.5)
    return lower...stream.uniform(in: lower + 0.2...2)
  }
  return PixelBox(channels: ranges) ?? uniform
}

private func pixel(_ bounds: ClosedRange<Float>, _ stream: inout RandomStream) -> Float {
  switch stream.integer(below: 4) {
  case 0: bounds.lowerBound
  case 1: bounds.upperBound
  case 2: clamped(bounds.upperBound - 0.05 * stream.uniform(), bounds)
  default: stream.uniform(in: bounds)
  }
}

private func clamped(_ value: Float, _ bounds: ClosedRange<Float>) -> Float {
  min(max(value, bounds.lowerBound), bounds.upperBound)
}

/// The size of a change, recomputed without the code under test.
func size(_ norm: Norm, _ first: [Float], _ second: [Float]) -> Double {
  let changes = zip(first, second).map { abs(Double($0) - Double($1)) }
  return switch norm {
  case .linf: changes.max() ?? 0
  case .l2: changes.reduce(0) { $0 + $1 * $1 }.squareRoot()
  case .l1: changes.reduce(0, +)
  case .l0: Double(changes.filter { $0 != 0 }.count)
  }
}
