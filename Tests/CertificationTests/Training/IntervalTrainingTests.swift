import Certification
import Compute
import Foundation
import Hyperparameters
import Networks
import Reference
import TestSupport
import Testing
import Training

@Suite struct IntervalTrainingTests {
  /// A network with everything that pairs bounds differently: strides, max-pooling, channels first.
  private let item = IntervalCase.all[1]

  private func batch(count: Int = 6, epoch: Double = 15) throws -> Minibatch {
    let ids = (0..<count).map { 10 + 3 * $0 }
    return Minibatch(
      examples: try LabelledImages(
        images: item.images(count).float, labels: (0..<count).map { $0 % 3 }, ids: ids),
      context: TrainingContext(seed: 5, step: 3, exampleIDs: ids), epoch: epoch, epochs: 70)
  }

  private func model(threads: Int = 1) throws -> CompiledModel {
    try CompiledModel(
      network: item.network, parameters: Parameters(try item.parameters().tensors.mapValues(\.float)),
      workers: Workers(count: threads))
  }

  private func pass(
    _ method: some IntervalTraining, _ batch: Minibatch, threads: Int = 1
  ) throws -> ObjectivePass {
    try method.objective(workers: Workers(count: threads)).pass(through: model(threads: threads), over: batch)
  }

  /// A ramp that has just ended.
  private func fullRadius(_ radius: Float) -> RadiusRamp { RadiusRamp(radius: radius, rampEpochs: 14) }

  /// Mean of 0.7 CE(z) + 0.3 CE(worst z), from margins of plain intervals.
  private func loss(_ parameters: ParameterSet<Double>, _ batch: Minibatch, radius: Double) throws -> Double {
    let images = batch.examples.images.double
    let logits = try ReferenceModel(network: item.network, parameters: parameters).logits(of: images)
    let plain = PlainIntervals(network: item.network, parameters: parameters)
    func crossEntropy(_ logits: [Double], _ label: Int) -> Double {
      log(logits.reduce(0) { $0 + exp($1 - logits[label]) })
    }
    let losses = try batch.examples.labels.enumerated().map { row, label in
      let margins = try plain.margins(around: images.examples(row..<row + 1).scalars, radius: radius)
      let own = logits.examples(row..<row + 1).scalars
      return 0.7 * crossEntropy(own, label)
        + 0.3 * crossEntropy((0..<3).map { -margins[label * 3 + $0] }, label)
    }
    return losses.reduce(0, +) / Double(losses.count)
  }

  /// The whole objective on the fast engine against central differences of a loss that is written out here, in double
  /// precision. Single precision leaves some 1e-5 of a sum of a hundred terms.
  @Test func lossAndGradientAreThoseOfIntervals() throws {
    let (batch, parameters) = (try batch(), try item.parameters())
    let pass = try pass(IntervalBoundTraining(fullRadius(0.1), finalKappa: 0.7), batch)
    let expected = try loss(parameters, batch, radius: Double(Float(0.1)))
    #expect(abs(pass.lossSum / 6 - expected) < 1e-5 * expected)
    var stream = RandomSource(seed: 29).stream(.initialization)
    for _ in 0..<3 {
      var (there, back, slope, scale) = (parameters, parameters, 0.0, 0.0)
      for (key, gradient) in pass.gradients.tensors.sorted(by: { $0.key < $1.key }) {
        let direction = gradient.scalars.map { _ in Double(stream.normal()) }
        slope += zip(gradient.scalars, direction).reduce(0) { $0 + Double($1.0) * $1.1 }
        scale += zip(gradient.scalars, direction).reduce(0) { $0 + abs(Double($1.0) * $1.1) }
        func moved(_ length: Double) -> Tensor<Double> {
          let scalars = zip(parameters.tensors[key]?.scalars ?? [], direction).map { $0 + length * $1 }
          return Tensor(shape: gradient.shape, scalars: scalars)
        }
        (there.tensors[key], back.tensors[key]) = (moved(1e-6), moved(-1e-6))
      }
      let radius = Double(Float(0.1))
      let difference = (try loss(there, batch, radius: radius) - loss(back, batch, radius: radius)) / 2e-6
      #expect(abs(difference - slope) < 1e-5 * scale, "\(difference) against \(slope)")
    }
  }

  @Test func theRadiusRises() {
    var ramp = RadiusRamp(radius: 0.3, rampEpochs: 20, warmUpEpochs: 2)
    #expect([0, 1.99, 2].map { ramp.share(atEpoch: $0) } == [0, 0, 0])
    #expect(ramp.share(atEpoch: 22) == 1 && ramp.share(atEpoch: 60) == 1)
    // auto_LiRPA's schedule has 7.7 % after a quarter; both parts have one value and one slope there.
    #expect(abs(ramp.share(atEpoch: 7) - 1.0 / 13) < 1e-6)
    let (before, middle, after) = (ramp.share(atEpoch: 6.99), ramp.share(atEpoch: 7), ramp.share(atEpoch: 7.01))
    #expect(abs((middle - before) - (after - middle)) < 0.01 * (after - middle))
    ramp.shape = .linear
    #expect(ramp.share(atEpoch: 7) == 0.25)
    ramp.threat.rampEpochs = 0
    #expect(ramp.share(atEpoch: 2) == 1)
  }

  /// Before the radius rises every method is plain training.
  @Test func warmUpIsPlainTraining() throws {
    let item = try #require(TrainingCase.all.last)
    let batch = try item.batch(count: 6, epoch: 0.5)
    let plain = try StandardObjective().pass(through: item.model(), over: batch)
    for method in CertifiedTrainingCatalog.methods {
      let pass = try method.init().objective().pass(through: item.model(), over: batch)
      #expect(pass.gradients == plain.gradients && pass.lossSum == plain.lossSum)
    }
  }

  /// A box that is the whole ball, and a bound that is the whole loss, are interval bounds alone.
  @Test func methodsMeetWhereTheyAreTheSame() throws {
    let (batch, ramp) = (try batch(), fullRadius(0.1))
    let bounds = try pass(IntervalBoundTraining(ramp, finalKappa: 0), batch)
    #expect(try pass(SmallBoxTraining(ramp, boxShare: 1), batch).gradients == bounds.gradients)
    let mixed = try pass(MixedBoundTraining(ramp, alpha: 1), batch)
    #expect(mixed.lossSum == bounds.lossSum)
    for (key, gradient) in bounds.gradients.tensors {
      #expect(mixed.gradients.tensors[key] == gradient, "\(key)")
    }
  }

  /// A box within the ball has a smaller worst loss; the loss at a point of it is smaller still.
  @Test func smallerBoxesHaveSmallerLosses() throws {
    let (batch, ramp) = (try batch(count: 30), fullRadius(0.1))
    let losses = try [1, 0.6, 0.2, 0.001].map { try pass(SmallBoxTraining(ramp, boxShare: $0), batch).lossSum }
    #expect(losses == losses.sorted(by: >) && Set(losses).count == 4, "\(losses)")
    let plain = try StandardObjective().pass(through: model(), over: batch)
    #expect(losses[3] > plain.lossSum)
    let mixed = try [1, 0.5, 0].map { try pass(MixedBoundTraining(ramp, alpha: $0), batch).lossSum }
    #expect(abs(mixed[1] - (mixed[0] + mixed[2]) / 2) < 1e-4)
    #expect(mixed[0] > mixed[2] && mixed[2] > plain.lossSum)
  }

  @Test(arguments: ["ibp", "sabr", "mtl-ibp"]) func threadsChangeNothing(name: String) throws {
    let batch = try batch(count: 150)
    func gradients(_ threads: Int) throws -> Parameters {
      let type = try #require(CertifiedTrainingCatalog.methods.first { $0.method.name == name })
      return try type.init().objective(workers: Workers(count: threads))
        .pass(through: model(threads: threads), over: batch).gradients
    }
    #expect(try gradients(1) == gradients(2))
  }

  /// Two classes, told apart by the brightness of one pixel: 0.1 to 0.3 and 0.7 to 0.9. Boxes of 0.1 do not meet.
  @Test(arguments: ["ibp", "sabr", "mtl-ibp"]) func boxesBecomeProvablyRight(name: String) throws {
    let network = try Network.chain(
      .dense(Dense(outputs: 16)), .activation(.relu), .dense(Dense(outputs: 2)), from: [4])
    var stream = RandomSource(seed: 31).stream(.data)
    let labels = (0..<200).map { $0 % 2 }
    let pixels = labels.flatMap { label -> [Float] in
      [stream.uniform(), 0.1 + 0.6 * Float(label) + 0.2 * stream.uniform(), stream.uniform(), stream.uniform()]
    }
    let examples = try LabelledImages(images: Tensor(shape: [200, 4], scalars: pixels), labels: labels)
    let model = try CompiledModel(
      network: network,
      parameters: .initial(for: network, random: RandomSource(seed: 1), initializer: .intervalBounds))
    let type = try #require(CertifiedTrainingCatalog.methods.first { $0.method.name == name })
    var method = type.init()
    method.ramp = RadiusRamp(radius: 0.1, rampEpochs: 10)
    try method.replace(name == "mtl-ibp" ? [("alpha", "0.5")] : [])
    func train(by objective: some TrainingObjective) throws {
      var optimizer = Adam()
      _ = try TrainingLoop(epochs: 30, batchSize: 20, learningRate: 0.01).run(
        model, on: examples, objective: objective, optimizer: &optimizer)
    }
    try train(by: method.objective())
    let item = IntervalCase(testDescription: name, network: network)
    let outputs = try item.outputs(examples.images.double, model.parameters.double, radius: 0.1)
    let margins = try IntervalNetwork(of: network).margins(in: outputs, labels: labels).scalars
    let verified = labels.enumerated().count { row, label in margins[2 * row + 1 - label] > 0 }
    #expect(verified >= 198, "\(verified) of 200")
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let network = try Network.chain(
      .flatten(.channelsFirst), .dense(Dense(outputs: 4)), .activation(.gelu(approximate: false)),
      .dense(Dense(outputs: 3)), from: item.network.inputShape)
    let model = try CompiledModel(
      network: network, parameters: .initial(for: network, random: RandomSource(seed: 1)))
    // Even before the radius rises.
    #expect(throws: NetworkError.self) {
      try IntervalBoundTraining().objective().pass(through: model, over: self.batch(epoch: 0))
    }
    let batch = try self.batch()
    let mixed = Minibatch(
      examples: batch.examples, context: batch.context, epoch: 15, epochs: 70,
      mixture: Mixture(labels: batch.examples.labels, shares: Array(repeating: 0.5, count: 6)))
    #expect(throws: TrainingError.self) { try pass(IntervalBoundTraining(), mixed) }
  }

  @Test func presetsKeepTheirProportions() throws {
    for preset in Preset.certified {
      #expect(preset.loop.selection == .last)
      #expect(preset.threat?.norm == .linf)
      var short = preset
      short.changeEpochs(to: preset.loop.epochs / 10)
      let ramps = [preset, short].compactMap { ($0.defence as? any IntervalTraining)?.ramp }
      #expect(ramps.count == 2)
      #expect(abs(ramps[1].threat.rampEpochs * 10 - ramps[0].threat.rampEpochs) < 1e-9)
      #expect(abs(ramps[1].warmUpEpochs * 10 - ramps[0].warmUpEpochs) < 1e-9)
      let wide = try preset.adapted(to: PixelBox(0...255))
      #expect(wide.threat?.radius == preset.threat.map { $0.radius * 255 })
    }
    #expect(
      Set(Preset.certified.map { type(of: $0.defence).method.name })
        == Set(CertifiedTrainingCatalog.methods.map { $0.method.name }))
  }
}
