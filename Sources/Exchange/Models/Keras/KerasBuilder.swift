import Networks

/// A network being built from a Keras model, layer by layer, with a record of where its weights go.
struct KerasBuilder {
  /// A layer that is called, and the names of the models that hold it.
  struct NestedLayer {
    let layer: KerasLayer
    /// The names on the way to the layer, its own last.
    let path: [String]

    /// The name of its main node.
    var name: String { path.joined(separator: ".") }
  }

  /// Where the variables of a layer that has been called go, by its path.
  private(set) var weights: [[String]: KerasWeights] = [:]
  /// Parameters that are stated in the configuration.
  private(set) var constants: [ParameterKey: Tensor<Float>] = [:]
  /// Notes for the user.
  private(set) var notes: [Note] = []
  private(set) var network: Network
  let generation: KerasGeneration
  /// The layout of images that no layer determines: those of the input, and those reshaped from vectors.
  let imageLayout: KerasTensor.Layout

  private var constantCount = 0
  private var names: Set<String> = ["input"]
  /// The last number that was tried behind a name that was taken.
  private var numbers: [String: Int] = [:]

  /// Nested models that call each other could otherwise produce any number of nodes.
  private static let nodeLimit = 4096
  /// The most scalars of one value: 256 MB.
  private static let scalarLimit = 1 << 26
  /// The most scalars that may be stated in a configuration.
  private static let constantLimit = 1 << 24

  /// Builds the network of a model.
  ///
  /// A configuration does not say whether the images of the input have channels first or last. The layout that needs
  /// fewer permutations is taken, H, W, C where both need as many.
  init(_ model: KerasModel) throws {
    let channelsLast = Result { try KerasBuilder(model, images: .channelsLast) }
    if let builder = try? channelsLast.get(), builder.permutationCount == 0 {
      self = builder
    } else if let channelsFirst = try? KerasBuilder(model, images: .asIs) {
      let other = try? channelsLast.get()
      self = other.map { $0.permutationCount <= channelsFirst.permutationCount ? $0 : channelsFirst } ?? channelsFirst
    } else {
      self = try channelsLast.get()
    }
  }

  private var permutationCount: Int {
    network.nodes.count { node in
      if case .permute = node.operation { true } else { false }
    }
  }

  private init(_ model: KerasModel, images: KerasTensor.Layout) throws {
    let batchShape = try Self.inputShape(of: model)
    imageLayout = images
    let layout = batchShape.count == 3 ? images : .asIs
    let shape = Shape(layout == .channelsLast ? [batchShape[2], batchShape[0], batchShape[1]] : batchShape)
    guard let count = shape.checkedCount, (1...Self.scalarLimit).contains(count) else {
      throw KerasFailure(expected: "an input of 1 to \(Self.scalarLimit) numbers", found: "\(shape)")
    }
    network = try Network(inputShape: shape.rank == 2 ? [1, shape[0], shape[1]] : shape)
    generation = model.generation
    var input = KerasTensor(node: 0, shape: shape, layout: layout)
    if shape.rank == 2 {
      // In Keras images of one channel may lack the channel axis; here every image has one.
      input.node = try network.append(.reshape(Reshape(to: shape)), named: "image")
      names.insert("image")
    }
    let output = try evaluate(model, on: input, path: [])
    guard output.node == network.outputIndex else {
      throw KerasFailure("the output is not the last of the layers it depends on", at: "model '\(model.name)'")
    }
  }

  /// The shape of one example, from the first layer that states it.
  private static func inputShape(of model: KerasModel) throws -> [Int] {
    guard let json = declaredShape(of: model), let extents = json.array?.dropFirst(), !extents.isEmpty else {
      throw KerasFailure(
        "does not tell the shape of its input; save it after it was built, or with an InputLayer",
        at: "model '\(model.name)'")
    }
    let shape = extents.map { $0.integer ?? 0 }
    guard shape.allSatisfy((1...KerasLayer.sizeLimit).contains) else {
      throw KerasFailure(expected: "an input of known shape", found: json.summary, at: "model '\(model.name)'")
    }
    return shape
  }

  private static func declaredShape(of model: KerasModel) -> JSONValue? {
    let layer: KerasLayer?
    switch model.kind {
    case .sequential: layer = model.layers.first
    case .functional(let input, _): layer = model.layers.first { $0.name == input.layer }
    }
    guard let layer else { return model.buildShape }
    if let inner = layer.model, let shape = declaredShape(of: inner) { return shape }
    return layer.config["batch_shape"] ?? layer.config["batch_input_shape"] ?? model.buildShape
  }

  // MARK: Building blocks

  /// Appends a node; its name is that of the layer, the suffix and, where that is taken, a number.
  mutating func append(
    _ operation: Operation, _ nested: NestedLayer, suffix: String = "", to inputs: [KerasTensor],
    layout: KerasTensor.Layout
  ) throws -> KerasTensor {
    guard network.nodes.count < Self.nodeLimit else {
      throw nested.layer.failure("the model has more than \(Self.nodeLimit) operations")
    }
    let name = uniqueName(nested.name + suffix)
    do {
      let node = try network.append(operation, named: name, to: inputs.map(\.node))
      let shape = network.nodes[node].shape
      guard shape.count <= Self.scalarLimit else {
        throw nested.layer.failure(expected: "an output of at most \(Self.scalarLimit) numbers", found: "\(shape)")
      }
      return KerasTensor(node: node, shape: shape, layout: layout)
    } catch let error as NetworkError {
      throw nested.layer.failure(expected: error.expected, found: error.found)
    }
  }

  /// Appends a node with one input, whose layout stays.
  mutating func append(
    _ operation: Operation, _ nested: NestedLayer, suffix: String = "", to input: KerasTensor
  ) throws -> KerasTensor {
    try append(operation, nested, suffix: suffix, to: [input], layout: input.layout)
  }

  private mutating func uniqueName(_ wanted: String) -> String {
    let wanted = wanted.isEmpty ? "layer" : wanted
    var name = wanted
    while !names.insert(name).inserted {
      let number = numbers[wanted, default: 1] + 1
      numbers[wanted] = number
      name = "\(wanted)_\(number)"
    }
    return name
  }

  /// The name of a node, which the keys of its parameters begin with.
  func name(of tensor: KerasTensor) -> String { network.nodes[tensor.node].name }

  /// Records where the variables of a layer go.
  mutating func record(_ weights: KerasWeights, for nested: NestedLayer) throws {
    guard self.weights[nested.path]?.merge(weights) ?? true else {
      throw nested.layer.failure("is called with inputs of different shapes")
    }
    if self.weights[nested.path] == nil { self.weights[nested.path] = weights }
  }

  /// Sets scale and shift of an affine node: a number per channel, or one for all.
  mutating func setAffine(_ node: KerasTensor, scale: [Double], shift: [Double], _ nested: NestedLayer) throws {
    let channels = node.shape[0]
    constantCount += 2 * channels
    guard constantCount <= Self.constantLimit else {
      throw nested.layer.failure("the model has more than \(Self.constantLimit) fixed factors")
    }
    guard [1, channels].contains(scale.count), [1, channels].contains(shift.count) else {
      throw nested.layer.failure(
        expected: "numbers for \(channels) channels", found: "\(scale.count) and \(shift.count)")
    }
    for (role, values) in [(ParameterRole.scale, scale), (.shift, shift)] {
      let scalars = (0..<channels).map { Float(values[values.count == 1 ? 0 : $0]) }
      constants[ParameterKey(name(of: node), role)] = Tensor(shape: [channels], scalars: scalars)
    }
  }

  mutating func note(_ text: String) {
    if !notes.contains(.remark(text)) { notes.append(.remark(text)) }
  }

  /// `scale · x + shift` with the same numbers for every channel.
  mutating func affine(
    _ input: KerasTensor, scale: Double, shift: Double, _ nested: NestedLayer, suffix: String
  ) throws -> KerasTensor {
    let output = try append(.affine(Affine()), nested, suffix: suffix, to: input)
    try setAffine(output, scale: [scale], shift: [shift], nested)
    return output
  }

  /// The value in a wanted layout; only an image has a choice.
  mutating func arranged(_ input: KerasTensor, as layout: KerasTensor.Layout, _ nested: NestedLayer) throws
    -> KerasTensor
  {
    guard input.layout != layout, input.shape.rank == 3 else { return input }
    // For each stored axis of the result: the current stored axis of the same axis in Keras.
    let target = KerasTensor(node: 0, shape: input.shape, layout: layout)
    let axes = (0..<3).map { input.storedAxis(target.kerasAxis($0)) }
    return try append(.permute(axes), nested, suffix: "_layout", to: [input], layout: layout)
  }

  /// The value as an image with its channels where the layer expects them.
  mutating func image(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    guard input.shape.rank == 3 else {
      throw nested.layer.failure(expected: "an image as input", found: "shape \(input.shape)")
    }
    let format = try nested.layer.choice("data_format", default: KerasDataFormat.channelsLast)
    return try arranged(input, as: format.layout, nested)
  }

  /// The value with an axis of Keras as first axis here: the channels of normalisations and softmax.
  mutating func channelled(_ input: KerasTensor, axis: Int, _ nested: NestedLayer) throws -> KerasTensor {
    if input.storedAxis(axis) == 0 { return input }
    guard input.shape.rank == 3, axis != 1 else {
      throw nested.layer.failure(
        "works along axis \(axis + 1) of a batch of shape N×\(Shape(input.kerasShape)), "
          + "which is neither the first nor the last of an image's axes")
    }
    return try arranged(input, as: axis == 0 ? .asIs : .channelsLast, nested)
  }

  /// An axis of Keras, which counts the batch, as an axis of the example.
  func exampleAxis(_ axis: Int, of input: KerasTensor, _ nested: NestedLayer) throws -> Int {
    let rank = input.shape.rank
    let example = axis < 0 ? axis + rank : axis - 1
    guard axis != 0, (0..<rank).contains(example) else {
      throw nested.layer.failure(expected: "an axis of one example of rank \(rank)", found: "axis \(axis)")
    }
    return example
  }
}
