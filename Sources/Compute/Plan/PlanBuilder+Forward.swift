internal import COneDNN
internal import Networks

extension PlanBuilder {
  /// Emits a node's forward pass and remembers how to emit its backward pass: the engine's only switch over operations.
  func emitForward(_ index: Int) throws {
    let node = network.nodes[index]
    switch node.operation {
    case .input: break
    case .convolution(let payload):
      if arithmetic == .winograd, let kernel = WinogradConvolution(index, of: network) {
        try emitWinograd(index, kernel)
      } else {
        let kernel = ConvolutionKernel(payload, batch: batch, input: inputShape(index), output: node.shape)
        try emitWeighted(index, kernel, source: inputValue(index))
      }
    case .transposedConvolution(let payload) where TransposedConvolutionLoops.isNeeded(for: payload):
      try emitTransposedConvolutionLoops(index, payload)
    case .transposedConvolution(let payload):
      let kernel = ConvolutionKernel(payload, batch: batch, input: inputShape(index), output: node.shape)
      try emitWeighted(index, kernel, source: inputValue(index))
    case .dense(let payload): try emitDense(index, payload)
    case .pooling(let payload):
      let layout = try inputValue(index).layout
      if let kernel = try MaxPooling(payload, batch: batch, output: node.shape, layout: layout) {
        try emitMaxPooling(index, kernel)
      } else if let kernel = PoolingKernel(payload, batch: batch, input: inputShape(index), output: node.shape) {
        values[index] = try emitPooling(index, kernel)
      } else {
        try emit(index, SparseRows(averaging: payload, image: inputShape(index), output: node.shape))
      }
    case .globalPooling(let payload): try emitGlobalPooling(index, payload)
    case .activation(let activation): try emitActivation(index, activation)
    case .parametricReLU(let payload): try emitParametricReLU(index, payload)
    case .softmax: try emitSoftmax(index, Softmax.forward, Softmax.backward)
    case .logSoftmax: try emitSoftmax(index, LogSoftmax.forward, LogSoftmax.backward)
    case .flatten(let order): try emitFlatten(index, order)
    case .reshape(let payload): try emitReshape(index, payload)
    case .permute(let axes): try emit(index, SparseRows(permuting: inputShape(index), axes: axes))
    case .zeroPadding(let edges): try emit(index, SparseRows(padding: inputShape(index), by: edges))
    case .cropping(let edges): try emit(index, SparseRows(cropping: inputShape(index), by: edges))
    case .upsampling(let payload): try emit(index, SparseRows(upsampling: inputShape(index), payload))
    case .batchNormalization(let payload): try emitBatchNormalization(index, payload)
    case .layerNormalization(let payload):
      try emit(
        index, SetNormalization(layer: payload, shape: node.shape), hasScale: payload.hasScale,
        hasShift: payload.hasShift)
    case .groupNormalization(let payload):
      try emit(
        index, SetNormalization(group: payload, shape: node.shape), hasScale: payload.hasScale,
        hasShift: payload.hasShift)
    case .affine: try emitAffine(index)
    case .dropout(let rate): try emitDropout(index, rate: rate)
    case .add: try emitAdd(index)
    case .multiply: try emitMultiply(index)
    case .concatenate(let axis): try emitConcatenate(index, axis: axis)
    }
  }
}
