import Networks
import Testing

import Certification

@Suite(.enabled(if: hasCertificationFixtures()))
struct SlopeOptimizerTests {
  @Test func trial() throws {
    let (network, reference) = (try ReferenceNetwork(named: "mlp_relu").bounded(), try ReferenceBounds(named: "mlp_relu"))
    let region = try reference.region("Linf_0.1", of: 0)
    let functions = OutputFunctions(marginsOf: reference.labels[0], classCount: 10)
    for (steps, rate, layers) in [(0, 0.1, false), (40, 0.1, false), (200, 0.1, false), (40, 0.1, true), (40, 0.5, false)] {
      var method = AlphaCrown()
      (method.steps, method.rate, method.optimizesLayers) = (steps, rate, layers)
      print(steps, rate, layers, try method.leastValues(of: functions, network: network, region: region, workers: Workers(count: 2)).prefix(3))
    }
    let bounds = try NetworkBounds.backward(of: network, over: region, workers: Workers(count: 2))
    let end = network.network.outputIndex
    let rows = functions.rows
    let slopes = RowSlopes(bounds, before: end, count: rows.count)
    for node in slopes.layers.keys { for k in slopes.layers[node]!.slopes.indices { slopes.layers[node]!.slopes[k] = 0.4 } }
    let (values, coefficients) = BackwardPass(bounds, slopes: slopes).leastValues(of: rows, at: end)
    let inputs = bounds.replay(region.minimizers(of: coefficients), slopes, before: end)
    for node in slopes.layers.keys.sorted() {
      let layer = slopes.layers[node]!
      for k in stride(from: 0, to: layer.neurons.count, by: 7) {
        let neuron = layer.neurons[k]
        let a = slopes.coefficients[node]!.scalars[neuron]
        let gradient = a > 0 ? a * inputs[node]!.scalars[neuron] : 0
        let copy = RowSlopes(bounds, before: end, count: rows.count)
        copy.layers = slopes.layers
        copy.layers[node]!.slopes[k] += 1e-6
        let moved = BackwardPass(bounds, slopes: copy).leastValues(of: rows, at: end).bounds
        print(node, neuron, gradient, (moved[0] - values[0]) / 1e-6)
      }
    }
  }
}
