package import Networks

/// A tensor to be written, with its dotted name.
package struct NamedTensor {
  /// What is written.
  package enum Values {
    /// Weights.
    case floats(Tensor<Float>)
    /// One whole number, such as how many batches a normalisation has seen.
    case counter(Int64)
  }

  package let name: String
  package let values: Values

  package init(name: String, values: Values) { (self.name, self.values) = (name, values) }

  var isCounter: Bool {
    if case .counter = values { true } else { false }
  }

  var extents: [Int] {
    switch values {
    case .floats(let tensor): tensor.shape.extents
    case .counter: []
    }
  }

  /// The scalars as files of tensors hold them: single precision, or 64 bits.
  var littleEndianBytes: [UInt8] {
    switch values {
    case .floats(let tensor): tensor.withUnsafeScalars { Array(UnsafeRawBufferPointer($0)) }
    case .counter(let value): withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
  }
}
