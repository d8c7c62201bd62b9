public import Hyperparameters
internal import Networks

/// Which neuron is decided next.
public enum Branching: String, CaseIterable, Codable, Sendable, HyperparameterType {
  /// The one whose relaxation seems to cost most, by the coefficients of the bound: Bunel et al., *Branch and bound for
  /// piecewise linear neural network verification*, arXiv 1909.06588.
  case babsr
  /// The best of some by that score, after bounds of both halves: De Palma et al., *Improved branch and bound for neural
  /// network verification via Lagrangian decomposition*, arXiv 2104.06718.
  case fsb
  /// The same with candidates by the constants of the relaxation, too: the default of α,β-CROWN.
  case kfsb
}

/// How much deciding a neuron may gain.
struct BranchingScore {
  let decision: RowSlopes.Decision
  /// Bunel et al.'s score.
  let estimate: Double
  /// What the upper line's constant costs alone.
  let intercept: Double
}

extension RowSlopes {
  /// The scores of the open neurons of one row, from the coefficients of its last pass.
  func scores(of row: Int, _ bounds: NetworkBounds) -> [BranchingScore] {
    var result: [BranchingScore] = []
    let decided = Set(decisions[row].map { Neuron(layer: $0.layer, neuron: $0.neuron) })
    for (node, layer) in layers {
      guard let coefficients = coefficients[node] else { continue }
      let source = bounds.network.network.nodes[node].inputs[0]
      let input = bounds.nodes[source]
      let constants = bounds.network.constants(of: source)
      let leaks = bounds.network.leaks(of: node) ?? { _ in 0 }
      for neuron in layer.neurons + layer.concave where !decided.contains(Neuron(layer: node, neuron: neuron)) {
        let a = coefficients.scalars[row * coefficients.width + neuron]
        let (l, u, leak) = (input.lower[neuron], input.upper[neuron], leaks(neuron))
        guard u > l, u.isFinite, l.isFinite else { continue }
        let share = u / (u - l)
        let intercept = min(a, 0) * -l * share * (1 - leak)
        let bias = constants?[neuron] ?? 0
        let gain = max(a * (share - 1) * bias, a * share * bias)
        result.append(
          BranchingScore(
            decision: Decision(layer: node, neuron: neuron, isPositive: true), estimate: abs(intercept + gain),
            intercept: -intercept))
      }
    }
    return result
  }

  private struct Neuron: Hashable {
    let layer: Int
    let neuron: Int
  }
}

extension BoundedNetwork {
  /// What the operation before a rectifier adds.
  fileprivate func constants(of node: Int) -> [Double]? {
    guard case .affine(let step) = steps[node] else { return nil }
    return step.constants
  }
}

extension Branching {
  /// The neurons whose halves are to be tried; one alone where the score decides.
  ///
  /// - Parameters:
  ///   - scores: The scores of the open neurons.
  ///   - count: How many candidates each score may name.
  /// - Returns: Candidates, the best by its score first. Ties are broken by the order of nodes and neurons.
  func candidates(_ scores: [BranchingScore], count: Int) -> [RowSlopes.Decision] {
    func best(_ score: (BranchingScore) -> Double, _ count: Int) -> [RowSlopes.Decision] {
      scores.sorted {
        let (a, b) = (score($0), score($1))
        if a != b { return a > b }
        return ($0.decision.layer, $0.decision.neuron) < ($1.decision.layer, $1.decision.neuron)
      }.prefix(count).map(\.decision)
    }
    switch self {
    case .babsr: return best(\.estimate, 1)
    case .fsb: return best(\.estimate, count)
    case .kfsb:
      let first = best(\.estimate, count)
      return first + best(\.intercept, count).filter { !first.contains($0) }
    }
  }
}
