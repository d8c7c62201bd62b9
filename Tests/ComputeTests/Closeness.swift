import Networks
import Testing

/// Expects the worst difference to be at most `tolerance` of the largest value; one below `smallest` counts as large as
/// that, because rounding comes from what was summed up.
func expectClose(
  _ found: Tensor<Float>, _ expected: Tensor<Double>, _ what: String, tolerance: Double, smallest: Double = 0
) {
  #expect(found.shape == expected.shape)
  let scale = max(expected.scalars.map(abs).max() ?? 0, smallest)
  let worst = zip(found.scalars, expected.scalars).map { abs(Double($0) - $1) }.max() ?? 0
  #expect(worst <= tolerance * scale, "\(what) differs by \(worst) of \(scale)")
}

/// A gradient at logits `[N, K]` that differs from class to class and from example to example.
@Sendable func variedCotangent(_ logits: Tensor<Float>, _ rows: Range<Int>) -> Tensor<Float> {
  let classes = logits.exampleSize
  return Tensor(
    shape: logits.shape,
    scalars: logits.scalars.indices.map { Float(($0 % classes) - 1) + 0.1 * Float(rows.lowerBound + $0 / classes) })
}
