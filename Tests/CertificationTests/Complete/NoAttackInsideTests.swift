import Attacks
import Certification
import Compute
import Networks
import Testing

/// No attack may succeed within a ball that was certified.
@Suite(.enabled(if: hasCertificationFixtures()))
struct NoAttackInsideTests {
  private static let names = ["fgsm", "cnn_leaky", "cnn_maxpool", "resnet", "mlp_gelu"]

  /// Radii on either side of what the methods certify.
  private static let radii: [Norm: [Float]] = [
    .linf: [0.001, 0.02, 0.09], .l2: [0.01, 0.2, 0.8], .l1: [0.02, 0.5, 2],
  ]

  private static let methods: [any BoundMethod] = {
    var alpha = AlphaCrown()
    (alpha.steps, alpha.optimizesLayers) = (5, false)
    return [IntervalPropagation(), CrownIBP(), Crown(), alpha]
  }()

  private func attacks(_ task: AttackTask, _ model: AttackedModel) throws -> [(name: String, points: Tensor<Float>)] {
    var settings = AutoPGDSettings()
    settings.steps = 25
    let nearest = AttackTask(
      images: task.images, ids: task.ids, goal: task.goal,
      threat: ThreatModel(norm: task.threat.norm, radius: .infinity, bounds: task.threat.bounds))
    return [
      ("PGD", try ProjectedGradient(steps: 25, restarts: 2, loss: .margin).perturb(task, model: model)),
      ("APGD", try AutoPGD(loss: .crossEntropy, settings: settings).perturb(task, model: model)),
      ("APGD, margin", try AutoPGD(loss: .margin, settings: settings).perturb(task, model: model)),
      ("FAB", try FastAdaptiveBoundary().perturb(nearest, model: model)),
    ]
  }

  @Test(arguments: names, [Norm.linf, .l2, .l1]) func attacksFailWithinCertifiedBalls(name: String, norm: Norm) throws {
    let (fixture, reference) = (try ReferenceNetwork(named: name), try ReferenceBounds(named: name))
    let network = try fixture.bounded()
    let model = try CompiledModel(network: fixture.network, parameters: fixture.parameters)
    let size = reference.images.count / reference.labels.count
    let images = Tensor(
      shape: fixture.network.inputShape.batched(reference.labels.count), scalars: reference.images.map { Float($0) })
    var certifiedCount = 0
    for radius in try #require(Self.radii[norm]) {
      let threat = ThreatModel(norm: norm, radius: radius)
      var certifiers = reference.labels.map { _ in [String]() }
      for (example, label) in reference.labels.enumerated() {
        let image = Tensor(
          shape: fixture.network.inputShape, scalars: Array(images.scalars[example * size..<(example + 1) * size]))
        let region = try InputRegion(around: image, threat: threat)
        let margins = OutputFunctions(marginsOf: label, classCount: 10)
        for method in Self.methods {
          let bounds = try method.leastValues(
            of: margins, network: network, region: region, enough: 0, workers: Workers(count: 2))
          if bounds.allSatisfy({ $0 > 0 }) { certifiers[example].append("\(type(of: method))") }
        }
        var exact = ExactVerification()
        (exact.timeout, exact.optimizesLayers) = (0.2, false)
        let (verdict, _) = try exact.verify(margins, network: network, region: region, workers: Workers(count: 2))
        if case .certified = verdict { certifiers[example].append("exact") }
      }
      let certified = certifiers.indices.filter { !certifiers[$0].isEmpty }
      guard !certified.isEmpty else { break }
      certifiedCount += certified.count
      let labels = certified.map { reference.labels[$0] }
      let task = AttackTask(
        images: images.gathering(certified), ids: certified, goal: .misclassify(labels: labels), threat: threat)
      for (attack, points) in try attacks(task, AttackedModel(model)) {
        let found = predictions(of: try model.logits(of: points))
        let distances = threat.distances(from: task.images, to: points)
        for row in certified.indices where found[row] != labels[row] && distances[row] <= radius {
          Issue.record("\(attack) within \(radius) at \(distances[row]) by \(certifiers[certified[row]])")
        }
      }
    }
    #expect(certifiedCount > 0)
  }
}
