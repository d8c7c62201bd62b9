import Networks
import Testing
import Training

/// Runs four updates on w = (1, −2, 0.5, 0) with learning rate 0.1 and, in update t = 1…4, the gradient
/// t · (0.5, −1, 2, 0.25) + (2, 1, −0.5, 0) · w, and returns w after each.
///
/// The literals it is compared with were printed by PyTorch 2.13 (Tests/Interop/optimizers.py) on the same problem:
/// `p.grad = torch.tensor([0.5, -1.0, 2.0, 0.25]) * t + torch.tensor([2.0, 1.0, -0.5, 0.0]) * p; optimizer.step()`.
func trajectory(of optimizer: some Optimizer) -> [[Float]] {
  let key = ParameterKey("layer", .weight)
  var optimizer = optimizer
  var parameters = Parameters([key: Tensor(shape: [2, 2], scalars: [1, -2, 0.5, 0])])
  return (1...4).map { t in
    let weights = parameters.tensors[key]?.scalars ?? []
    let fixed: [Float] = [0.5, -1, 2, 0.25]
    let slopes: [Float] = [2, 1, -0.5, 0]
    let gradient = weights.indices.map { Float(t) * fixed[$0] + slopes[$0] * weights[$0] }
    optimizer.update(
      &parameters, gradients: Parameters([key: Tensor(shape: [2, 2], scalars: gradient)]), learningRate: 0.1)
    return parameters.tensors[key]?.scalars ?? []
  }
}

/// Weights and steps are of order 1 and four updates of a few roundings each separate the two: PyTorch fuses some
/// multiplications with additions. 2e-6 is 16 ulps of 1; a wrong term shows at 1e-3 and more.
func expectEqual(
  _ found: [[Float]], _ expected: [[Float]], sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  for (a, b) in zip(found.joined(), expected.joined()) {
    #expect(abs(a - b) <= 2e-6, sourceLocation: sourceLocation)
  }
}
