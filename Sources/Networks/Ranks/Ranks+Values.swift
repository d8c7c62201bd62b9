extension Ranks {
  /// The values that every rank gives, in the order of the ranks.
  public func gather<Value: BitwiseCopyable>(values: [Value]) throws -> [[Value]] {
    guard !isAlone else { return [values] }
    return try gather(bytes(of: values)).map(self.values)
  }

  /// The values that every rank gives to this one, in the order of the ranks.
  public func exchange<Value: BitwiseCopyable>(values parts: [[Value]]) throws -> [[Value]] {
    guard !isAlone else { return parts }
    return try exchange(parts.map(bytes)).map(values)
  }

  /// The values of the first rank.
  public func first<Value: BitwiseCopyable>(_ values: [Value]) throws -> [Value] {
    try gather(values: isFirst ? values : [])[0]
  }

  /// Whether it holds on any rank.
  public func holdsAnywhere(_ holds: Bool) throws -> Bool { try gather(values: [holds]).contains([true]) }

  /// The rows that every rank has, in the order of the ranks.
  public func joined(_ rows: Tensor<Float>) throws -> Tensor<Float> {
    guard !isAlone else { return rows }
    let parts = try gather(values: rows.scalars)
    let scalars = Array(parts.joined())
    return Tensor(shape: rows.shape.example.batched(scalars.count / max(rows.shape.example.count, 1)), scalars: scalars)
  }

  private func bytes<Value: BitwiseCopyable>(of values: [Value]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }

  private func values<Value: BitwiseCopyable>(of bytes: [UInt8]) -> [Value] {
    let stride = MemoryLayout<Value>.stride
    return Array(unsafeUninitializedCapacity: bytes.count / stride) { values, count in
      count = bytes.count / stride
      bytes.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(values).copyMemory(from: .init(rebasing: $0[..<(count * stride)]))
      }
    }
  }
}
