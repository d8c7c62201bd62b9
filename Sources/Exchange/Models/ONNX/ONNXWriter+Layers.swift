import Networks

/// Convolutions and poolings.
extension ONNXWriter {
  mutating func convolution(_ payload: Convolution) {
    append(
      "Conv", [input] + parameters(.weight, .bias),
      [
        ("dilations", payload.dilation.attribute), ("group", .int(payload.groups)),
        ("kernel_shape", payload.kernel.attribute), ("pads", payload.padding.attribute),
        ("strides", payload.stride.attribute),
      ])
  }

  mutating func transposedConvolution(_ given: TransposedConvolution) {
    let payload = given.withShortOutputPadding
    let weight = parameter(.weight) { $0.growing(to: payload.kernel) }
    append(
      "ConvTranspose", [input, weight, parameter(.bias)].compactMap(\.self),
      [
        ("dilations", payload.dilation.attribute), ("group", .int(payload.groups)),
        ("kernel_shape", payload.kernel.attribute), ("output_padding", payload.outputPadding.attribute),
        ("pads", payload.padding.attribute), ("strides", payload.stride.attribute),
      ])
  }

  /// Windows that hang over are given room by padding, and never by `ceil_mode`: up to operator set 18 its rule was
  /// another one than PyTorch's, runtimes differ in it, and so they do in the divisor of a mean over such a window.
  mutating func pooling(_ payload: Pooling) {
    let overhang = payload.overhang(of: inputShape, output: node.shape)
    let padding = payload.padding + overhang
    switch payload.kind {
    case .max: append("MaxPool", [input], payload.attributes(padding: padding))
    case .average(countsPadding: false):
      append("AveragePool", [input], payload.attributes(padding: padding) + [("count_include_pad", .int(0))])
    case .average(countsPadding: true) where overhang == Edges():
      append("AveragePool", [input], payload.attributes(padding: padding) + [("count_include_pad", .int(1))])
    case .average(countsPadding: true):
      // The zeros of the padding count, those of the overhang do not.
      let padded = zeroPadding(payload.padding, of: input)
      append("AveragePool", [padded], payload.attributes(padding: overhang) + [("count_include_pad", .int(0))])
    }
  }

  mutating func globalPooling(_ payload: GlobalPooling) {
    let type =
      switch payload.kind {
      case .max: "GlobalMaxPool"
      case .average: "GlobalAveragePool"
      }
    let pooled = append(type, [input])
    if !payload.keepsAxes { append("Flatten", [pooled], [("axis", .int(1))]) }
  }
}

extension Extent {
  /// Along H and W.
  fileprivate var attribute: ONNXWriter.Attribute { .ints([height, width]) }
}

extension Edges {
  /// The beginnings of H and W, then the ends.
  fileprivate var attribute: ONNXWriter.Attribute { .ints([top, left, bottom, right]) }

  fileprivate static func + (a: Edges, b: Edges) -> Edges {
    Edges(top: a.top + b.top, bottom: a.bottom + b.bottom, left: a.left + b.left, right: a.right + b.right)
  }
}

extension Pooling {
  /// What the last windows need beyond the padding at bottom and right.
  fileprivate func overhang(of input: Shape, output: Shape) -> Edges {
    let bottom = (output[1] - 1) * stride.height + kernel.height - input[1] - padding.top - padding.bottom
    let right = (output[2] - 1) * stride.width + kernel.width - input[2] - padding.left - padding.right
    return Edges(top: 0, bottom: max(bottom, 0), left: 0, right: max(right, 0))
  }

  fileprivate func attributes(padding: Edges) -> ONNXWriter.Attributes {
    [("kernel_shape", kernel.attribute), ("pads", padding.attribute), ("strides", stride.attribute)]
  }
}

extension TransposedConvolution {
  /// The same layer with an output padding below the stride, which onnxruntime asks for; the lab, PyTorch and ONNX allow
  /// one below the dilation, too. A row of zeros at the end of the kernel adds `dilation` rows to the output, and the
  /// padding takes away what is too many.
  fileprivate var withShortOutputPadding: TransposedConvolution {
    var result = self
    if outputPadding.height >= stride.height {
      result.kernel.height += 1
      result.padding.bottom += dilation.height - outputPadding.height
      result.outputPadding.height = 0
    }
    if outputPadding.width >= stride.width {
      result.kernel.width += 1
      result.padding.right += dilation.width - outputPadding.width
      result.outputPadding.width = 0
    }
    return result
  }
}

extension Tensor<Float> {
  /// Kernels `[I, O, KH, KW]` with rows and columns of zeros at their ends.
  fileprivate func growing(to kernel: Extent) -> Tensor {
    let (rows, columns) = (shape[2], shape[3])
    guard kernel != Extent(rows, columns) else { return self }
    var result = [Float](repeating: 0, count: shape[0] * shape[1] * kernel.height * kernel.width)
    for (place, scalar) in scalars.enumerated() {
      let filter = place / (rows * columns)
      result[(filter * kernel.height + place / columns % rows) * kernel.width + place % columns] = scalar
    }
    return Tensor(shape: [shape[0], shape[1], kernel.height, kernel.width], scalars: result)
  }
}
