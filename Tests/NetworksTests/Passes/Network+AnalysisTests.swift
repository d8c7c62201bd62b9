import Networks
import Testing

@Suite struct NetworkAnalysisTests {
  private func convolution(
    _ channels: Int, _ kernel: Int, stride: Int = 1, dilation: Int = 1, groups: Int = 1, hasBias: Bool = true
  ) -> Networks.Operation {
    .convolution(
      Convolution(
        outputChannels: channels, kernel: Extent(kernel), stride: Extent(stride), dilation: Extent(dilation),
        groups: groups, hasBias: hasBias))
  }

  private func chain(_ input: Shape, _ operations: [Networks.Operation]) throws -> Network {
    var network = try Network(inputShape: input)
    for (index, operation) in operations.enumerated() { try network.append(operation, named: "\(index)") }
    return network
  }

  @Test func parameterCounts() throws {
    #expect(try chain([64, 32, 32], [convolution(64, 5)]).parameterCount == 102_464)
    #expect(try chain([64, 32, 32], [convolution(64, 3), convolution(64, 3)]).parameterCount == 73_856)
    #expect(try chain([1, 8, 8], [convolution(32, 3)]).parameterCount == 320)
    #expect(try chain([3, 8, 8], [convolution(32, 3)]).parameterCount == 896)
    #expect(try chain([784], [.dense(Dense(outputs: 100))]).parameterCount == 78_500)
    let large = try chain([3, 224, 224], [.flatten(.channelsFirst), .dense(Dense(outputs: 100))])
    #expect(large.parameterCount == 15_052_900)
  }

  @Test func depthwiseSeparableConvolution() throws {
    let (c, k) = (24, 5)
    let network = try chain(
      [c, 9, 9], [convolution(c, k, groups: c, hasBias: false), convolution(c, 1)])
    #expect(network.parameterCount == c * k * k + c * c + c)
    #expect(network.parameterCount(of: 1) == c * k * k)
    // 5×5 positions; every depthwise output takes k² products, every pointwise one C.
    #expect(network.multiplyAccumulates == 25 * c * k * k + 25 * c * c)
  }

  @Test func statisticsAndFrozenNormalizationAreStateNotParameters() throws {
    let network = try chain(
      [3, 4, 4], [.affine(Affine()), convolution(8, 3), .batchNormalization(BatchNormalization())])
    #expect(network.parameterCount == 3 * 8 * 9 + 8 + 16)
    #expect(network.stateCount == 6 + 16)
    #expect(network.stateCount(of: 1) == 6)
  }

  @Test func multiplyAccumulates() throws {
    // 3 channels of 3×3 taps for each of 16 filters at 30×30 places.
    #expect(try chain([3, 32, 32], [convolution(16, 3)]).multiplyAccumulates == 30 * 30 * 16 * 3 * 9)
    let up = TransposedConvolution(outputChannels: 5, kernel: Extent(2), stride: Extent(2))
    #expect(try chain([4, 6, 6], [.transposedConvolution(up)]).multiplyAccumulates == 4 * 36 * 5 * 4)
    let dense = try chain([1, 8, 8], [.flatten(.channelsFirst), .dense(Dense(outputs: 10)), .activation(.relu)])
    #expect(dense.nodes.indices.map(dense.multiplyAccumulates(of:)) == [0, 0, 640, 0])
  }

  @Test func receptiveFieldsOfStackedConvolutions() throws {
    let network = try chain([1, 16, 16], Array(repeating: convolution(1, 3), count: 4))
    #expect(network.receptiveFields == [1, 3, 5, 7, 9].map { Extent($0) })
  }

  @Test func receptiveFieldsCountStrideDilationAndPooling() throws {
    let pooling = Networks.Operation.pooling(Pooling(.max, kernel: Extent(2)))
    let network = try chain(
      [1, 64, 64], [convolution(1, 3, stride: 2), pooling, convolution(1, 3, dilation: 2), .activation(.relu)])
    // 1 + 2; + 1·2; + 2·2·4.
    #expect(network.receptiveFields == [1, 3, 5, 21, 21].map { Extent($0) })
    let oblong = Convolution(outputChannels: 1, kernel: Extent(1, 5), stride: Extent(1, 2))
    let twice = try chain([1, 9, 32], [.convolution(oblong), .convolution(oblong)])
    #expect(twice.receptiveFields.last == Extent(1, 13))
  }

  @Test func receptiveFieldsAfterUpsampling() throws {
    let up = Networks.Operation.upsampling(Upsampling(factor: Extent(2)))
    let network = try chain([1, 8, 8], [up, convolution(1, 3), convolution(1, 3)])
    // Three fine places touch at most 2 coarse ones, five at most 3.
    #expect(network.receptiveFields == [1, 1, 2, 3].map { Extent($0) })
    let transposed = TransposedConvolution(outputChannels: 1, kernel: Extent(4), stride: Extent(2))
    #expect(try chain([1, 8, 8], [.transposedConvolution(transposed)]).receptiveFields.last == Extent(2))
  }

  @Test func receptiveFieldsTakeTheLargestPath() throws {
    var network = try Network(inputShape: [1, 8, 8])
    let same = { (kernel: Int) in
      Networks.Operation.convolution(
        Convolution(outputChannels: 1, kernel: Extent(kernel), padding: Edges(kernel / 2)))
    }
    let a = try network.append(same(3), named: "a", to: [0])
    let b = try network.append(same(5), named: "b", to: [0])
    let c = try network.append(.concatenate(axis: 0), named: "c", to: [a, b])
    try network.append(.globalPooling(GlobalPooling(.average, keepsAxes: true)), named: "squeeze", to: [c])
    try network.append(.multiply, named: "excite", to: [c, c + 1])
    #expect(network.receptiveFields == [Extent(1), Extent(3), Extent(5), Extent(5), nil, nil])
  }

  @Test func denseLayersSeeAll() throws {
    let network = try chain([1, 8, 8], [convolution(1, 3), .flatten(.channelsFirst), .dense(Dense(outputs: 2))])
    #expect(network.receptiveFields == [Extent(1), Extent(3), nil, nil])
    #expect(try chain([7], [.dense(Dense(outputs: 2))]).receptiveFields == [nil, nil])
  }

  @Test func absurdSizesSaturate() throws {
    let most = 1 << 24
    var network = try Network(inputShape: [1 << 10, 1, 1])
    let large = Convolution(outputChannels: 1, kernel: Extent(1 << 13), padding: Edges(1 << 16), hasBias: false)
    try network.append(.convolution(large), named: "absurd")
    #expect(network.parameterCount == 1 << 36)
    #expect(network.multiplyAccumulates == .max)
    for index in 0..<50 {
      let strided = Convolution(outputChannels: 1, kernel: Extent(1), stride: Extent(most))
      try network.append(.convolution(strided), named: "\(index)")
    }
    #expect(network.receptiveFields.last == Extent(1 << 13))
    #expect(throws: NetworkError.self) { try Parameters.initial(for: network, random: RandomSource(seed: 0)) }
  }
}
