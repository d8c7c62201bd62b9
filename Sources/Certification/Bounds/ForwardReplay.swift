internal import Networks

extension NetworkBounds {
  /// The values at the inputs of the rectifiers where each row of the last backward pass takes its least value.
  ///
  /// The linear function that a row became at the image is the composition of the lines that its coefficients chose. At the
  /// point where it is least, these lines give every node a value; the value v at a rectifier's input is the derivative of
  /// the bound: with respect to a slope whose line was chosen a · v, to the multiplier of z ≥ 0 −v.
  ///
  /// - Parameters:
  ///   - points: The point of each row, from `InputRegion.minimizers`.
  ///   - slopes: The slopes of that pass, with the coefficients that it found.
  ///   - end: The node where the pass began; later ones are left out.
  /// - Returns: For each rectifier with open neurons the values at its input.
  package func replay(_ points: Rows, _ slopes: RowSlopes, before end: Int) -> [Int: Rows] {
    var result: [Int: Rows] = [:]
    var values: [Int: Rows] = [0: points]
    let graph = network.network
    let lastReads = graph.lastReads
    for node in 1..<end {
      let inputs = graph.nodes[node].inputs.compactMap { values[$0] }
      guard inputs.count == graph.nodes[node].inputs.count else { continue }
      switch network.steps[node] {
      case .input: continue
      case .affine(let step): values[node] = step.apply(inputs, width: network.width(of: node))
      case .elementwise, .maximum, .product, .softmax, .normalization:
        guard let coefficients = slopes.coefficients[node], let relaxation = relaxations[node] else { continue }
        if slopes.layers[node] != nil { result[node] = inputs[0] }
        values[node] = replay(node, relaxation, coefficients, inputs, slopes)
      }
      for unread in lastReads[node] { values[unread] = nil }
    }
    return result
  }

  private func replay(
    _ node: Int, _ relaxation: NodeRelaxation, _ coefficients: Rows, _ inputs: [Rows], _ slopes: RowSlopes
  ) -> Rows {
    var values = Rows(count: coefficients.count, width: coefficients.width)
    values.forEachMutableRow { row, values in
      coefficients.withUnsafeScalars { coefficients in
        let own = UnsafeBufferPointer(rebasing: coefficients[row * values.count..<(row + 1) * values.count])
        fill(values, relaxation, own, row, inputs)
      }
    }
    if let layer = slopes.layers[node] { correct(&values, layer, node, coefficients, inputs[0], slopes) }
    return values
  }

  /// The values by the relaxation that all rows share.
  private func fill(
    _ values: UnsafeMutableBufferPointer<Double>, _ relaxation: NodeRelaxation,
    _ coefficients: UnsafeBufferPointer<Double>, _ row: Int, _ inputs: [Rows]
  ) {
    inputs[0].withUnsafeScalars { all in
      let x = UnsafeBufferPointer(rebasing: all[row * inputs[0].width..<(row + 1) * inputs[0].width])
      for place in values.indices {
        let isPositive = coefficients[place] > 0
        let constant = isPositive ? relaxation.positive[place] : relaxation.negative[place]
        switch relaxation.kind {
        case .lines(let lines):
          values[place] = (isPositive ? lines.lowerSlope[place] : lines.upperSlope[place]) * x[place] + constant
        case .selection(let selection):
          let source = Int(isPositive ? selection.below[place] : selection.above[place])
          values[place] = source < 0 ? constant : x[source]
        case .planes(let planes):
          let y = inputs[1]
          let (areaX, areaY) = (values.count / x.count, values.count / y.width)
          let other = y.scalars[row * y.width + place / areaY]
          values[place] =
            (isPositive ? planes.lowerX[place] : planes.upperX[place]) * x[place / areaX]
            + (isPositive ? planes.lowerY[place] : planes.upperY[place]) * other + constant
        case .constants: values[place] = constant
        }
      }
    }
  }

  /// The values where rows have slopes of their own.
  private func correct(
    _ values: inout Rows, _ layer: RowSlopes.Layer, _ node: Int, _ coefficients: Rows, _ input: Rows,
    _ slopes: RowSlopes
  ) {
    let leaks = network.leaks(of: node) ?? { _ in 0 }
    values.forEachMutableRow { row, values in
      for (place, neuron) in layer.neurons.enumerated() where coefficients.scalars[row * values.count + neuron] > 0 {
        values[neuron] = layer.slopes[row * layer.neurons.count + place] * input.scalars[row * values.count + neuron]
      }
      for decision in slopes.decisions[row] where decision.layer == node {
        let x = input.scalars[row * values.count + decision.neuron]
        values[decision.neuron] = decision.isPositive ? x : leaks(decision.neuron) * x
      }
    }
  }
}

extension AffineStep {
  /// The values of the operation for rows of inputs.
  func apply(_ inputs: [Rows], width: Int) -> Rows {
    var result = products(inputs, width: width)
    guard let constants else { return result }
    result.forEachMutableRow { _, values in
      for place in values.indices { values[place] += constants[place] }
    }
    return result
  }
}
