import Certification
import Compute
import Networks
import Reference
import TestSupport
import Testing
import Training

@Suite struct CrownIntervalTrainingTests {
  @Test func everyCaseIsBuilt() { #expect(TrainingCase.all.count == 3) }

  private func pass(_ item: TrainingCase, _ method: CrownIntervalTraining, _ batch: Minibatch, threads: Int = 1)
    throws -> ObjectivePass
  {
    try method.objective(workers: Workers(count: threads)).pass(through: item.model(threads: threads), over: batch)
  }

  /// A ramp of which the share 0.5 is reached in epoch 15.
  private func halfway(_ radius: Float) -> RadiusRamp {
    RadiusRamp(radius: radius, rampEpochs: 30, warmUpEpochs: 0, shape: .linear)
  }

  /// The objective against the bounds that certify: CROWN-IBP's and intervals' in double precision.
  @Test(arguments: TrainingCase.all, [Float(0.04), 0.2]) func lossAndGradientAreThoseOfTheBounds(
    item: TrainingCase, radius: Float
  ) throws {
    let batch = try item.batch(count: 5, epoch: 15)
    let pass = try pass(item, CrownIntervalTraining(halfway(radius), finalKappa: 0.4, finalBeta: 0.2), batch)
    let (network, images) = (item.item.network, batch.examples.images)
    let classes = try network.classCount()
    // κ = 1 − 0.6 / 2, β = 1 − 0.8 / 2
    try item.check(pass, count: 5) { parameters in
      let bounded = try BoundedNetwork(network: network, parameters: parameters, kernels: DoubleKernels())
      let logits = try ReferenceModel(network: network, parameters: parameters.double).logits(of: images.double)
      return try batch.examples.labels.enumerated().reduce(0) { sum, row in
        let image = images.examples(row.offset..<row.offset + 1)
        let region = try InputRegion(
          around: image, threat: ThreatModel(norm: .linf, radius: radius / 2, bounds: PixelBox(0...1)))
        let functions = OutputFunctions(marginsOf: row.element, classCount: classes)
        let crown = try CrownIBP().leastValues(of: functions, network: bounded, region: region)
        let intervals = try IntervalPropagation().leastValues(of: functions, network: bounded, region: region)
        var worst = zip(crown, intervals).map { -0.6 * $0 - 0.4 * $1 }
        worst.insert(0, at: row.element)
        let clean = logits.examples(row.offset..<row.offset + 1).scalars
        return sum
          + (0.7 * TrainingCase.crossEntropy(clean, row.element)
            + 0.3 * TrainingCase.crossEntropy(worst, row.element)) / 5
      }
    }
  }

  /// At the full radius nothing but intervals is left.
  @Test(arguments: TrainingCase.all) func itEndsInIntervals(item: TrainingCase) throws {
    let ramp = RadiusRamp(radius: 0.1, rampEpochs: 14)
    let batch = try item.batch(count: 6, epoch: 15)
    let expected = try IntervalBoundTraining(ramp).objective().pass(through: item.model(), over: batch)
    let found = try pass(item, CrownIntervalTraining(ramp), batch)
    #expect(found.gradients == expected.gradients && found.lossSum == expected.lossSum)
  }

  /// Several parts of images, on one and two threads.
  @Test func threadsChangeNothing() throws {
    let item = try #require(TrainingCase.all.first)
    let batch = try item.batch(count: 41, epoch: 15)
    var ramp = halfway(0.1)
    ramp.regularization = 0.5
    let method = CrownIntervalTraining(ramp)
    let (one, two) = (try pass(item, method, batch), try pass(item, method, batch, threads: 2))
    #expect(one.gradients == two.gradients && one.lossSum == two.lossSum)
  }

  @Test func whatBackwardBoundsDoNotPassThroughIsRefused() throws {
    func refusal(_ operation: Operation, method: any IntervalTraining) -> String? {
      do {
        let network = try Network.chain(
          .flatten(.channelsFirst), .dense(Dense(outputs: 4)), operation, .dense(Dense(outputs: 3)), from: [1, 4, 4])
        let model = try CompiledModel(
          network: network, parameters: .initial(for: network, random: RandomSource(seed: 1)))
        let images = Tensor<Float>(shape: [1, 1, 4, 4], repeating: 0.5)
        let batch = Minibatch(
          examples: try LabelledImages(images: images, labels: [0]),
          context: TrainingContext(seed: 1, step: 0, exampleIDs: [0]), epoch: 0, epochs: 70)
        _ = try method.objective().pass(through: model, over: batch)
        return nil
      } catch { return "\(error)" }
    }
    #expect(refusal(.activation(.relu), method: CrownIntervalTraining()) == nil)
    let text = refusal(.activation(.tanh), method: CrownIntervalTraining())
    #expect(text?.contains("ReLU") == true, "\(text ?? "accepted")")
    // Intervals pass through, but there is nothing to regularise.
    var ramp = RadiusRamp()
    #expect(refusal(.activation(.tanh), method: IntervalBoundTraining(ramp)) == nil)
    ramp.regularization = 0.5
    let second = refusal(.activation(.tanh), method: IntervalBoundTraining(ramp))
    #expect(second?.contains("ReLU") == true, "\(second ?? "accepted")")
  }
}
