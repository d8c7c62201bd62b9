import Networks
import Reference

/// Interval bounds of the logits' margins in the plainest way: every affine operation as the matrix that the oracle
/// shows, column by column, and its absolute values. Shares nothing with `IntervalNetwork` but the graph.
struct PlainIntervals {
  let network: Network
  let parameters: ParameterSet<Double>

  typealias Bounds = (lower: [Double], upper: [Double])

  /// The bounds of every node over the box of radius ε around an image in pixels from 0 to 1.
  func bounds(around image: [Double], radius: Double) throws -> [Bounds] {
    var bounds: [Bounds] = [(image.map { max($0 - radius, 0) }, image.map { min($0 + radius, 1) })]
    for index in network.nodes.indices.dropFirst() {
      bounds.append(try output(of: index, from: network.nodes[index].inputs.map { bounds[$0] }))
    }
    return bounds
  }

  /// m[i, j] at K i + j.
  func margins(around image: [Double], radius: Double) throws -> [Double] {
    let bounds = try bounds(around: image, radius: radius)
    let classes = try network.classCount()
    let output = network.nodes[network.outputIndex]
    guard case .dense = output.operation, let weight = parameters[output.name, .weight]?.scalars,
      let bias = parameters[output.name, .bias]?.scalars
    else {
      let (lower, upper) = bounds[network.outputIndex]
      return (0..<classes * classes).map { row in
        let (first, second) = (row / classes, row % classes)
        return first == second ? 0 : lower[first] - upper[second]
      }
    }
    let (lower, upper) = bounds[output.inputs[0]]
    return (0..<classes * classes).map { row in
      let (first, second) = (row / classes, row % classes)
      return lower.indices.reduce(bias[first] - bias[second]) { sum, place in
        let slope = weight[first * lower.count + place] - weight[second * lower.count + place]
        return sum + slope * (slope > 0 ? lower[place] : upper[place])
      }
    }
  }

  private func output(of index: Int, from inputs: [Bounds]) throws -> Bounds {
    switch network.nodes[index].operation {
    case .activation, .add, .concatenate, .flatten: return try ends(of: index, inputs)
    case .pooling(let payload) where payload.kind == .max: return try ends(of: index, inputs)
    default: return try affine(index, inputs[0])
    }
  }

  private func ends(of index: Int, _ inputs: [Bounds]) throws -> Bounds {
    (try apply(index, to: inputs.map { $0.lower }), try apply(index, to: inputs.map { $0.upper }))
  }

  private func affine(_ index: Int, _ bounds: Bounds) throws -> Bounds {
    let size = bounds.lower.count
    let constant = try apply(index, to: [Array(repeating: 0, count: size)])
    var (lower, upper) = (constant, constant)
    for place in 0..<size {
      var unit = Array(repeating: 0.0, count: size)
      unit[place] = 1
      for (row, value) in try apply(index, to: [unit]).enumerated() {
        let slope = value - constant[row]
        lower[row] += slope * (slope > 0 ? bounds.lower[place] : bounds.upper[place])
        upper[row] += slope * (slope > 0 ? bounds.upper[place] : bounds.lower[place])
      }
    }
    return (lower, upper)
  }

  /// One operation of one example, by the oracle: its inputs are cut from one vector.
  private func apply(_ index: Int, to inputs: [[Double]]) throws -> [Double] {
    let node = network.nodes[index]
    let shapes = network.inputShapes(of: index)
    guard inputs.count == 1 else {
      if case .add = node.operation {
        return inputs.dropFirst().reduce(inputs[0]) { zip($0, $1).map { $0 + $1 } }
      }
      // The cases join along the channels, the outermost axis.
      return inputs.flatMap { $0 }
    }
    var single = try Network(inputShape: shapes[0])
    try single.append(node.operation, named: node.name)
    let own = parameters.tensors.filter { $0.key.node == node.name }
    return try ReferenceModel(network: single, parameters: ParameterSet(own))
      .logits(of: Tensor(shape: shapes[0].batched(1), scalars: inputs[0])).scalars
  }
}
