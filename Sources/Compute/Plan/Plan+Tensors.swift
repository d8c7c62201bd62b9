internal import Networks

/// Tensors in and out of a plan, whole ranges of examples at a time.
extension Plan {
  func load(_ images: Tensor<Float>, _ range: Range<Int>) {
    let size = images.exampleSize
    memory.count = range.count
    let input = memory.floats(input)
    images.withUnsafeScalars { images in
      guard let base = images.baseAddress else { return }
      input.update(from: base + range.lowerBound * size, count: range.count * size)
    }
    (input + range.count * size).update(repeating: 0, count: (batch - range.count) * size)
  }

  func logits(_ count: Int, shape: Shape) -> Tensor<Float> {
    let scalars = UnsafeBufferPointer(start: memory.floats(logits.buffer), count: count * shape.count)
    return Tensor(shape: shape.batched(count), scalars: Array(scalars))
  }

  func loadCotangent(_ gradient: Tensor<Float>) {
    guard let cotangent else { return }
    let target = memory.floats(cotangent)
    gradient.withUnsafeScalars { scalars in
      guard let base = scalars.baseAddress else { return }
      target.update(from: base, count: scalars.count)
    }
    (target + gradient.scalars.count).update(
      repeating: 0, count: (batch - gradient.exampleCount) * gradient.exampleSize)
  }

  func storeLogits(into tensor: inout Tensor<Float>, _ range: Range<Int>) {
    store(logits.buffer, into: &tensor, range)
  }

  func storeInputGradient(into tensor: inout Tensor<Float>, _ range: Range<Int>) {
    if let inputGradient { store(inputGradient, into: &tensor, range) }
  }

  /// Copies the examples of a row-major buffer to their range of a tensor.
  private func store(_ buffer: Buffer, into tensor: inout Tensor<Float>, _ range: Range<Int>) {
    let size = tensor.exampleSize
    let source = memory.floats(buffer)
    tensor.withUnsafeMutableScalars { scalars in
      guard let base = scalars.baseAddress else { return }
      (base + range.lowerBound * size).update(from: source, count: range.count * size)
    }
  }
}
