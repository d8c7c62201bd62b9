import FoundationEssentials
import Networks
import Testing

/// At least one operation of every kind, with payloads away from their defaults.
let operationsOfEveryKind: [Networks.Operation] =
  [
    .input([3, 8, 8]),
    .convolution(
      Convolution(
        outputChannels: 4, kernel: Extent(3, 5), stride: Extent(2, 1),
        padding: Edges(top: 1, bottom: 2, left: 0, right: 3), dilation: Extent(1, 2), groups: 2, hasBias: false)),
    .transposedConvolution(
      TransposedConvolution(
        outputChannels: 6, kernel: Extent(4), stride: Extent(2), padding: Edges(1), outputPadding: Extent(1, 0),
        dilation: Extent(1), groups: 3, hasBias: false)),
    .dense(Dense(outputs: 10, hasBias: false)),
    .pooling(Pooling(.max, kernel: Extent(3), stride: Extent(2), padding: Edges(1), roundsUp: true)),
    .pooling(Pooling(.average(countsPadding: false), kernel: Extent(2, 3))),
    .globalPooling(GlobalPooling(.max, keepsAxes: true)),
    .parametricReLU(ParametricReLU(isShared: true)),
    .softmax,
    .logSoftmax,
    .flatten(.channelsLast),
    .reshape(Reshape(to: [2, 4, 4], order: .channelsLast)),
    .permute([2, 0, 1]),
    .zeroPadding(Edges(top: 1, bottom: 2, left: 3, right: 4)),
    .cropping(Edges(2)),
    .upsampling(Upsampling(factor: Extent(2, 3), method: .bilinearAlignedCorners)),
    .batchNormalization(BatchNormalization(epsilon: 1e-3, momentum: 0.01, hasScale: false, hasShift: true)),
    .layerNormalization(LayerNormalization(axes: [0, 2], epsilon: 1e-6, hasScale: true, hasShift: false)),
    .groupNormalization(GroupNormalization(groups: 4, epsilon: 1e-6, hasScale: false, hasShift: false)),
    .affine(Affine(isTrainable: true)), .affine(Affine(initialScale: [2, 3], initialShift: [0.5])),
    .affine(Affine(isTrainable: true, hasShift: false, initialScale: [1e-6])),
    .dropout(rate: 0.25),
    .add,
    .multiply,
    .concatenate(axis: 1),
  ] + activationsOfEveryKind.map { .activation($0) }

let activationsOfEveryKind: [Activation] = [
  .relu, .relu6, .leakyReLU(slope: 0.2), .elu(alpha: 0.5), .selu, .gelu(approximate: true), .silu, .hardSwish,
  .sigmoid, .hardSigmoid(slope: 0.2), .tanh, .softplus,
]

@Suite struct OperationCodableTests {
  @Test func theListHasEveryKind() {
    #expect(Set(operationsOfEveryKind.map(\.kindName)) == Set(Networks.Operation.kindNames))
  }

  @Test(arguments: operationsOfEveryKind)
  func roundTrip(operation: Networks.Operation) throws {
    let data = try JSONEncoder().encode(operation)
    #expect(try JSONDecoder().decode(Networks.Operation.self, from: data) == operation)
    let object = try JSONDecoder().decode([String: AnyValue].self, from: data)
    #expect(Array(object.keys) == [operation.kindName])
  }

  @Test(arguments: [#"{}"#, #"{"dens": {}}"#, #"{"add": true, "multiply": true}"#, #"{"dense": {"outputs": "ten"}}"#])
  func refusesWhatIsNotOneOperation(text: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Networks.Operation.self, from: Data(text.utf8))
    }
  }

  /// A JSON value nobody looks at.
  private struct AnyValue: Decodable {
    init(from decoder: any Decoder) {}
  }
}
