import Networks
import Testing

@Suite struct OperationShapesTests {
  private func convolution(
    _ channels: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1
  ) -> Networks.Operation {
    .convolution(
      Convolution(
        outputChannels: channels, kernel: Extent(kernel), stride: Extent(stride), padding: Edges(padding),
        dilation: Extent(dilation)))
  }

  private func pooled(_ extent: Int, _ kernel: Int, stride: Int, padding: Int = 0, roundsUp: Bool = false) throws
    -> Int
  {
    let pooling = Pooling(
      .max, kernel: Extent(kernel), stride: Extent(stride), padding: Edges(padding), roundsUp: roundsUp)
    let shape = try Networks.Operation.pooling(pooling).outputShape(of: [[1, extent, extent]])
    #expect(shape[1] == shape[2])
    return shape[1]
  }

  @Test func convolutions() throws {
    #expect(try convolution(64, 7, stride: 2, padding: 3).outputShape(of: [[3, 224, 224]]) == [64, 112, 112])
    #expect(try convolution(32, 3, padding: 1).outputShape(of: [[16, 32, 32]]) == [32, 32, 32])
    #expect(try convolution(1, 3).outputShape(of: [[1, 8, 8]]) == [1, 6, 6])
    #expect(try convolution(1, 3, padding: 1).outputShape(of: [[1, 8, 8]]) == [1, 8, 8])
    #expect(try convolution(1, 2, stride: 2).outputShape(of: [[1, 6, 6]]) == [1, 3, 3])
    // The floor skips the last position.
    #expect(try convolution(1, 3, stride: 2).outputShape(of: [[1, 6, 6]]) == [1, 2, 2])
    #expect(try convolution(1, 3, padding: 2, dilation: 2).outputShape(of: [[1, 8, 8]]) == [1, 8, 8])
  }

  @Test func paddingMayDifferBySide() throws {
    let payload = Convolution(
      outputChannels: 2, kernel: Extent(3, 2), stride: Extent(2, 1),
      padding: Edges(top: 0, bottom: 1, left: 2, right: 0))
    // Rows (8 + 1 − 3)/2 + 1 = 4, columns (5 + 2 − 2) + 1 = 6.
    #expect(try Networks.Operation.convolution(payload).outputShape(of: [[1, 8, 5]]) == [2, 4, 6])
  }

  @Test func transposedConvolutions() throws {
    // (extent, kernel, stride, padding, output padding, dilation, answer of PyTorch 2.13).
    for (extent, kernel, stride, padding, outputPadding, dilation, expected) in [
      (4, 3, 2, 1, 1, 1, 8), (5, 4, 3, 2, 2, 1, 14), (6, 2, 2, 0, 0, 1, 12), (7, 3, 1, 1, 0, 2, 9),
    ] {
      let payload = TransposedConvolution(
        outputChannels: 3, kernel: Extent(kernel), stride: Extent(stride), padding: Edges(padding),
        outputPadding: Extent(outputPadding), dilation: Extent(dilation))
      let shape = try Networks.Operation.transposedConvolution(payload).outputShape(of: [[2, extent, extent]])
      #expect(shape == [3, expected, expected])
    }
  }

  @Test func poolingRoundsDownOrUpAsPyTorchDoes() throws {
    // (extent, kernel, stride, padding, floor, ceil) from PyTorch 2.13; where a last window would start in the padding
    // after the input, ceil mode drops it.
    for (extent, kernel, stride, padding, floor, ceil) in [
      (6, 3, 2, 0, 2, 3), (5, 2, 2, 0, 2, 3), (5, 3, 3, 1, 2, 2), (4, 3, 3, 1, 2, 2), (7, 2, 3, 1, 3, 3),
      (3, 2, 4, 1, 1, 1), (5, 1, 2, 0, 3, 3), (6, 1, 3, 0, 2, 2), (4, 2, 5, 1, 1, 1), (10, 4, 3, 2, 4, 4),
    ] {
      #expect(try pooled(extent, kernel, stride: stride, padding: padding) == floor)
      #expect(try pooled(extent, kernel, stride: stride, padding: padding, roundsUp: true) == ceil)
    }
  }

  @Test func otherShapes() throws {
    let image: Shape = [4, 6, 8]
    let cases: [(Networks.Operation, [Shape], Shape)] = [
      (.dense(Dense(outputs: 10)), [[7]], [10]),
      (.globalPooling(GlobalPooling(.average)), [image], [4]),
      (.globalPooling(GlobalPooling(.average, keepsAxes: true)), [image], [4, 1, 1]),
      (.flatten(.channelsLast), [image], [192]),
      (.reshape(Reshape(to: [8, 24])), [image], [8, 24]),
      (.permute([1, 2, 0]), [image], [6, 8, 4]),
      (.zeroPadding(Edges(top: 1, bottom: 2, left: 3, right: 4)), [image], [4, 9, 15]),
      (.cropping(Edges(top: 1, bottom: 2, left: 3, right: 4)), [image], [4, 3, 1]),
      (.upsampling(Upsampling(factor: Extent(2, 3))), [image], [4, 12, 24]),
      (.add, [image, image, image], image),
      (.multiply, [image, [4, 1, 1]], image),
      (.multiply, [[4, 1, 1], image], image),
      (.concatenate(axis: 0), [image, [3, 6, 8]], [7, 6, 8]),
      (.concatenate(axis: 2), [image, [4, 6, 1]], [4, 6, 9]),
      (.softmax, [[10]], [10]), (.logSoftmax, [[10]], [10]),
      (.groupNormalization(GroupNormalization(groups: 2)), [image], image),
      (.layerNormalization(LayerNormalization(axes: [0, 1, 2])), [image], image),
    ]
    for (operation, inputs, expected) in cases {
      #expect(try operation.outputShape(of: inputs) == expected, "\(operation.kindName)")
    }
  }

  @Test func refusals() {
    let image: Shape = [4, 6, 8]
    let cases: [(Networks.Operation, [Shape])] = [
      (convolution(0, 3), [image]), (convolution(1, 7), [image]), (convolution(1, 3), [[4]]), (convolution(1, 3), []),
      (convolution(1, 3, stride: 0), [image]), (convolution(1, 3, padding: -1), [image]),
      (convolution(1, 3, dilation: 1 << 60), [image]),
      (.convolution(Convolution(outputChannels: 4, kernel: Extent(1), groups: 3)), [image]),
      (.dense(Dense(outputs: 10)), [image]), (.dense(Dense(outputs: 0)), [[7]]),
      (.pooling(Pooling(.max, kernel: Extent(2), padding: Edges(2))), [image]),
      (.dropout(rate: 1), [image]), (.dropout(rate: .nan), [image]),
      (.reshape(Reshape(to: [191])), [image]), (.reshape(Reshape(to: [-1, -192])), [image]),
      (.permute([0, 1]), [image]), (.permute([0, 1, 1]), [image]), (.cropping(Edges(4)), [image]),
      (.layerNormalization(LayerNormalization(axes: [])), [image]),
      (.layerNormalization(LayerNormalization(axes: [2, 1])), [image]),
      (.groupNormalization(GroupNormalization(groups: 3)), [image]), (.add, [image]), (.add, [image, [4, 6, 7]]),
      (.multiply, [image, [4, 6, 1]]), (.concatenate(axis: 3), [image, image]),
      (.concatenate(axis: 0), [image, [4, 6, 7]]), (.concatenate(axis: 0), [image, [4]]),
    ]
    for (operation, inputs) in cases {
      #expect(throws: ShapeMismatch.self, "\(operation) of \(inputs)") { try operation.outputShape(of: inputs) }
    }
  }
  /// Sizes from a file that would overflow an `Int` in an output, a weight, or the sums on the way there.
  @Test func hugeSizesAreRefused() {
    let most = 1 << 24
    let cases: [(Networks.Operation, [Shape])] = [
      (convolution(most, 3), [[1 << 20, 128, 128]]),
      (.convolution(Convolution(outputChannels: most, kernel: Extent(most), padding: Edges(most))), [[most, 1, 1]]),
      (.transposedConvolution(TransposedConvolution(outputChannels: most, kernel: Extent(most))), [[most, 1, 1]]),
      (.dense(Dense(outputs: most)), [[1 << 36]]),
      (.upsampling(Upsampling(factor: Extent(most))), [[1, 1 << 18, 1 << 18]]),
      (.zeroPadding(Edges(most)), [[1 << 34, 1, 1]]), (.concatenate(axis: 0), [[1 << 36], [1 << 36]]),
    ]
    for (operation, inputs) in cases {
      #expect(throws: ShapeMismatch.self, "\(operation) of \(inputs)") { try operation.outputShape(of: inputs) }
    }
  }
}
