import Glibc
import Networks

/// The exact range of every softmax value where logit i lies in interval i, rounded outward.
///
/// With `d = log Σ_{j≠i} exp(z_j) − z_i` value i is the logistic function of −d: it falls with every other logit and
/// grows with its own, so that the ranges are attained at corners.
package func softmaxRanges(_ logits: [Interval]) -> [Interval] {
  let sigmoid = ActivationShape(.sigmoid)
  return lags(logits).map { sigmoid.range(on: Interval(-$0.upper, -$0.lower)) }
}

/// The exact range of the logarithm of every softmax value, rounded outward: minus the softplus of `d` above.
package func logSoftmaxRanges(_ logits: [Interval]) -> [Interval] {
  let softplus = ActivationShape(.softplus)
  return lags(logits).map { lag in
    let range = softplus.range(on: lag)
    return Interval(-range.upper, -range.lower)
  }
}

/// By how much every logit lags behind the logarithm of the sum of the others' exponentials.
private func lags(_ logits: [Interval]) -> [Interval] {
  guard logits.allSatisfy({ $0.lower.isFinite && $0.upper.isFinite }) else {
    return logits.map { _ in Interval(-.infinity, .infinity) }
  }
  let least = logarithmsOfOtherSums(logits.map(\.lower)).map(\.lower)
  let largest = logarithmsOfOtherSums(logits.map(\.upper)).map(\.upper)
  return logits.indices.map { place in
    Interval((least[place] - logits[place].upper).nextDown, (largest[place] - logits[place].lower).nextUp)
  }
}

/// Bounds on `log Σ_{j≠i} exp(z_j)` for every i.
///
/// The sums without one term are sums of what comes before and after it: to take the term off again would cancel.
private func logarithmsOfOtherSums(_ logits: [Double]) -> [Interval] {
  let (shift, count) = (logits.max() ?? 0, logits.count)
  let terms = logits.map { logit in
    // The rounded difference is the argument: its relative error is one of the exponential times its size.
    Approximation(exp(logit - shift), condition: 1 + (shift - logit) * 0x1p-6)
  }
  // One rounding for each term of a sum of numbers that are not negative.
  let growth = Double(count + 2) * 0x1p-52
  func others(_ terms: [Double], rounding: Double) -> [Double] {
    var before = Array(repeating: 0.0, count: count + 1)
    var after = before
    for place in 0..<count { before[place + 1] = before[place] + terms[place] }
    for place in (0..<count).reversed() { after[place] = after[place + 1] + terms[place] }
    return (0..<count).map { log((before[$0] + after[$0 + 1]) * rounding) }
  }
  let least = others(terms.map { max($0.lower, 0) }, rounding: 1 - growth)
  let largest = others(terms.map(\.upper), rounding: 1 + growth)
  func shifted(_ logarithm: Double) -> Approximation {
    Approximation(shift + logarithm, magnitude: abs(logarithm) + 0x1p-6 * abs(shift))
  }
  return zip(least, largest).map { Interval(shifted($0).lower, shifted($1).upper) }
}
