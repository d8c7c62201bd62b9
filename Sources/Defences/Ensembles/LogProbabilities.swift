import Glibc
import Networks

extension Tensor<Float> {
  /// log softmax of every row, in double precision.
  var logProbabilities: [Double] { logSoftmax(scalars.map(Double.init), classes: exampleSize) }
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
