import Networks

/// The classes of layers that are known, each with what it becomes.
extension KerasBuilder {
  /// The output of a layer that is not itself a model: the one long switch of the import.
  mutating func evaluate(_ site: Site, _ inputs: [KerasTensor]) throws -> KerasTensor {
    switch site.layer.className {
    case "Add": return try sum(inputs, site)
    case "Subtract": return try difference(inputs, site)
    case "Average": return try mean(inputs, site)
    case "Multiply": return try product(inputs, site)
    case "Concatenate": return try concatenation(inputs, site)
    default: break
    }
    guard inputs.count == 1 else {
      throw site.layer.failure(expected: "a layer with one input", found: "\(inputs.count) inputs")
    }
    let input = inputs[0]
    switch site.layer.className {
    case "Conv2D", "Convolution2D": return try activated(convolution(input, site), site)
    case "DepthwiseConv2D": return try activated(depthwiseConvolution(input, site), site)
    case "SeparableConv2D", "SeparableConvolution2D": return try activated(separableConvolution(input, site), site)
    case "Conv2DTranspose", "Convolution2DTranspose": return try activated(transposedConvolution(input, site), site)
    case "Dense": return try activated(dense(input, site), site)
    case "MaxPooling2D", "MaxPool2D": return try pooling(.max, input, site)
    case "AveragePooling2D", "AvgPool2D": return try pooling(.average(countsPadding: false), input, site)
    case "GlobalMaxPooling2D", "GlobalMaxPool2D": return try globalPooling(.max, input, site)
    case "GlobalAveragePooling2D", "GlobalAvgPool2D": return try globalPooling(.average, input, site)
    case "BatchNormalization", "SyncBatchNormalization", "BatchNormalizationV1":
      return try batchNormalization(input, site)
    case "LayerNormalization": return try layerNormalization(input, site)
    case "GroupNormalization": return try groupNormalization(input, site)
    case "Normalization": return try normalization(input, site)
    case "Rescaling": return try rescaling(input, site)
    case "Activation": return try activated(input, site)
    case "ReLU", "LeakyReLU", "ELU", "Softmax": return try activationLayer(site.layer, input, site)
    case "PReLU": return try parametricReLU(input, site)
    case "Flatten": return try flattened(input, site)
    case "Reshape": return try reshaped(input, site)
    case "Permute": return try permuted(input, site)
    case "ZeroPadding2D": return try append(.zeroPadding(edges("padding", site)), site, to: image(input, site))
    case "Cropping2D": return try append(.cropping(edges("cropping", site)), site, to: image(input, site))
    case "UpSampling2D": return try upsampled(input, site)
    case "Dropout": return try dropout(input, site)
    case "Identity", "InputLayer", "ActivityRegularization": return input
    case "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
      "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomContrast", "RandomBrightness":
      note("\(site.layer.place) acts in training only and was left out.")
      return input
    default: throw site.layer.failure(Self.refusal(of: site.layer.className))
    }
  }

  private static func refusal(of className: String) -> String {
    switch className {
    case "Lambda": "holds Python code, which is not run; replace it by layers"
    case "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer": "is a plain TensorFlow function, which is not known here"
    case "LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed", "RNN", "ConvLSTM2D", "Embedding":
      "works on sequences; only networks on images are known here"
    case "Conv1D", "SeparableConv1D", "MaxPooling1D", "AveragePooling1D", "GlobalMaxPooling1D",
      "GlobalAveragePooling1D", "Conv3D", "MaxPooling3D", "AveragePooling3D":
      "works in another number of dimensions; only two are known here"
    default: "is of a class that is not known here"
    }
  }

  // MARK: Joins

  private mutating func sum(_ inputs: [KerasTensor], _ site: Site) throws -> KerasTensor {
    let inputs = try alike(inputs, site)
    return try append(.add, site, to: inputs, layout: inputs[0].layout)
  }

  private mutating func difference(_ inputs: [KerasTensor], _ site: Site) throws -> KerasTensor {
    guard inputs.count == 2 else { throw site.layer.failure(expected: "two inputs", found: "\(inputs.count)") }
    return try sum([inputs[0], try affine(inputs[1], scale: -1, shift: 0, site, suffix: "_negated")], site)
  }

  private mutating func mean(_ inputs: [KerasTensor], _ site: Site) throws -> KerasTensor {
    let sum = try sum(inputs, site)
    return try affine(sum, scale: 1 / Double(inputs.count), shift: 0, site, suffix: "_mean")
  }

  private mutating func product(_ inputs: [KerasTensor], _ site: Site) throws -> KerasTensor {
    let inputs = try alike(inputs, site)
    var product = inputs[0]
    for input in inputs.dropFirst() {
      product = try append(.multiply, site, to: [product, input], layout: product.layout)
    }
    return product
  }

  private mutating func concatenation(_ inputs: [KerasTensor], _ site: Site) throws -> KerasTensor {
    let inputs = try alike(inputs, site)
    let axis = try site.layer.integer("axis", default: -1, in: -8...8)
    let stored = inputs[0].storedAxis(try exampleAxis(axis, of: inputs[0], site))
    return try append(.concatenate(axis: stored), site, to: inputs, layout: inputs[0].layout)
  }

  /// Two or more inputs in the layout of the first.
  private mutating func alike(_ inputs: [KerasTensor], _ site: Site) throws -> [KerasTensor] {
    guard inputs.count >= 2 else {
      throw site.layer.failure(expected: "two or more inputs", found: "\(inputs.count)")
    }
    return try inputs.map { try arranged($0, as: inputs[0].layout, site) }
  }

  private mutating func dropout(_ input: KerasTensor, _ site: Site) throws -> KerasTensor {
    try append(.dropout(rate: Float(try site.layer.real("rate", default: 0.5))), site, to: input)
  }
}
