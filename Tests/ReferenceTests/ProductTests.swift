import Networks
import Reference
import Testing

@Suite struct ProductTests {
  /// The input [2, 1, 2] times the mean of each of its channels, either of the two first.
  @Test(arguments: [false, true])
  func aScalarPerChannelIsRepeated(gateFirst: Bool) throws {
    var network = try Network(inputShape: [2, 1, 2])
    let gate = try network.append(.globalPooling(GlobalPooling(.average, keepsAxes: true)), named: "gate")
    try network.append(.multiply, named: "multiply", to: gateFirst ? [gate, 0] : [0, gate])
    let model = try ReferenceModel(network: network, parameters: ParameterSet())
    #expect(model([1, 3, 5, 7]) == [2, 6, 30, 42])
    // d/dx1 of (x1 + x2)²/2 is x1 + x2.
    #expect(model.inputGradient(at: [1, 3, 5, 7], of: [1, 1, 1, 1]) == [4, 4, 12, 12])
  }

  @Test func dropoutUsesTheSharedMask() throws {
    let model = try ReferenceModel.single(.dropout(rate: 0.5), from: [64])
    let images = Tensor<Double>(shape: [2, 64], repeating: 3)
    let ids = [5, 9]
    let context = TrainingContext(seed: 17, step: 4, exampleIDs: ids)
    let pass = model.trainingPass(at: images, context: context) { _ in Tensor(shape: [2, 64], repeating: 1) }
    var expected: [Double] = []
    for id in ids {
      var factors = [Float](repeating: 0, count: 64)
      factors.withUnsafeMutableBufferPointer {
        DropoutMask.fill($0, rate: 0.5, context: 17, step: 4, node: 1, example: id)
      }
      expected += factors.map { 3 * Double($0) }
    }
    #expect(pass.logits.scalars == expected)
    // Kept and dropped scalars both occur: 2⁻¹²⁸ is the chance that they do not.
    #expect(Set(expected) == [0, 6])
    let gradient = model.pullback(
      at: images, cotangent: Tensor(shape: [2, 64], repeating: 1), mode: .training(context)
    ).inputGradient
    #expect(gradient.scalars == expected.map { $0 / 3 })
    #expect(model.logits(of: images) == images)
  }
}
