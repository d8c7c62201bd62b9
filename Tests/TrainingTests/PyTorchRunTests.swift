import Networks
import Testing
import Training

/// Whole runs of four full batches against PyTorch 2.13, as Tests/Interop/optimizers.py prints them:
/// `torch.nn.Linear(4, 3)`, `SGD(lr=0.5, momentum=0.9, weight_decay=0.01)`, `CosineAnnealingLR(4)`.
@Suite struct PyTorchRunTests {
  /// What PyTorch gives: the loss of each batch, then the weights.
  private struct Expected {
    var losses = [1.05494761, 0.855819404, 0.659959793, 0.554395795]
    var weight: [Float]
    var bias: [Float]
  }

  private func expect(_ expected: Expected, loss: Loss = .crossEntropy, _ change: (inout TrainingLoop) -> Void) throws {
    let model = try SoftmaxRegression(
      inputShape: [1, 2, 2], classCount: 3, weight: [0.1, -0.2, 0.3, 0, 0, 0.2, -0.1, 0.1, -0.3, 0.1, 0, 0.2],
      bias: [0.05, -0.05, 0])
    let examples = try LabelledImages(
      images: Tensor(
        shape: [5, 1, 2, 2], scalars: [0, 1, 2, 3, 1, 0, -1, 2, 2, 2, 0, 1, -1, 1, 1, 0, 0.5, -0.5, 1, -1]),
      labels: [0, 1, 2, 1, 0])
    var optimizer = SGD(momentum: 0.9, weightDecay: 0.01)
    var loop = TrainingLoop(epochs: 4, batchSize: 8, learningRate: 0.5, schedule: CosineSchedule())
    change(&loop)
    let outcome = try loop.run(model, on: examples, objective: StandardObjective(loss: loss), optimizer: &optimizer)
    // Weights and losses of order 1 after four updates of a few roundings each, 2⁻²⁴ apiece.
    for (record, loss) in zip(outcome.epochs, expected.losses) { #expect(abs(record.trainingLoss - loss) < 2e-6) }
    #expect(outcome.epochs.count == expected.losses.count)
    for (role, values) in [(ParameterRole.weight, expected.weight), (.bias, expected.bias)] {
      let found = model.parameters["logits", role]?.scalars ?? []
      #expect(found.count == values.count)
      for (a, b) in zip(found, values) { #expect(abs(a - b) < 2e-6) }
    }
  }

  @Test func labelSmoothing() throws {
    // CrossEntropyLoss(label_smoothing=0.2)
    let expected = Expected(
      losses: [1.07094765, 0.939225018, 0.814419985, 0.74966085],
      weight: [
        0.0187884718, -0.367267638, 0.769257009, 0.167931154, -0.386336684, 0.0895292014, -0.279273003, 0.196556598,
        0.172010332, 0.375507414, -0.294446081, -0.0711808577,
      ], bias: [0.0751444772, 0.11049147, -0.185635954])
    try expect(expected, loss: .crossEntropy(labelSmoothing: 0.2)) { _ in }
  }

  @Test func clippedNorm() throws {
    // clip_grad_norm_(model.parameters(), 0.3) before every update
    let expected = Expected(
      losses: [1.05494761, 0.959183037, 0.828763604, 0.738927484],
      weight: [
        0.0425079502, -0.299544334, 0.633992434, 0.120746672, -0.238242149, 0.125291526, -0.234094605, 0.149050415,
        0.000196297478, 0.27202177, -0.204359964, 0.0235097837,
      ], bias: [0.0880787671, 0.0365320295, -0.124610811])
    try expect(expected) { $0.gradientClipping = .norm(0.3) }
  }

  @Test func exponentialAverage() throws {
    // AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.6)), updated after every update
    let expected = Expected(
      weight: [
        0.021185359, -0.365331888, 0.781251729, 0.155755118, -0.349147052, 0.104415618, -0.295628339, 0.190596998,
        0.131290719, 0.359251767, -0.28895241, -0.0513456613,
      ], bias: [0.0923150778, 0.0912236646, -0.183538765])
    try expect(expected) { $0.averaging = .exponential(decay: 0.6) }
  }

  @Test func stochasticAverage() throws {
    // AveragedModel(model), updated at the ends of the second to the fourth epoch
    let expected = Expected(
      weight: [
        0.0118321404, -0.383028328, 0.833788276, 0.172626719, -0.386924148, 0.0933333039, -0.317105234, 0.199448347,
        0.17877306, 0.387854487, -0.320364118, -0.0775966719,
      ], bias: [0.0971903428, 0.105551891, -0.202742249])
    try expect(expected) { $0.averaging = .stochastic(fromEpoch: 1) }
  }
}
