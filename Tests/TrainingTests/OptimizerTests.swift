import Networks
import Testing
import Training

@Suite struct OptimizerTests {
  private let weight = ParameterKey("a", .weight)
  private let mean = ParameterKey("a", .mean)

  private func address(of key: ParameterKey, in parameters: Parameters) -> UnsafePointer<Float>? {
    parameters.tensors[key]?.withUnsafeScalars { $0.baseAddress }
  }

  @Test func updatesAreInPlace() throws {
    var optimizer = Adam()
    var parameters = Parameters([weight: Tensor(shape: [64], repeating: 1)])
    let gradients = Parameters([weight: Tensor(shape: [64], repeating: 1)])
    optimizer.update(&parameters, gradients: gradients, learningRate: 0.1)
    let before = [parameters, optimizer.state.first, optimizer.state.second].map { address(of: weight, in: $0) }
    optimizer.update(&parameters, gradients: gradients, learningRate: 0.1)
    let after = [parameters, optimizer.state.first, optimizer.state.second].map { address(of: weight, in: $0) }
    #expect(before == after && !before.contains(nil))
  }

  @Test func parametersWithoutGradientStay() {
    for var optimizer: any Optimizer in [
      SGD(momentum: 0, weightDecay: 0.1), SGD(momentum: 0.9), Adam(weightDecay: 0.1), RMSProp(),
      Nadam(weightDecay: 0.1),
    ] {
      var parameters = Parameters([weight: Tensor(shape: [3], repeating: 1), mean: Tensor(shape: [3], repeating: 1)])
      let gradients = Parameters([weight: Tensor(shape: [3], repeating: 1)])
      optimizer.update(&parameters, gradients: gradients, learningRate: 0.1)
      #expect(parameters.tensors[mean]?.scalars == [1, 1, 1])
      #expect(parameters.tensors[weight]?.scalars != [1, 1, 1])
      #expect(optimizer.state.updates == 1)
    }
  }

  @Test func aCopyHasItsOwnState() {
    var optimizer = SGD(momentum: 0.5)
    var parameters = Parameters([weight: Tensor(shape: [1], repeating: 0)])
    let gradients = Parameters([weight: Tensor(shape: [1], repeating: 1)])
    optimizer.update(&parameters, gradients: gradients, learningRate: 1)
    let copy = optimizer
    optimizer.update(&parameters, gradients: gradients, learningRate: 1)
    #expect(copy.state.first.tensors[weight]?.scalars == [1])
    #expect(optimizer.state.first.tensors[weight]?.scalars == [1.5])
    #expect(parameters.tensors[weight]?.scalars == [-2.5])
  }
}
