public import Networks

/// The largest absolute difference of two arrays; infinite where their lengths differ, not a number where one holds
/// one.
public func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN || difference > largest ? difference : largest
  }
}

/// ‖a − b‖ / ‖b‖ in the maximum norm; infinite where the shapes differ, 0 where both are zero.
public func relativeDifference(_ a: Tensor<Double>, from b: Tensor<Double>) -> Double {
  guard a.shape == b.shape else { return .infinity }
  let difference = largestDifference(a.scalars, b.scalars)
  let size = b.scalars.reduce(0) { max($0, abs($1)) }
  return difference == 0 ? 0 : difference / size
}
