import Networks

/// The supported classes of layers, each with its translation.
extension KerasBuilder {
  /// The output of a layer that is not itself a model: the one long switch of the import.
  mutating func evaluate(_ nested: NestedLayer, _ operands: [KerasOperand<KerasTensor>]) throws -> KerasTensor {
    let inputs = operands.compactMap(\.tensor)
    guard inputs.count == operands.count else { return try arithmetic(operands, nested) }
    switch nested.layer.className {
    case "Add": return try sum(inputs, nested)
    case "Subtract": return try difference(inputs, nested)
    case "Average": return try mean(inputs, nested)
    case "Multiply": return try product(inputs, nested)
    case "Maximum": return try maximum(inputs, nested)
    case "Minimum": return try minimum(inputs, nested)
    case "Concatenate": return try concatenation(inputs, nested)
    case "CustomScaleLayer": return try scaledSum(inputs, nested)
    case "TrueDivide", "Divide":
      throw nested.layer.failure("divides by what depends on the images, which is not supported")
    default: break
    }
    guard inputs.count == 1 else {
      throw nested.layer.failure(expected: "a layer with one input", found: "\(inputs.count) inputs")
    }
    let input = inputs[0]
    switch nested.layer.className {
    case "Conv2D", "Convolution2D": return try activated(convolution(input, nested), nested)
    case "DepthwiseConv2D": return try activated(depthwiseConvolution(input, nested), nested)
    case "SeparableConv2D", "SeparableConvolution2D": return try activated(separableConvolution(input, nested), nested)
    case "Conv2DTranspose", "Convolution2DTranspose": return try activated(transposedConvolution(input, nested), nested)
    case "Dense": return try activated(dense(input, nested), nested)
    case "MaxPooling2D", "MaxPool2D": return try pooling(.max, input, nested)
    case "AveragePooling2D", "AvgPool2D": return try pooling(.average(countsPadding: false), input, nested)
    case "GlobalMaxPooling2D", "GlobalMaxPool2D": return try globalPooling(.max, input, nested)
    case "GlobalAveragePooling2D", "GlobalAvgPool2D": return try globalPooling(.average, input, nested)
    case "BatchNormalization", "SyncBatchNormalization", "BatchNormalizationV1":
      return try batchNormalization(input, nested)
    case "LayerNormalization": return try layerNormalization(input, nested)
    case "GroupNormalization": return try groupNormalization(input, nested)
    case "Normalization": return try normalization(input, nested)
    case "Rescaling": return try rescaling(input, nested)
    case "Activation": return try activated(input, nested)
    case "ReLU", "LeakyReLU", "ELU", "Softmax", "LogSoftmax", "LeakyRelu", "Elu", "Gelu":
      return try activationLayer(nested.layer, input, nested)
    case "PReLU": return try parametricReLU(input, nested)
    case "Flatten": return try flattened(input, nested)
    case "Reshape": return try reshaped(input, nested)
    case "Permute": return try permuted(input, nested)
    case "ZeroPadding2D": return try append(.zeroPadding(edges("padding", nested)), nested, to: image(input, nested))
    case "Cropping2D": return try append(.cropping(edges("cropping", nested)), nested, to: image(input, nested))
    case "UpSampling2D": return try upsampled(input, nested)
    case "Resizing": return try resized(input, nested)
    case "CenterCrop": return try centerCropped(input, nested)
    case "RandomCrop": return try randomlyCropped(input, nested)
    case "Negative": return try negative(input, nested)
    case "Cast": return try cast(input, nested)
    case "Dropout": return try dropout(input, nested)
    case "Identity", "InputLayer", "ActivityRegularization": return input
    case "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout":
      return leftOut(input, nested)
    case let name where KerasLayer.augmentations.contains(name): return leftOut(input, nested)
    case let name where Self.activationFunctions[name] != nil:
      return try activated(input, by: Self.activationFunctions[name] ?? name, nested)
    default: throw nested.layer.failure(Self.refusal(of: nested.layer))
    }
  }

  private mutating func leftOut(_ input: KerasTensor, _ nested: NestedLayer) -> KerasTensor {
    note("\(nested.layer.place) acts in training only and was left out.")
    return input
  }

  private static func refusal(of layer: KerasLayer) -> String {
    switch layer.className {
    case "Lambda": "holds Python code, which is not run; replace it by layers"
    case "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer":
      "is a plain TensorFlow function\(layer.config["function"]?.string.map { ", \($0)" } ?? ""), which is not supported"
    case "LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed", "RNN", "ConvLSTM2D", "Embedding":
      "works on sequences; only networks on images are supported"
    case "Conv1D", "SeparableConv1D", "MaxPooling1D", "AveragePooling1D", "GlobalMaxPooling1D",
      "GlobalAveragePooling1D", "Conv3D", "MaxPooling3D", "AveragePooling3D":
      "works in another number of dimensions; only two are supported"
    default: "is of a class that is not supported"
    }
  }

  // MARK: Joins

  private mutating func sum(_ inputs: [KerasTensor], _ nested: NestedLayer) throws -> KerasTensor {
    let inputs = try alike(inputs, nested)
    return try append(.add, nested, to: inputs, layout: inputs[0].layout)
  }

  private mutating func difference(_ inputs: [KerasTensor], _ nested: NestedLayer) throws -> KerasTensor {
    guard inputs.count == 2 else { throw nested.layer.failure(expected: "two inputs", found: "\(inputs.count)") }
    return try sum([inputs[0], try negative(inputs[1], nested, suffix: "_negated")], nested)
  }

  /// The residual branch of Inception-ResNet: `a + scale · b`.
  private mutating func scaledSum(_ inputs: [KerasTensor], _ nested: NestedLayer) throws -> KerasTensor {
    guard inputs.count == 2 else { throw nested.layer.failure(expected: "two inputs", found: "\(inputs.count)") }
    let scale = try nested.layer.real("scale", default: 1)
    return try sum([inputs[0], try affine(inputs[1], scale: scale, shift: 0, nested, suffix: "_scaled")], nested)
  }

  private mutating func mean(_ inputs: [KerasTensor], _ nested: NestedLayer) throws -> KerasTensor {
    let sum = try sum(inputs, nested)
    return try affine(sum, scale: 1 / Double(inputs.count), shift: 0, nested, suffix: "_mean")
  }

  private mutating func product(_ inputs: [KerasTensor], _ nested: NestedLayer) throws -> KerasTensor {
    let inputs = try alike(inputs, nested)
    var product = inputs[0]
    for input in inputs.dropFirst() {
      product = try append(.multiply, nested, to: [product, input], layout: product.layout)
    }
    return product
  }

  private mutating func concatenation(_ inputs: [KerasTensor], _ nested: NestedLayer) throws -> KerasTensor {
    let inputs = try alike(inputs, nested)
    let axis = try nested.layer.integer("axis", default: -1, in: -8...8)
    let stored = inputs[0].storedAxis(try exampleAxis(axis, of: inputs[0], nested))
    return try append(.concatenate(axis: stored), nested, to: inputs, layout: inputs[0].layout)
  }

  /// Two or more inputs in the layout of the first.
  mutating func alike(_ inputs: [KerasTensor], _ nested: NestedLayer) throws -> [KerasTensor] {
    guard inputs.count >= 2 else {
      throw nested.layer.failure(expected: "two or more inputs", found: "\(inputs.count)")
    }
    return try inputs.map { try arranged($0, as: inputs[0].layout, nested) }
  }

  private mutating func dropout(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    try append(.dropout(rate: Float(try nested.layer.real("rate", default: 0.5))), nested, to: input)
  }
}
