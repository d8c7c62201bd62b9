/// What `inspect` reports about a network: sizes, arithmetic and receptive fields. Nothing here runs the network.
extension Network {
  /// The number of scalars an optimiser changes.
  public var parameterCount: Int { saturatingSum(nodes.indices.map(parameterCount(of:))) }

  /// The number of scalars that are kept but not trained: running statistics, frozen input normalisation.
  public var stateCount: Int { saturatingSum(nodes.indices.map(stateCount(of:))) }

  /// Multiplications and additions (as pairs) of one forward pass of one image; see `multiplyAccumulates(of:)`.
  public var multiplyAccumulates: Int { saturatingSum(nodes.indices.map(multiplyAccumulates(of:))) }

  /// The number of trained scalars of one node.
  public func parameterCount(of index: Int) -> Int {
    saturatingSum(
      parameterSpecifications(of: index).filter(\.isTrainable).map { saturatingProduct($0.shape.extents) })
  }

  /// The number of scalars of one node that are kept but not trained.
  public func stateCount(of index: Int) -> Int {
    saturatingSum(
      parameterSpecifications(of: index).filter { !$0.isTrainable }.map { saturatingProduct($0.shape.extents) })
  }

  /// Multiply–accumulates of one node for one image: those of its weights. Biases, activations, poolings and
  /// normalisations are not counted, as usual.
  public func multiplyAccumulates(of index: Int) -> Int {
    let output = nodes[index].shape
    switch nodes[index].operation {
    case .convolution(let payload):
      let inputChannels = nodes[nodes[index].inputs[0]].shape[0] / payload.groups
      return saturatingProduct([output.count, inputChannels, payload.kernel.height, payload.kernel.width])
    case .transposedConvolution(let payload):
      let input = nodes[nodes[index].inputs[0]].shape
      return saturatingProduct(
        [input.count, payload.outputChannels / payload.groups, payload.kernel.height, payload.kernel.width])
    case .dense(let payload):
      return saturatingProduct([nodes[nodes[index].inputs[0]].shape.count, payload.outputs])
    case .input, .pooling, .globalPooling, .activation, .parametricReLU, .softmax, .logSoftmax, .flatten, .reshape,
      .permute, .zeroPadding, .cropping, .upsampling, .batchNormalization, .layerNormalization, .groupNormalization,
      .affine,
      .dropout, .add, .multiply, .concatenate:
      return 0
    }
  }

  /// How many rows and columns of the image one scalar of each node's output sees (padding included), or `nil` where
  /// it sees all of it: after dense layers, flattening, global pooling and normalisations over positions.
  ///
  /// r grows by (kernel − 1) · dilation · (product of the strides before); over joins, the largest path counts.
  public var receptiveFields: [Extent?] {
    var fields: [ReceptiveField?] = []
    for node in nodes {
      fields.append(receptiveField(of: node, inputs: node.inputs.map { fields[$0] }))
    }
    return fields.map { field in
      field.map { Extent($0.height.extent, $0.width.extent) }
    }
  }

  private func receptiveField(of node: Node, inputs: [ReceptiveField?]) -> ReceptiveField? {
    if case .input(let shape) = node.operation {
      return shape.rank == 3 ? ReceptiveField() : nil
    }
    let paths = inputs.compactMap { $0 }
    guard paths.count == inputs.count, let first = paths.first else { return nil }
    let field = paths.dropFirst().reduce(first) { $0.union($1) }
    switch node.operation {
    case .convolution(let payload):
      return field.window(payload.kernel, stride: payload.stride, dilation: payload.dilation)
    case .pooling(let payload):
      return field.window(payload.kernel, stride: payload.stride, dilation: Extent(1))
    case .transposedConvolution(let payload):
      // An output lies under at most ⌈extent of the dilated kernel / stride⌉ neighbouring inputs.
      let rows = (payload.dilation.height * (payload.kernel.height - 1)) / payload.stride.height + 1
      let columns = (payload.dilation.width * (payload.kernel.width - 1)) / payload.stride.width + 1
      return field.window(Extent(rows, columns), stride: Extent(1), dilation: Extent(1))
        .enlarged(by: payload.stride)
    case .upsampling(let payload):
      let taps = payload.method == .nearest ? Extent(1) : Extent(2)
      return field.window(taps, stride: Extent(1), dilation: Extent(1)).enlarged(by: payload.factor)
    case .activation, .parametricReLU, .softmax, .logSoftmax, .zeroPadding, .cropping, .batchNormalization, .affine,
      .dropout, .add, .multiply, .concatenate:
      return field
    case .input, .dense, .globalPooling, .flatten, .reshape, .permute, .layerNormalization, .groupNormalization:
      return nil
    }
  }
}

/// The receptive field along H and W.
private struct ReceptiveField {
  var height = Span()
  var width = Span()

  func window(_ kernel: Extent, stride: Extent, dilation: Extent) -> ReceptiveField {
    ReceptiveField(
      height: height.window(kernel.height, stride: stride.height, dilation: dilation.height),
      width: width.window(kernel.width, stride: stride.width, dilation: dilation.width))
  }

  func enlarged(by factor: Extent) -> ReceptiveField {
    ReceptiveField(height: height.enlarged(by: factor.height), width: width.enlarged(by: factor.width))
  }

  func union(_ other: ReceptiveField) -> ReceptiveField {
    ReceptiveField(height: height.union(other.height), width: width.union(other.width))
  }

  /// One axis: the size of a scalar's receptive field, and the distance between those of neighbouring scalars. Both are
  /// fractions after an up-sampling.
  struct Span {
    var size = 1.0
    var distance = 1.0

    // A hostile description can make both larger than any image; the bound keeps them finite.
    private static let bound = 1e15

    var extent: Int { Int(size.rounded(.up)) }

    func window(_ kernel: Int, stride: Int, dilation: Int) -> Span {
      Span(
        size: min(size + Double(kernel - 1) * Double(dilation) * distance, Self.bound),
        distance: min(distance * Double(stride), Self.bound))
    }

    func enlarged(by factor: Int) -> Span { Span(size: size, distance: distance / Double(factor)) }

    func union(_ other: Span) -> Span {
      Span(size: max(size, other.size), distance: max(distance, other.distance))
    }
  }
}

/// Sizes that a file makes up may exceed an `Int`; a count then stays at its largest value instead of trapping.
private func saturatingProduct(_ factors: [Int]) -> Int {
  factors.reduce(1) { product, factor in
    let (value, overflow) = product.multipliedReportingOverflow(by: factor)
    return overflow ? .max : value
  }
}

private func saturatingSum(_ terms: [Int]) -> Int {
  terms.reduce(0) { sum, term in
    let (value, overflow) = sum.addingReportingOverflow(term)
    return overflow ? .max : value
  }
}
