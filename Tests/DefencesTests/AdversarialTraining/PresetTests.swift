import Compute
import Defences
import Networks
import Testing
import Training

@Suite struct PresetTests {
  @Test(arguments: Preset.all.map(\.name)) func everyPresetMakesAStep(name: String) throws {
    let preset = try Preset.named(name)
    let shape: Shape = name.hasSuffix("mnist") ? [1, 28, 28] : [3, 32, 32]
    let network = try Architectures.network(preset.architecture, inputShape: shape, classCount: 10)
    #expect(try network.classCount() == 10)
    for augmentation in preset.loop.augmentations { try augmentation.check(imageShape: shape) }
    let item = try Case(isNormalized: name != "gradalign-cifar")
    let threat = ThreatModel(norm: .linf, radius: 0.02)
    for objective in [preset.objective(), preset.objective(threat: threat, workers: Workers(count: 2))] {
      let pass = try objective.pass(through: item.model, over: item.batch)
      #expect(pass.lossSum.isFinite && pass.lossSum > 0)
      #expect(pass.gradients.tensors.values.contains { $0.scalars.contains { $0 != 0 } })
    }
  }

  @Test func namesAreUniqueAndOthersRefused() {
    #expect(Set(Preset.all.map(\.name)).count == Preset.all.count)
    #expect(throws: PresetError(name: "magic")) { try Preset.named("magic") }
    #expect(PresetError(name: "magic").description.contains("fast-mnist"))
  }

  @Test func settingsAreThoseOfThePapers() throws {
    let fast = try Preset.named("fast-mnist")
    #expect(fast.loop.schedule.factor(atEpoch: 4, of: 10) == 1 && fast.loop.learningRate == 5e-3)
    #expect((fast.objective() as? FastAdversarialTraining)?.relativeStep == 1.25)
    let trades = try #require(try Preset.named("trades-cifar").objective() as? Trades)
    #expect(trades.beta == 6 && trades.steps == 10 && trades.stepSize == 0.007 && trades.threat.model.radius == 0.031)
    // Steps keep their ratio to the radius.
    let half = ThreatModel(norm: .linf, radius: 0.15)
    let madry = try #require(try Preset.named("pgd-mnist").objective(threat: half) as? ProjectedGradientTraining)
    #expect(madry.steps == 40 && abs((madry.stepSize ?? 0) - 0.005) < 1e-9 && madry.threat.model == half)
    let free = try Preset.named("free-cifar")
    #expect(free.objective().replays == 8 && free.loop.epochs == 10)
  }

  /// A few epochs of fast adversarial training by the loop: the weights are the same whatever the number of workers.
  @Test func aRunDoesNotDependOnWorkers() throws {
    func weights(workers: Int) throws -> Parameters {
      let item = try Case(isNormalized: true, count: 24, workers: workers)
      let objective = FastAdversarialTraining(
        threat: TrainingThreat(ThreatModel(norm: .linf, radius: 0.05)), workers: Workers(count: workers))
      var optimizer = Adam()
      _ = try TrainingLoop(epochs: 2, batchSize: 10, learningRate: 0.01)
        .run(item.model, on: item.batch.examples, objective: objective, optimizer: &optimizer)
      return item.model.parameters
    }
    #expect(try weights(workers: 1) == weights(workers: 3))
  }
}
