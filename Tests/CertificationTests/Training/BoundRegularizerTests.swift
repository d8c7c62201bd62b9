import Certification
import Compute
import Hyperparameters
import Networks
import Reference
import Testing
import Training

@Suite struct BoundRegularizerTests {
  /// The authors' code, line by line, from bounds of all images: `lower` and `upper` of the nodes that ReLUs read.
  private func regularizer(root: PlainIntervals.Bounds, layers: [PlainIntervals.Bounds]) -> Double {
    func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
    let tolerance = 0.5
    let tightness0 = mean(zip(root.lower, root.upper).map { ($1 - $0) / 2 })
    var (tight, relu) = (0.0, 0.0)
    for (lower, upper) in layers {
      let centre = zip(lower, upper).map { ($0 + $1) / 2 }
      let tightness = mean(zip(lower, upper).map { ($1 - $0) / 2 })
      tight += max(tolerance - tightness0 / max(tightness, 1e-12), 0) / tolerance
      let all = mean(centre)
      let active = centre.indices.filter { lower[$0] > 0 }
      let inactive = centre.indices.filter { upper[$0] < 0 }
      let count = Double(centre.count)
      let meanActive = active.reduce(0) { $0 + centre[$1] } / count
      let meanInactive = inactive.reduce(0) { $0 + centre[$1] } / count
      let squares = { (places: [Int]) in places.reduce(0) { $0 + (centre[$1] - all) * (centre[$1] - all) } }
      var meanRatio = meanActive / -meanInactive
      var squareRatio = squares(active) / squares(inactive)
      meanRatio = min(meanRatio, 1 / max(meanRatio, 1e-12))
      squareRatio = min(squareRatio, 1 / max(squareRatio, 1e-12))
      let loss = (max(tolerance - meanRatio, 0) + max(tolerance - squareRatio, 0)) / tolerance
      if loss.isFinite { relu += loss }
    }
    return (tight + relu) / Double(layers.count)
  }

  /// R of a mini-batch.
  private func regularizer(_ item: TrainingCase, _ parameters: Parameters, _ batch: Minibatch, radius: Double)
    throws -> Double
  {
    let plain = PlainIntervals(network: item.item.network, parameters: parameters.double)
    let images = batch.examples.images.double
    let bounds = try (0..<images.exampleCount).map {
      try plain.bounds(around: images.examples($0..<$0 + 1).scalars, radius: radius)
    }
    func joined(_ node: Int) -> PlainIntervals.Bounds {
      (bounds.flatMap { $0[node].lower }, bounds.flatMap { $0[node].upper })
    }
    let rectified = item.item.network.nodes.filter { $0.operation == .activation(.relu) }.map { $0.inputs[0] }
    return regularizer(root: joined(item.root), layers: rectified.map(joined))
  }

  /// Intervals with the regularisers at half the ramp, where λ is half its value: 0.7 CE(z) + 0.3 CE(worst z) + 2 R.
  @Test(arguments: TrainingCase.all, [Float(0.02), 0.2]) func lossAndGradientAreThoseOfTheAuthors(
    item: TrainingCase, radius: Float
  ) throws {
    let batch = try item.batch(count: 6, epoch: 15)
    let ramp = RadiusRamp(radius: radius, rampEpochs: 30, warmUpEpochs: 0, shape: .linear, regularization: 4)
    let pass = try IntervalBoundTraining(ramp, finalKappa: 0.4).objective().pass(through: item.model(), over: batch)
    let (network, images) = (item.item.network, batch.examples.images.double)
    let classes = try network.classCount()
    #expect(try regularizer(item, item.parameters, batch, radius: Double(radius / 2)) > 0.1)
    try item.check(pass, count: 6) { parameters in
      let plain = PlainIntervals(network: network, parameters: parameters.double)
      let logits = try ReferenceModel(network: network, parameters: parameters.double).logits(of: images)
      let losses = try batch.examples.labels.enumerated().map { row, label in
        let margins = try plain.margins(around: images.examples(row..<row + 1).scalars, radius: Double(radius / 2))
        let worst = (0..<classes).map { -margins[label * classes + $0] }
        return 0.7 * TrainingCase.crossEntropy(logits.examples(row..<row + 1).scalars, label)
          + 0.3 * TrainingCase.crossEntropy(worst, label)
      }
      return losses.reduce(0, +) / 6
        + 2 * (try regularizer(item, parameters, batch, radius: Double(radius / 2)))
    }
  }

  /// While the radius is 0: plain training, and λ times the regularisers of a thousandth of the radius.
  @Test(arguments: TrainingCase.all) func warmUpIsRegularized(item: TrainingCase) throws {
    let batch = try item.batch(count: 6, epoch: 0.5)
    var ramp = RadiusRamp(radius: 0.1, rampEpochs: 30)
    let plain = try IntervalBoundTraining(ramp).objective().pass(through: item.model(), over: batch)
    ramp.regularization = 0.5
    let expected = try regularizer(item, item.parameters, batch, radius: 1e-4)
    for method in CertifiedTrainingCatalog.methods {
      var method = method.init()
      method.ramp = ramp
      let pass = try method.objective().pass(through: item.model(), over: batch)
      // Widths of 1e-4 are known to some 1e-3 beside numbers near 1.
      #expect(abs((pass.lossSum - plain.lossSum) / 6 - 0.5 * expected) < 2e-3)
      #expect(pass.gradients != plain.gradients)
    }
  }

  /// Batch sizes and threads: means are of the whole mini-batch, not of the parts that threads work on.
  @Test func partsChangeNothing() throws {
    let item = try #require(TrainingCase.all.last)
    let batch = try item.batch(count: 150, epoch: 15)
    let ramp = RadiusRamp(radius: 0.1, rampEpochs: 30, warmUpEpochs: 0, shape: .linear, regularization: 1)
    func pass(_ threads: Int) throws -> ObjectivePass {
      try IntervalBoundTraining(ramp).objective(workers: Workers(count: threads))
        .pass(through: item.model(threads: threads), over: batch)
    }
    let (one, two) = (try pass(1), try pass(2))
    #expect(one.gradients == two.gradients && one.lossSum == two.lossSum)
  }

  /// At the full radius the regularisers are gone.
  @Test func theyEndWithTheRamp() throws {
    let item = try #require(TrainingCase.all.first)
    let batch = try item.batch(count: 6, epoch: 15)
    var ramp = RadiusRamp(radius: 0.1, rampEpochs: 14)
    let plain = try IntervalBoundTraining(ramp).objective().pass(through: item.model(), over: batch)
    ramp.regularization = 0.5
    let pass = try IntervalBoundTraining(ramp).objective().pass(through: item.model(), over: batch)
    #expect(pass.gradients == plain.gradients && pass.lossSum == plain.lossSum)
  }
}
