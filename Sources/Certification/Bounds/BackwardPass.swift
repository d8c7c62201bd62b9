internal import Networks

/// Linear functions of a node taken back to the input: CROWN's backward bound, DeepPoly's back-substitution.
///
/// Zhang, Weng, Chen, Hsieh and Daniel, *Efficient neural network robustness certification with general activation
/// functions*, arXiv 1811.00866; Singh, Gehr, Püschel and Vechev, *An abstract domain for certifying neural networks*,
/// POPL 2019. With coefficients a of a node's output z and z ≥ lower line where a ≥ 0, z ≤ upper line where a < 0, the
/// function of the node's input is below that of its output; so on to the image, where the least value over the region
/// is known.
package struct BackwardPass: Sendable {
  package let bounds: NetworkBounds
  /// Lines of each row's own instead of those of the bounds.
  package var slopes: (any RowRelaxation)?

  package init(_ bounds: NetworkBounds, slopes: (any RowRelaxation)? = nil) {
    self.bounds = bounds
    self.slopes = slopes
  }

  private var network: BoundedNetwork { bounds.network }

  /// Lower bounds of linear functions of a node's scalars over the region.
  ///
  /// - Parameters:
  ///   - rows: The functions' coefficients.
  ///   - node: The node.
  /// - Returns: A bound for each row, and the coefficients of the image that led to it.
  package func leastValues(of rows: Rows, at node: Int) -> (bounds: [Double], coefficients: Rows) {
    var state = Propagation(self, count: rows.count, from: node)
    state.traversal.start(from: rows, at: node)
    return state.finish(self)
  }

  /// Lower bounds of some of a node's scalars and of their negatives, in this order.
  package func leastValues(ofScalars indices: [Int], at node: Int) -> (bounds: [Double], coefficients: Rows) {
    var state = Propagation(self, count: 2 * indices.count, from: node)
    if case .affine(let step) = network.steps[node], step.kernels.count == 1, let kernel = step.kernels[0] {
      state.start(step, kernel, indices, at: node, self)
    } else {
      state.traversal.start(from: Rows(unitsAt: indices, width: network.width(of: node)).withNegatives(), at: node)
    }
    return state.finish(self)
  }

  /// One pass under way.
  private struct Propagation {
    var traversal: Backpropagation<Rows>
    var sums: [Double]

    init(_ pass: BackwardPass, count: Int, from node: Int) {
      traversal = Backpropagation(through: pass.network.network, to: .images)
      sums = [Double](repeating: 0, count: count)
    }

    /// Starts behind an affine operation, with rows of its matrix instead of products with unit rows.
    mutating func start(
      _ step: AffineStep, _ kernel: any LinearKernel, _ indices: [Int], at node: Int, _ pass: BackwardPass
    ) {
      let (network, errors) = (pass.network, pass.bounds.nodes[node].error)
      for (row, index) in indices.enumerated() {
        let constant = step.constants?[index] ?? 0
        sums[row] = constant - errors[index]
        sums[indices.count + row] = -constant - errors[index]
      }
      let rows = Rows(count: indices.count, width: network.width(of: network.network.nodes[node].inputs[0])) {
        kernel.copyRows(indices, into: $0)
      }
      traversal.start(at: node)
      traversal.contribute(rows.withNegatives(), to: 0, of: node)
    }

    /// Takes off what coefficients can lose where they underflow.
    mutating func lose(_ loss: Double) {
      for row in sums.indices { sums[row] -= loss }
    }

    mutating func finish(_ pass: BackwardPass) -> (bounds: [Double], coefficients: Rows) {
      let network = pass.network
      while let (node, gradient) = traversal.next(adding: { _, a, b in a.sum(with: b) }) {
        var rows = gradient
        switch network.steps[node] {
        case .input:
          let least = pass.bounds.region.leastValues(of: rows, added: sums, pass.bounds)
          return (least, rows)
        case .affine(let step): pass.apply(step, at: node, rows, &traversal, &sums)
        case .elementwise, .maximum, .product, .softmax, .normalization:
          if let slopes = pass.slopes, slopes.relax(node, &rows, &sums, pass.bounds) {
            traversal.contribute(rows, to: 0, of: node)
          } else if let relaxation = pass.bounds.relaxations[node] {
            pass.apply(relaxation, at: node, rows, &self)
          }
        }
      }
      // No line depends on the image.
      let width = network.width(of: 0)
      return (
        sums.map { ($0 - Rounding.underflow).nextDown.asLowerBound }, Rows(count: sums.count, width: width)
      )
    }
  }

  /// Takes functions of an affine node's output back to its inputs.
  func apply(
    _ step: AffineStep, at node: Int, _ rows: Rows, _ traversal: inout Backpropagation<Rows>, _ sums: inout [Double]
  ) {
    let errors = bounds.nodes[node].error
    var (positive, negative) = (errors.map { -$0 }, errors)
    if let constants = step.constants {
      for place in constants.indices {
        positive[place] += constants[place]
        negative[place] += constants[place]
      }
    }
    network.addLeastValues(of: rows, positive, negative, to: &sums)
    // Coefficients that underflow.
    for row in sums.indices { sums[row] -= bounds.nodes[node].loss }
    network.takeBack(rows, through: step, of: node, &traversal)
  }

  private func apply(_ relaxation: NodeRelaxation, at node: Int, _ rows: Rows, _ state: inout Propagation) {
    network.addLeastValues(of: rows, relaxation.positive, relaxation.negative, to: &state.sums)
    state.lose(relaxation.loss)
    let inputs = network.network.nodes[node].inputs
    switch relaxation.kind {
    case .lines(let lines):
      var rows = rows
      network.scale(&rows, positive: lines.lowerSlope, negative: lines.upperSlope)
      state.traversal.contribute(rows, to: 0, of: node)
    case .selection(let selection):
      state.traversal.contribute(selection.apply(rows, width: network.width(of: inputs[0])), to: 0, of: node)
    case .planes(let planes):
      let x = planes.apply(rows, planes.lowerX, planes.upperX, width: network.width(of: inputs[0]))
      let y = planes.apply(rows, planes.lowerY, planes.upperY, width: network.width(of: inputs[1]))
      state.traversal.contribute(x, to: 0, of: node)
      state.traversal.contribute(y, to: 1, of: node)
    case .constants: return
    }
  }
}

/// Lines that differ from row to row.
package protocol RowRelaxation: Sendable {
  /// Takes rows of coefficients of a node's output to those of its input, and adds constants to the sums; false where
  /// the node has no lines of the rows' own.
  func relax(_ node: Int, _ rows: inout Rows, _ sums: inout [Double], _ bounds: NetworkBounds) -> Bool
}

extension BoundedNetwork {
  /// Takes coefficients of an affine node's output back to its inputs: `Wᵀ a`.
  func takeBack(
    _ rows: Rows, through step: AffineStep, of node: Int, _ traversal: inout Backpropagation<Rows>
  ) {
    for (position, kernel) in step.kernels.enumerated() {
      guard let kernel else {
        traversal.contribute(rows, to: position, of: node)
        continue
      }
      let width = width(of: network.nodes[node].inputs[position])
      let inputs = Rows(count: rows.count, width: width) { result in
        rows.withUnsafeScalars { kernel.applyTransposed(to: $0, rows: rows.count, into: result) }
      }
      traversal.contribute(inputs, to: position, of: node)
    }
  }

  func addLeastValues(of rows: Rows, _ positive: [Double], _ negative: [Double], to sums: inout [Double]) {
    rows.withUnsafeScalars { rows in
      positive.withUnsafeBufferPointer { positive in
        negative.withUnsafeBufferPointer { negative in
          sums.withUnsafeMutableBufferPointer {
            kernels.addLeastValues(ofRows: rows, lower: positive, upper: negative, to: $0)
          }
        }
      }
    }
  }

  func scale(_ rows: inout Rows, positive: [Double], negative: [Double]) {
    rows.withUnsafeMutableScalars { rows in
      positive.withUnsafeBufferPointer { positive in
        negative.withUnsafeBufferPointer { kernels.scale(rows: rows, positive: positive, negative: $0) }
      }
    }
  }
}

extension MaximumSelection {
  fileprivate func apply(_ rows: Rows, width: Int) -> Rows {
    var result = Rows(count: rows.count, width: width)
    result.forEachMutableRow { row, inputs in
      rows.withUnsafeScalars { outputs in
        for place in below.indices {
          let coefficient = outputs[row * rows.width + place]
          let source = coefficient > 0 ? below[place] : above[place]
          if source >= 0 { inputs[Int(source)] += coefficient }
        }
      }
    }
    return result
  }
}

extension PlaneArrays {
  fileprivate func apply(_ rows: Rows, _ lower: [Double], _ upper: [Double], width: Int) -> Rows {
    var result = Rows(count: rows.count, width: width)
    let area = rows.width / width
    result.forEachMutableRow { row, inputs in
      rows.withUnsafeScalars { outputs in
        for place in lower.indices {
          let coefficient = outputs[row * rows.width + place]
          inputs[place / area] += coefficient * (coefficient > 0 ? lower[place] : upper[place])
        }
      }
    }
    return result
  }
}
