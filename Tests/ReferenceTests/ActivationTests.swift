import Networks
import Reference
import Testing

@Suite struct ActivationTests {
  @Test func relu() throws {
    let model = try ReferenceModel.single(.activation(.relu), from: [1, 4, 4])
    #expect(
      model([3, -1, 2, -4, -2, 5, 1, -3, 4, -1, 6, 2, -5, 3, -2, 1]) == [
        3, 0, 2, 0, 0, 5, 1, 0, 4, 0, 6, 2, 0, 3, 0, 1,
      ])
    #expect(
      try ReferenceModel.single(.activation(.relu), from: [3]).inputGradient(at: [-1, 0, 1], of: [7, 7, 7]) == [
        0, 0, 7,
      ])
  }

  /// Far out nothing overflows: every function has its limit, every derivative its own.
  @Test(
    arguments: [
      (.relu, 0, 0), (.elu(alpha: 1), -1, 0), (.gelu(approximate: false), 0, 0), (.gelu(approximate: true), 0, 0),
      (.silu, 0, 0), (.hardSwish, 0, 0), (.sigmoid, 0, 0), (.hardSigmoid(slope: 0.2), 0, 0), (.tanh, -1, 0),
      (.softplus, 0, 0), (.leakyReLU(slope: 0.5), -500, 0.5),
    ] as [(Activation, Double, Double)])
  func farBelowZero(activation: Activation, value: Double, derivative: Double) throws {
    let model = try ReferenceModel.single(.activation(activation), from: [1])
    // exp(−1000) is 0 in double precision, and so is every product with it.
    #expect(model([-1000]) == [value])
    #expect(model.inputGradient(at: [-1000], of: [1]) == [derivative])
  }

  @Test(
    arguments: [
      (.relu6, 6, 0), (.elu(alpha: 1), 1000, 1), (.gelu(approximate: false), 1000, 1),
      (.gelu(approximate: true), 1000, 1), (.silu, 1000, 1), (.hardSwish, 1000, 1), (.sigmoid, 1, 0),
      (.hardSigmoid(slope: 0.2), 1, 0), (.tanh, 1, 0), (.softplus, 1000, 1),
    ] as [(Activation, Double, Double)])
  func farAboveZero(activation: Activation, value: Double, derivative: Double) throws {
    let model = try ReferenceModel.single(.activation(activation), from: [1])
    #expect(model([1000]) == [value])
    #expect(model.inputGradient(at: [1000], of: [1]) == [derivative])
  }

  @Test func slopesPerChannelOrShared() throws {
    let perChannel = try ReferenceModel.single(
      .parametricReLU(ParametricReLU()), from: [2, 1, 2], [.slope: [0.5, 0.25]])
    #expect(perChannel([-4, 4, -4, 4]) == [-2, 4, -1, 4])
    let shared = try ReferenceModel.single(
      .parametricReLU(ParametricReLU(isShared: true)), from: [2, 1, 2], [.slope: [0.5]])
    let result = shared.pullback(
      at: Tensor(shape: [1, 2, 1, 2], scalars: [-4, 4, -8, 4]), cotangent: Tensor(shape: [1, 2, 1, 2], repeating: 1))
    #expect(result.output.scalars == [-2, 4, -4, 4])
    #expect(result.parameterGradients["operation", .slope]?.scalars == [-12])
  }

  @Test func softmaxOfLargeLogits() throws {
    let model = try ReferenceModel.single(.softmax, from: [2])
    #expect(model([1000, 1000]) == [0.5, 0.5])
    #expect(model([1000, -1000]) == [1, 0])
  }

  @Test func softmaxRunsOverChannels() throws {
    let model = try ReferenceModel.single(.softmax, from: [2, 1, 3])
    let p = model([1, 2, 3, -1, 0.5, 2])
    // Two exponentials over their own sum: within a few units in the last place.
    for column in 0..<3 { #expect(abs(p[column] + p[column + 3] - 1) < 1e-15) }
  }
}
