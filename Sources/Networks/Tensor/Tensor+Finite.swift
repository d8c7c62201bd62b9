extension Tensor<Float> {
  /// Whether no scalar is NaN or infinite.
  package var isFinite: Bool { withUnsafeScalars(\.areFinite) }
}

extension UnsafeBufferPointer<Float> {
  /// Whether no scalar is NaN or infinite.
  ///
  /// NaN and infinity times 0 are NaN, everything else is 0: written for vectors, because the loop over single scalars
  /// takes several times as long.
  package var areFinite: Bool {
    let bytes = UnsafeRawBufferPointer(self)
    let stride = MemoryLayout<SIMD16<Float>>.stride
    var sum = SIMD16<Float>.zero
    for offset in Swift.stride(from: 0, through: bytes.count - stride, by: stride) {
      sum += bytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self) * 0
    }
    return sum == .zero && suffix(count % SIMD16<Float>.scalarCount).allSatisfy(\.isFinite)
  }
}
