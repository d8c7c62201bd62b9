import Exchange
import Networks
import Reference
import Testing

@Suite struct ONNXWriterTests {
  private func written(_ network: Network, seed: UInt64 = 0) throws -> WrittenONNXModel {
    let (parameters, _) = GradientCheck.point(for: network, exampleCount: 1, seed: seed)
    return WrittenONNXModel(try ONNXFormat.bytes(of: network, parameters, path: "model.onnx"))
  }

  private func chain(_ operations: (String, Networks.Operation)..., from shape: Shape) throws -> Network {
    var network = try Network(inputShape: shape)
    for (name, operation) in operations { try network.append(operation, named: name) }
    return network
  }

  // MARK: Bytes

  private func smallNetwork() throws -> (Network, Parameters) {
    let network = try chain(
      (
        "conv1",
        .convolution(
          Convolution(outputChannels: 1, kernel: Extent(2, 1), padding: Edges(top: 1, bottom: 0, left: 0, right: 2)))
      ), ("up", .upsampling(Upsampling(factor: Extent(1, 2)))), ("act", .activation(.leakyReLU(slope: 0.25))),
      ("shape", .reshape(Reshape(to: [12]))), ("fc", .dense(Dense(outputs: 2, hasBias: false))), from: [1, 2, 1])
    var parameters = Parameters()
    parameters["conv1", .weight] = Tensor(shape: [1, 1, 2, 1], scalars: [1.5, -2])
    parameters["conv1", .bias] = Tensor(shape: [1], scalars: [0.5])
    parameters["fc", .weight] = Tensor(shape: [2, 12], scalars: (0..<24).map { Float($0) / 4 - 3 })
    return (network, parameters)
  }

  /// The same model by onnx 1.23.2: `helper.make_model(...).SerializeToString(deterministic=True)` of five nodes by
  /// `helper.make_node` and of initializers by `numpy_helper.from_array`, with `producer_version` 0.1.0.
  @Test func aSmallNetworkHasTheBytesOfTheOnnxPackage() throws {
    let expected =
      "080812066164766c61621a05302e312e303af1050a93010a05696e7075740a0c636f6e76312e7765696768740a0a636f6e76312e6269"
      + "61731205636f6e76311a05636f6e76312204436f6e762a120a0964696c6174696f6e7340014001a001072a0c0a0567726f75701801a0"
      + "01022a150a0c6b65726e656c5f736861706540024001a001072a110a04706164734001400040004002a001072a100a07737472696465"
      + "7340014001a001070a84010a05636f6e76310a000a0a75702e666163746f7273120275701a0275702206526573697a652a2f0a1e636f"
      + "6f7264696e6174655f7472616e73666f726d6174696f6e5f6d6f6465220a6173796d6d6574726963a001032a120a046d6f646522076e"
      + "656172657374a001032a180a0c6e6561726573745f6d6f64652205666c6f6f72a001030a2a0a02757012036163741a0361637422094c"
      + "65616b7952656c752a0f0a05616c706861150000803ea001010a290a036163740a0b73686170652e7368617065120573686170651a05"
      + "73686170652207526573686170650a330a0573686170650a0966632e77656967687412066c6f676974731a026663220447656d6d2a0d"
      + "0a067472616e73421801a0010212076e6574776f726b2a2208010801080208011001420c636f6e76312e7765696768744a080000c03f"
      + "000000c02a1608011001420a636f6e76312e626961734a040000003f2a2208041001420a75702e666163746f72734a100000803f0000"
      + "803f0000803f000000402a2308021007420b73686170652e73686170654a1000000000000000000c000000000000002a730802080c10"
      + "01420966632e7765696768744a60000040c0000030c0000020c0000010c0000000c00000e0bf0000c0bf0000a0bf000080bf000040bf"
      + "000000bf000080be000000000000803e0000003f0000403f0000803f0000a03f0000c03f0000e03f0000004000001040000020400000"
      + "30405a240a05696e707574121b0a19080112150a07120562617463680a0208010a0208020a020801621d0a066c6f6769747312130a11"
      + "0801120d0a07120562617463680a02080242021011"
    let (network, parameters) = try smallNetwork()
    let bytes = try ONNXFormat.bytes(of: network, parameters, path: "model.onnx")
    let digits = Array("0123456789abcdef")
    #expect(String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }) == expected)
    #expect(try ONNXFormat.bytes(of: network, parameters, path: "model.onnx") == bytes)
    let directory = try TemporaryDirectory()
    try ONNXFormat.write(network, parameters, to: directory.path + "/model.onnx")
    #expect(try directory.read("model.onnx") == bytes)
    #expect(ForeignFile.recognized(at: directory.path + "/model.onnx") == .onnx)
  }

  // MARK: Names

  @Test func valuesParametersAndEndsAreNamed() throws {
    let model = try written(
      chain(
        ("features.0", .convolution(Convolution(outputChannels: 3, kernel: Extent(3)))),
        ("features.1", .batchNormalization(BatchNormalization(hasScale: false))),
        ("gelu", .activation(.gelu(approximate: false))), ("norm", .affine(Affine())),
        ("flatten", .flatten(.channelsFirst)),
        ("fc", .dense(Dense(outputs: 2))), from: [2, 4, 4]))
    #expect(model.initializers["features.0.weight"] == [3, 2, 3, 3])
    #expect(model.initializers["features.0.bias"] == [3])
    for leaf in ["weight", "bias", "running_mean", "running_var"] {
      #expect(model.initializers["features.1.\(leaf)"] == [3], "\(leaf)")
    }
    #expect(model.initializers["norm.weight"] == [3, 1, 1])
    #expect(model.node("features.0")?.inputs == ["input", "features.0.weight", "features.0.bias"])
    #expect(model.node("features.1")?.inputs.first == "features.0")
    #expect(model.nodes.map(\.type).filter { $0 == "Erf" }.count == 1)
    #expect(model.node("gelu.Erf")?.outputs == ["gelu.Erf"])
    #expect(model.node("norm.Mul")?.inputs == ["gelu", "norm.weight"])
    #expect(model.node("fc")?.outputs == ["logits"])
    #expect(model.node("fc")?.integers["transB"] == [1])
  }

  /// Values, initializers and ends share their names in ONNX: none may be taken twice.
  @Test func namesThatAreTakenGetNumbers() throws {
    let model = try written(
      chain(
        ("logits", .activation(.relu)), ("fc.weight", .activation(.tanh)), ("g.Erf", .activation(.sigmoid)),
        ("g", .activation(.gelu(approximate: false))), ("fc", .dense(Dense(outputs: 2))), from: [3]))
    #expect(model.node("logits")?.outputs == ["logits_2"])
    #expect(model.node("fc.weight")?.outputs == ["fc.weight_2"])
    #expect(model.node("g.Erf")?.type == "Sigmoid")
    #expect(model.node("g.Erf_2")?.type == "Erf")
    #expect(model.node("fc")?.inputs == ["g", "fc.weight", "fc.bias"])
  }

  @Test func dropoutIsLeftOut() throws {
    let inner = try written(
      chain(
        ("relu", .activation(.relu)), ("dropout", .dropout(rate: 0.5)), ("fc", .dense(Dense(outputs: 2))), from: [3]))
    #expect(inner.nodes.map(\.name) == ["relu", "fc"])
    #expect(inner.node("fc")?.inputs.first == "relu")
    let last = try written(
      chain(("relu", .activation(.relu)), ("dropout", .dropout(rate: 0.5)), from: [3]))
    #expect(last.nodes.map(\.type) == ["Relu", "Identity"])
    #expect(last.node("dropout")?.outputs == ["logits"])
  }

  @Test(
    arguments: [
      ([], "logits", "Gemm"), ([.softmax], "probabilities", "Softmax"),
      ([.logSoftmax], "log_probabilities", "LogSoftmax"),
      ([.oneOutput], "logits", "Gemm"), ([.oneOutput, .activation(.sigmoid)], "probabilities", "Sigmoid"),
      ([.oneOutput, .activation(.hardSigmoid(slope: 0.2))], "probabilities", "HardSigmoid"),
      ([.activation(.tanh)], "output", "Tanh"), ([.softmax, .affine(scale: 2, shift: 0)], "output", "Add"),
    ] as [([OutputTransform], String, String)])
  func theOutputSaysWhatItIs(transforms: [OutputTransform], output: String, type: String) throws {
    var network = try chain(("fc", .dense(Dense(outputs: 2))), from: [3])
    network.outputTransforms = transforms
    let model = try written(network)
    #expect(model.outputs == [output])
    #expect(model.nodes.last?.outputs == [output] && model.nodes.last?.type == type)
    #expect(model.initializers["fc.weight"] == [transforms.first == .oneOutput ? 1 : 2, 3])
  }

  // MARK: Windows

  /// Windows of 3 × 2 begin at rows and columns 0, 2 and 4 of 6 × 5: the last ones hang over by one.
  @Test func windowsThatHangOverGetPadding() throws {
    let model = try written(
      chain(
        ("pool", .pooling(Pooling(.max, kernel: Extent(3, 2), stride: Extent(2), roundsUp: true))), from: [1, 6, 5]))
    #expect(model.node("pool")?.integers["pads"] == [0, 0, 1, 1])
    #expect(model.node("pool")?.integers["kernel_shape"] == [3, 2])
    #expect(model.node("pool")?.integers["ceil_mode"] == nil)
  }

  /// Zeros of the padding count in the divisor, rows beyond it do not.
  @Test func meansOfWindowsThatHangOverArePaddedFirst() throws {
    func pooling(countsPadding: Bool, rows: Int) throws -> WrittenONNXModel {
      let pooling = Pooling(
        .average(countsPadding: countsPadding), kernel: Extent(2), padding: Edges(top: 1, bottom: 0, left: 1, right: 1),
        roundsUp: true)
      return try written(chain(("pool", .pooling(pooling)), from: [1, rows, 4]))
    }
    let over = try pooling(countsPadding: true, rows: 4)
    #expect(over.nodes.map(\.type) == ["Pad", "AveragePool"])
    #expect(over.integers["pool.edges"] == [0, 0, 1, 1, 0, 0, 0, 1])
    #expect(over.node("pool")?.integers["pads"] == [0, 0, 1, 0])
    #expect(over.node("pool")?.integers["count_include_pad"] == [0])
    let even = try pooling(countsPadding: true, rows: 5)
    #expect(even.nodes.map(\.type) == ["AveragePool"])
    #expect(even.node("pool")?.integers["count_include_pad"] == [1])
    let without = try pooling(countsPadding: false, rows: 4)
    #expect(without.node("pool")?.integers["pads"] == [1, 1, 1, 1])
    #expect(without.node("pool")?.integers["count_include_pad"] == [0])
  }

  /// onnxruntime refuses an output padding of the stride or more, which a larger dilation allows.
  @Test func aLongOutputPaddingBecomesARowOfTheKernel() throws {
    let network = try chain(
      (
        "up",
        .transposedConvolution(
          TransposedConvolution(
            outputChannels: 2, kernel: Extent(2), stride: Extent(1, 2), outputPadding: Extent(2, 1),
            dilation: Extent(3, 1)))
      ), from: [1, 3, 3])
    let model = try written(network)
    #expect(model.initializers["up.weight"] == [1, 2, 3, 2])
    #expect(model.node("up")?.integers["kernel_shape"] == [3, 2])
    #expect(model.node("up")?.integers["output_padding"] == [0, 1])
    #expect(model.node("up")?.integers["pads"] == [0, 0, 1, 0])
  }

  // MARK: Refusals

  private func failure(_ network: Network, _ parameters: Parameters, limit: Int = .max) -> ExchangeError? {
    do {
      _ = try ONNXFormat.bytes(of: network, parameters, path: "model.onnx", limit: limit)
      return nil
    } catch {
      return error
    }
  }

  @Test func whatTheFormatCannotHoldIsRefused() throws {
    let (network, parameters) = try smallNetwork()
    var combined = network
    combined.outputTransforms = [.combination]
    #expect(failure(combined, parameters)?.kind == .cannotWrite)
    #expect(failure(combined, parameters)?.message.contains("sum or product of probabilities") == true)
    var incomplete = parameters
    incomplete["fc", .weight] = nil
    #expect(failure(network, incomplete)?.message.contains("'fc': expected a weight of 2×12") == true)
    var infinite = parameters
    infinite["conv1", .bias] = Tensor(shape: [1], scalars: [.infinity])
    #expect(failure(network, infinite)?.message.contains("finite values in bias") == true)
  }

  /// The weights are counted first, then the bytes of the file; the limit itself is allowed.
  @Test func aModelAboveTheLimitIsRefused() throws {
    let (network, parameters) = try smallNetwork()
    let size = try ONNXFormat.bytes(of: network, parameters, path: "model.onnx").count
    #expect(failure(network, parameters, limit: size) == nil)
    #expect(failure(network, parameters, limit: size - 1)?.message.contains("found \(size) bytes") == true)
    // 2 + 1 + 4 + 24 numbers of four bytes, and two of eight.
    let small = failure(network, parameters, limit: 100)
    #expect(small?.kind == .cannotWrite)
    #expect(small?.message.contains("at most 100 bytes, the limit of one protobuf message, found 140 bytes") == true)
  }

  @Test func aFileThatCannotBeWrittenIsSaid() throws {
    let (network, parameters) = try smallNetwork()
    #expect(throws: ExchangeError.self) {
      try ONNXFormat.write(network, parameters, to: "/nowhere/model.onnx")
    }
  }
}
