public import Networks

extension Tensor where Scalar == Double {
  /// Reproducible values: `((k · multiplier + 1) mod modulus − ⌊modulus / 2⌋) / 8` for scalar number k, exact in binary.
  public static func pattern(_ shape: Shape, multiplier: Int = 7, modulus: Int = 23) -> Tensor {
    let scalars = (0..<shape.count).map { Double(($0 * multiplier + 1) % modulus - modulus / 2) / 8 }
    return Tensor(shape: shape, scalars: scalars)
  }

  /// One example of one channel, from its rows.
  public static func image(_ rows: [[Double]]) -> Tensor {
    Tensor(shape: [1, 1, rows.count, rows[0].count], scalars: Array(rows.joined()))
  }
}

extension Network {
  /// An input of that shape and the operations one after the other, each named after its kind and number.
  public static func chain(_ operations: Operation..., from shape: Shape) throws -> Network {
    var network = try Network(inputShape: shape)
    for (index, operation) in operations.enumerated() {
      try network.append(operation, named: "\(operation.kindName)\(index + 1)")
    }
    return network
  }
}
