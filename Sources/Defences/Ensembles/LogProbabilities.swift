import Glibc
import Networks

extension Tensor<Float> {
  /// log softmax of every row, in double precision. `KullbackLeiblerDivergence` sums in another way, which rounds its last
  /// bit differently: with one formula for both, results that were recorded before would not come out again.
  var logProbabilities: [Double] {
    let classes = Swift.max(exampleSize, 1)
    var result = scalars.map(Double.init)
    for start in stride(from: 0, to: result.count, by: classes) {
      let range = start..<start + classes
      let largest = result[range].max() ?? 0
      let sum = result[range].reduce(0) { $0 + exp($1 - largest) }
      for k in range { result[k] -= largest + log(sum) }
    }
    return result
  }
}

/// log of the mean of the probabilities whose logarithms are given.
func logMean(_ logarithms: [[Double]]) -> [Double] {
  guard let first = logarithms.first else { return [] }
  return first.indices.map { k in
    let largest = logarithms.reduce(-Double.infinity) { max($0, $1[k]) }
    guard largest.isFinite else { return largest }
    return largest + log(logarithms.reduce(0) { $0 + exp($1[k] - largest) } / Double(logarithms.count))
  }
}
