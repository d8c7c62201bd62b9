import Networks
import Reference
import Testing

/// Every case works on 0, 1, 2, … so that the output says where its scalars come from.
@Suite struct ArrangementTests {
  private func arranged(_ operation: Operation, _ shape: Shape) throws -> [Double] {
    try ReferenceModel.single(operation, from: shape)((0..<shape.count).map(Double.init))
  }

  @Test func flatten() throws {
    #expect(try arranged(.flatten(.channelsFirst), [2, 2, 2]) == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(try arranged(.flatten(.channelsLast), [2, 2, 2]) == [0, 4, 1, 5, 2, 6, 3, 7])
    #expect(try arranged(.flatten(.channelsLast), [3, 1, 2]) == [0, 2, 4, 1, 3, 5])
    #expect(try arranged(.flatten(.channelsLast), [2, 2]) == [0, 1, 2, 3])
  }

  @Test func reshape() throws {
    #expect(try arranged(.reshape(Reshape(to: [4, 1, 2])), [2, 2, 2]) == [0, 1, 2, 3, 4, 5, 6, 7])
    // Keras' Reshape((1, 2, 4)) of H×W×C 2×2×2: place 0 holds (0,0,c) and (0,1,c), that is scalars 0 4 1 5.
    #expect(
      try arranged(.reshape(Reshape(to: [4, 1, 2], order: .channelsLast)), [2, 2, 2]) == [0, 2, 4, 6, 1, 3, 5, 7])
    // From a vector, as after a dense layer in Keras: the channel runs fastest.
    #expect(try arranged(.reshape(Reshape(to: [2, 1, 3], order: .channelsLast)), [6]) == [0, 2, 4, 1, 3, 5])
  }

  @Test func permute() throws {
    // Output axis i is input axis axes[i]: C×H×W 1×2×3 to W×C×H.
    let model = try ReferenceModel.single(.permute([2, 0, 1]), from: [1, 2, 3])
    #expect(model.network.outputShape == [3, 1, 2])
    #expect(model([0, 1, 2, 3, 4, 5]) == [0, 3, 1, 4, 2, 5])
    #expect(model.inputGradient(at: [0, 0, 0, 0, 0, 0], of: [0, 3, 1, 4, 2, 5]) == [0, 1, 2, 3, 4, 5])
  }

  @Test func zeroPadding() throws {
    let model = try ReferenceModel.single(
      .zeroPadding(Edges(top: 1, bottom: 0, left: 0, right: 2)), from: [2, 1, 1])
    #expect(model([5, 6]) == [0, 0, 0, 5, 0, 0, 0, 0, 0, 6, 0, 0])
    let cotangent = (0..<12).map(Double.init)
    #expect(model.inputGradient(at: [5, 6], of: cotangent) == [3, 9])
  }

  @Test func cropping() throws {
    let edges = Edges(top: 1, bottom: 0, left: 0, right: 2)
    #expect(try arranged(.cropping(edges), [2, 2, 3]) == [3, 9])
    let model = try ReferenceModel.single(.cropping(edges), from: [1, 2, 3])
    #expect(model.inputGradient(at: Array(repeating: 0, count: 6), of: [7]) == [0, 0, 0, 7, 0, 0])
  }

  @Test(
    arguments: [
      (0, [0, 1, 2, 3, 10, 11, 12, 13]), (1, [0, 1, 10, 11, 2, 3, 12, 13]),
      (2, [0, 10, 1, 11, 2, 12, 3, 13]),
    ] as [(Int, [Double])])
  func concatenate(axis: Int, expected: [Double]) throws {
    var network = try Network(inputShape: [2, 2, 1])
    let other = try network.append(.affine(Affine()), named: "other")
    try network.append(.concatenate(axis: axis), named: "concatenate", to: [0, other])
    var parameters = ParameterSet<Double>()
    parameters["other", .scale] = Tensor(shape: [2], scalars: [1, 1])
    parameters["other", .shift] = Tensor(shape: [2], scalars: [10, 10])
    let model = try ReferenceModel(network: network, parameters: parameters)
    #expect(model([0, 1, 2, 3]) == expected)
    // Every scalar occurs twice, once in each part: the cotangents of both meet.
    #expect(model.inputGradient(at: [0, 1, 2, 3], of: expected) == [10, 12, 14, 16])
  }
}
