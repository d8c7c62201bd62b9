/// Plain functions in a graph: Keras 3 writes them as layers of their own classes, Keras 2 as `TFOpLambda` with the name
/// of a function of TensorFlow.
extension KerasLayer {
  /// The classes of Keras 3 for functions of TensorFlow.
  private static let functions = [
    "__operators__.add": "Add", "cast": "Cast", "math.add": "Add", "math.divide": "Divide", "math.maximum": "Maximum",
    "math.minimum": "Minimum", "math.multiply": "Multiply", "math.negative": "Negative", "math.sigmoid": "Sigmoid",
    "math.softplus": "Softplus", "math.subtract": "Subtract", "math.tanh": "Tanh", "math.truediv": "TrueDivide",
    "nn.bias_add": "Add", "nn.elu": "Elu", "nn.gelu": "Gelu", "nn.leaky_relu": "LeakyRelu",
    "nn.log_softmax": "LogSoftmax", "nn.relu": "Relu", "nn.relu6": "Relu6", "nn.selu": "Selu", "nn.sigmoid": "Sigmoid",
    "nn.silu": "Silu", "nn.softmax": "Softmax", "nn.softplus": "Softplus", "nn.tanh": "Tanh",
  ]

  /// Their arguments that are settings in Keras 3.
  private static let settings: Set<String> = ["alpha", "approximate", "axis", "dtype"]

  /// The layer that does in this call what the function does; the layer itself where it is none.
  ///
  /// Keras 3 writes `training = true` with every call of its preprocessing, and predicts without; Keras 2 writes it
  /// where the layer is to act in prediction too.
  ///
  /// - Throws: `KerasFailure` where the call has an argument that is not supported.
  func called(with arguments: [String: JSONValue], generation: KerasGeneration) throws -> KerasLayer {
    guard className == "TFOpLambda", let name = config["function"]?.string, let function = Self.functions[name] else {
      let isPreprocessing = generation == .keras3 && Self.preprocessing.contains(className)
      try refuse(arguments.filter { $0 != ("training", true) || !isPreprocessing })
      return self
    }
    try refuse(
      arguments.filter { key, value in
        !(Self.settings.contains(key) || key == "name" || key == "data_format" && value == "NHWC")
      })
    let own = arguments.filter { Self.settings.contains($0.key) }
    return KerasLayer(
      name: self.name, className: function, config: config.merging(own) { $1 }, calls: [], model: nil)
  }

  private func refuse(_ arguments: [String: JSONValue]) throws {
    guard let (key, value) = arguments.min(by: { $0.key < $1.key }) else { return }
    throw failure("is called with \(key.isEmpty ? "" : key + " = ")\(value.summary), which is not supported")
  }
}

/// Layers that prepare images.
extension KerasLayer {
  /// Augmentations: the identity when a model predicts.
  static let augmentations: Set<String> = [
    "AugMix", "CutMix", "Equalization", "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
    "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip",
    "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert", "RandomPerspective",
    "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation",
    "RandomWidth", "RandomZoom", "Solarization",
  ]

  /// All of them.
  fileprivate static let preprocessing = augmentations.union(["CenterCrop", "RandomCrop", "Resizing"])
}
