import Networks
import Reference
import Testing

/// Affine operations as linear maps and constants, against the oracle's evaluation of the nodes.
@Suite struct AffineOperationTests {
  /// The names of operations that are affine in one of their forms at least.
  static let kinds: Set<String> = [
    "convolution", "transposedConvolution", "dense", "pooling", "globalPooling", "flatten", "reshape", "permute",
    "zeroPadding", "cropping", "upsampling", "batchNormalization", "affine", "dropout", "add", "concatenate",
  ]

  @Test func everyAffineNodeOfTheCatalogueIsItsMaps() throws {
    var found: Set<String> = []
    for (name, network) in try GradientCheck.catalogue() {
      let (parameters, images) = GradientCheck.point(for: network, exampleCount: 2, seed: 1)
      let model = try ReferenceModel(network: network, parameters: parameters.double)
      let outputs = model.activations(of: images.double, mode: .inference)
      for (index, node) in network.nodes.enumerated() {
        guard let operation = try network.affineOperation(of: index, parameters) else { continue }
        found.insert(node.operation.kindName)
        let worst = excess(of: operation, inputs: node.inputs.map { outputs[$0] }, output: outputs[index])
        #expect(worst <= 1, "\(name), \(node.name): \(worst) of what rounding allows")
      }
    }
    #expect(found == Self.kinds)
  }

  /// The largest difference as a share of what may be. Both sides round every product and sum, n of them with the constant
  /// and the maps' sums: twice γ_n of the sizes of all terms; then come the errors that the operation itself states.
  private func excess(of operation: AffineOperation, inputs: [Tensor<Double>], output: Tensor<Double>) -> Double {
    let count = output.exampleSize
    let constants = operation.constants ?? [Double](repeating: 0, count: count)
    let errors = operation.constantErrors ?? [Double](repeating: 0, count: count)
    let terms = operation.maps.reduce(2) { $0 + $1.termCount + 1 }
    let gamma = Double(2 * terms) * .roundoff / (1 - Double(2 * terms) * .roundoff)
    var sums = [Double](repeating: 0, count: output.scalars.count)
    var allowed = sums
    for place in sums.indices {
      sums[place] = constants[place % count]
      allowed[place] = gamma * abs(constants[place % count]) + errors[place % count]
    }
    for (map, input) in zip(operation.maps, inputs) {
      let kernel = ReferenceKernels().kernel(for: map)
      let values = applied(input.scalars, to: sums.count) { kernel.apply(to: $0, rows: input.exampleCount, into: $1) }
      let sizes = applied(input.scalars.map(abs), to: sums.count) {
        kernel.applyAbsolute(to: $0, rows: input.exampleCount, into: $1)
      }
      for place in sums.indices {
        sums[place] += values[place]
        allowed[place] += (gamma + map.relativeError) * sizes[place]
      }
    }
    return sums.indices.reduce(0) { worst, place in
      let difference = abs(sums[place] - output.scalars[place])
      return difference == 0 ? worst : max(worst, difference / allowed[place])
    }
  }

  private func applied(
    _ values: [Double], to count: Int,
    _ body: (UnsafeBufferPointer<Double>, UnsafeMutableBufferPointer<Double>) -> Void
  ) -> [Double] {
    var result = [Double](repeating: .nan, count: count)
    result.withUnsafeMutableBufferPointer { result in values.withUnsafeBufferPointer { body($0, result) } }
    return result
  }

  /// No sum may have more terms than the map says: bounds on rounding rest on that.
  @Test func sumsHaveNoMoreTermsThanStated() throws {
    for (name, network) in try GradientCheck.catalogue() {
      let (parameters, _) = GradientCheck.point(for: network, exampleCount: 1, seed: 1)
      for index in network.nodes.indices {
        for map in try network.affineOperation(of: index, parameters)?.maps ?? [] {
          let (rows, columns) = (map.output.count, map.input.count)
          var matrix = [Double](repeating: .nan, count: rows * columns)
          matrix.withUnsafeMutableBufferPointer {
            ReferenceKernels().kernel(for: map).copyRows(Array(0..<rows), into: $0)
          }
          var (perRow, perColumn) = ([Int](repeating: 0, count: rows), [Int](repeating: 0, count: columns))
          for place in matrix.indices where matrix[place] != 0 {
            perRow[place / columns] += 1
            perColumn[place % columns] += 1
          }
          #expect(perRow.allSatisfy { $0 <= map.termCount }, "\(name), \(network.nodes[index].name)")
          #expect(perColumn.allSatisfy { $0 <= map.transposedTermCount }, "\(name), \(network.nodes[index].name)")
        }
      }
    }
  }
}
