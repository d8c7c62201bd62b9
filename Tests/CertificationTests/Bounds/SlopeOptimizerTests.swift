import Certification
import Networks
import Testing

/// The derivatives that optimisation follows.
@Suite(.enabled(if: hasCertificationFixtures()))
struct SlopeOptimizerTests {
  /// A bound is piecewise linear in the slopes, so that a difference quotient is exact but for rounding, 1e-12 / 1e-6, where it
  /// meets no kink; a kink within 1e-6 is met by few.
  @Test func derivativesAreDifferenceQuotients() throws {
    let network = try ReferenceNetwork(named: "resnet").bounded()
    let reference = try ReferenceBounds(named: "resnet")
    let region = try reference.region("Linf_0.1", of: 0)
    let rows = OutputFunctions(marginsOf: reference.labels[0], classCount: 10).rows
    let bounds = try NetworkBounds.backward(of: network, over: region, workers: Workers(count: 2))
    let end = network.network.outputIndex
    let slopes = RowSlopes(bounds, before: end, count: rows.count)
    for (node, layer) in slopes.layers {
      slopes.layers[node]?.slopes = layer.slopes.indices.map { 0.3 + 0.001 * Double($0 % 301) }
    }
    let (values, coefficients) = BackwardPass(bounds, slopes: slopes).leastValues(of: rows, at: end)
    let inputs = bounds.replay(region.minimizers(of: coefficients), slopes, before: end)
    var (checked, off) = (0, 0)
    for (node, layer) in slopes.layers {
      let (a, x) = (try required(slopes.coefficients[node]), try required(inputs[node]))
      for place in stride(from: 0, to: layer.slopes.count, by: layer.slopes.count / 40 + 1) {
        let (row, neuron) = (place / layer.neurons.count, layer.neurons[place % layer.neurons.count])
        let coefficient = a.scalars[row * a.width + neuron]
        let derivative = coefficient > 0 ? coefficient * x.scalars[row * x.width + neuron] : 0
        let moved = RowSlopes(bounds, before: end, count: rows.count)
        moved.layers = slopes.layers
        moved.layers[node]?.slopes[place] += 1e-6
        let value = BackwardPass(bounds, slopes: moved).leastValues(of: rows, at: end).bounds[row]
        checked += 1
        if abs((value - values[row]) / 1e-6 - derivative) > 1e-6 { off += 1 }
      }
    }
    #expect(checked > 50)
    #expect(off <= checked / 50, "\(off) of \(checked) derivatives differ")
  }
}
