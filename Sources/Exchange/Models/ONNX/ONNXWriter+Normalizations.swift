import Networks

/// Normalisations.
extension ONNXWriter {
  mutating func batchNormalization(_ payload: BatchNormalization) {
    let channels: Shape = [inputShape[0]]
    let scale = parameter(.scale, or: 1, shape: channels)
    let shift = parameter(.shift, or: 0, shape: channels)
    append(
      "BatchNormalization", [input, scale, shift] + parameters(.mean, .variance), [("epsilon", .float(payload.epsilon))]
    )
  }

  /// ONNX normalises over the last axes; others are moved there and back.
  mutating func layerNormalization(_ payload: LayerNormalization) {
    let rank = inputShape.rank
    let order = (0..<rank).filter { !payload.axes.contains($0) } + payload.axes
    let isInOrder = order == Array(0..<rank)
    let value = isInOrder ? input : permuted(input, by: order)
    let scale = parameter(.scale, or: 1, shape: Shape(payload.axes.map { inputShape[$0] }))
    let normalized = append(
      "LayerNormalization", [value, scale] + parameters(.shift),
      [("axis", .int(rank + 1 - payload.axes.count)), ("epsilon", .float(payload.epsilon))])
    if !isInOrder { permuted(normalized, by: order.indices.map { axis in order.firstIndex(of: axis) ?? axis }) }
  }

  /// In the steps of PyTorch's exporter: each group becomes a channel, which `InstanceNormalization` normalises.
  mutating func groupNormalization(_ payload: GroupNormalization) {
    let ones = constant("ones", floats: Array(repeating: 1, count: payload.groups))
    let zeros = constant("zeros", floats: Array(repeating: 0, count: payload.groups))
    // 0 is the extent of the batch as it is, −1 what is left over.
    let groups = append("Reshape", [input, constant("groups", integers: [0, payload.groups, -1])])
    let normalized = append(
      "InstanceNormalization", [groups, ones, zeros], [("epsilon", .float(payload.epsilon))])
    scaleAndShift(reshaped(normalized, to: inputShape))
  }
}
