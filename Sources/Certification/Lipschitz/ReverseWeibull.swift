import Glibc

/// The distribution of large maxima of a quantity that is bounded: F(x) = exp(−((a − x)/b)ᶜ) below its end a.
package struct ReverseWeibull: Hashable, Sendable {
  /// a, beyond which nothing lies.
  package let end: Double
  /// b.
  package let scale: Double
  /// c.
  package let shape: Double

  /// The distribution under which some maxima are most likely, at a loss of c²/100 of the logarithm; their common value as
  /// the end where they are all equal. The loss is that of the CLEVER authors' program (IBM/CLEVER-Robustness-Score): without
  /// it, maxima whose upper tail is long are likeliest for a shape without limit and an end that lies as far away.
  ///
  /// For every end the other two have one optimum; the end is sought from a millionth to a thousand times the spread of the
  /// maxima beyond the largest. Shapes below 1 are left out, for which the likelihood grows beyond all bounds as the end
  /// nears the largest.
  ///
  /// - Precondition: there is at least one, and all are finite.
  package init(fitting maxima: [Double]) {
    let (least, largest) = (maxima.min() ?? 0, maxima.max() ?? 0)
    // Spread that rounding to single precision alone explains is none.
    guard largest - least > 1e-6 * abs(largest) else {
      (end, scale, shape) = (largest, 0, 1)
      return
    }
    let fit = { (logarithm: Double) in Fit(maxima, end: largest + (largest - least) * exp(logarithm)) }
    let grid = stride(from: log(1e-6), through: log(1e3), by: 0.25).map { ($0, fit($0).likelihood) }
    let best = grid.max { $0.1 < $1.1 }?.0 ?? 0
    // Golden section between the neighbours of the best.
    var (low, high) = (best - 0.25, best + 0.25)
    let ratio = (5.0.squareRoot() - 1) / 2
    while high - low > 1e-6 {
      let (first, second) = (high - ratio * (high - low), low + ratio * (high - low))
      if fit(first).likelihood > fit(second).likelihood { high = second } else { low = first }
    }
    let found = fit((low + high) / 2)
    (end, scale, shape) = (found.end, found.scale, found.shape)
  }
}

/// The most likely shape of at least 1, and scale, for one end.
private struct Fit {
  /// What the square of the shape costs.
  private static let shapeLoss = 0.01

  let end: Double
  let scale: Double
  let shape: Double
  let likelihood: Double

  init(_ maxima: [Double], end: Double) {
    let distances = maxima.map { end - $0 }
    let farthest = distances.max() ?? 1
    let logarithms = distances.map { log($0 / farthest) }
    let count = Double(maxima.count)
    let mean = logarithms.reduce(0, +) / count
    // Σyᶜ·log y/Σyᶜ − 1/c grows with the shape c, and so does the loss's derivative; at the optimum they are the mean of log y.
    let isTooSmall = { (shape: Double) in
      let powers = logarithms.map { exp(shape * $0) }
      let weighted = zip(powers, logarithms).reduce(0) { $0 + $1.0 * $1.1 }
      return weighted / powers.reduce(0, +) - 1 / shape + 2 * Self.shapeLoss * shape / count < mean
    }
    var (low, high) = (1.0, 1e6)
    if isTooSmall(low) {
      while high - low > 1e-10 * high {
        let middle = (low * high).squareRoot()
        if isTooSmall(middle) { low = middle } else { high = middle }
      }
    }
    let shape = low
    let logScale = log(logarithms.reduce(0) { $0 + exp(shape * $1) } / count) / shape
    (self.end, self.shape, scale) = (end, shape, farthest * exp(logScale))
    // In units of the farthest distance, and back.
    likelihood =
      count * (log(shape) - shape * logScale + (shape - 1) * mean - 1 - log(farthest)) - Self.shapeLoss * shape * shape
  }
}
