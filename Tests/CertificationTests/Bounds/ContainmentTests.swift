import Certification
import Compute
import Hyperparameters
import Networks
import Reference
import Testing

/// The test that matters most: no method's bound lies above a value that the network takes.
@Suite struct ContainmentTests {
  typealias Entry = (name: String, method: any BoundMethod)

  /// Every method of the catalogue.
  static let methods: [Entry] = {
    var methods = BoundCatalog.methods.map { ($0.method.name, $0.init() as any BoundMethod) }
    var alpha = AlphaCrown()
    alpha.steps = 2
    return methods.map { $0.0 == AlphaCrown.method.name ? ($0.0, alpha) : $0 }
  }()

  /// Options that change what is computed; for a share of the networks.
  static let options: [Entry] = [
    "crown:intervals=false", "crown:slope=one", "crown:slope=zero", "forward:intervals=false", "forward:slope=same",
    "zonotope:intervals=false",
  ].compactMap { text in (try? BoundCatalog.method(text)).map { (text, $0) } }

  /// The catalogue's networks that end in a vector, and each of them with layers behind it.
  static let networks: [(name: String, network: Network)] = {
    guard let catalogue = try? GradientCheck.catalogue() else { return [] }
    return catalogue.flatMap { name, network in
      let vector = (try? network.endingInVector()) ?? network
      return [(name, vector), (name + ", and layers behind it", (try? vector.withLayers()) ?? vector)]
    }
  }()

  static let parts = 8

  /// No tolerance. The oracle's values are rounded, too, but by no more than the γ times sizes that bounds are moved outward by:
  /// its sums are those for which γ is made, and bounds are moved by at least twice as much as one such sum needs. The one exception
  /// is GELU by the hyperbolic tangent: 1 + tanh cancels in the oracle, with an error of 2⁻⁵³ |x| for arguments |x| < 8.
  @Test(arguments: 0..<parts) func boundsContainSampledValues(part: Int) throws {
    #expect(Self.methods.count == BoundCatalog.methods.count && Self.options.count == 6)
    #expect(Self.networks.count > 150)
    var (pointCount, boundCount) = (0, 0)
    for index in stride(from: part, to: Self.networks.count, by: Self.parts) {
      let (name, network) = Self.networks[index]
      let (parameters, images) = GradientCheck.point(for: network, exampleCount: 1, seed: UInt64(index))
      let model = try ReferenceModel(network: network, parameters: parameters.double)
      let bounded = try BoundedNetwork(network: network, parameters: parameters, kernels: DoubleKernels())
      let tolerance = network.nodes.contains { $0.operation == .activation(.gelu(approximate: true)) } ? 0x1p-50 : 0
      let outputs = network.nodes[network.outputIndex].shape.count
      let functions = OutputFunctions(outputsAndNegatives: outputs)
      for (place, region) in try Self.regions(around: images).enumerated() {
        var samples = RegionSamples(
          region: region, model: model,
          generator: RandomSource(seed: 5).stream(.check, example: index, step: place))
        let points = samples.points(random: 40, descents: 4)
        let batch = Tensor<Double>(
          shape: network.inputShape.batched(points.count), scalars: Array(points.joined()))
        let least = model.logits(of: batch).leastOutputsAndNegatives
        pointCount += points.count
        for (method, bound) in Self.methods + (index % 4 == 1 ? Self.options : []) {
          let found = try bound.leastValues(of: functions, network: bounded, region: region)
          boundCount += found.count
          let worst = zip(found, least).map { $0 - $1 }.max() ?? 0
          #expect(found.count == least.count && !found.contains(where: \.isNaN), "\(name), \(method)")
          #expect(worst <= tolerance, "\(name), \(method), region \(place): \(worst) above a value")
        }
      }
    }
    #expect(pointCount > 10_000)
    #expect(boundCount > 10_000)
  }

  /// Boxes and balls of radius 0, 1e-12, 0.1 and 10 around an image, some cut by the pixels' range.
  static func regions(around images: Tensor<Float>) throws -> [InputRegion] {
    let image = images.reshaped(to: images.shape.example)
    var regions: [InputRegion] = []
    let radii: [(Norm, [Float])] = [(.linf, [0, 1e-12, 0.1, 10]), (.l2, [1e-12, 0.1, 10]), (.l1, [0.1, 10])]
    for (norm, radii) in radii {
      for radius in radii {
        regions.append(
          try InputRegion(around: image, threat: ThreatModel(norm: norm, radius: radius, bounds: -4.5...7.05)))
      }
    }
    let center = image.scalars.map(Double.init)
    return regions + [InputRegion(ball: InputRegion.Ball(norm: .l2, radius: 1, center: center))]
  }
}

extension Network {
  fileprivate func endingInVector() throws -> Network {
    var network = self
    if nodes[outputIndex].shape.rank > 1 { try network.append(.flatten(.channelsFirst), named: "vector") }
    return network
  }

  /// Followed by layers whose neurons depend on everything before.
  fileprivate func withLayers() throws -> Network {
    var network = self
    try network.append(.dense(Dense(outputs: 6)), named: "behind 1")
    try network.append(.activation(.relu), named: "behind 2")
    try network.append(.dense(Dense(outputs: 5)), named: "behind 3")
    try network.append(.activation(.tanh), named: "behind 4")
    try network.append(.dense(Dense(outputs: 3)), named: "behind 5")
    return network
  }
}

extension Tensor<Double> {
  /// The least value of each output over the batch, and of each output's negative.
  fileprivate var leastOutputsAndNegatives: [Double] {
    let width = scalars.count / exampleCount
    let columns = (0..<width).map { column in (0..<exampleCount).map { scalars[$0 * width + column] } }
    return columns.map { $0.min() ?? 0 } + columns.map { -($0.max() ?? 0) }
  }
}
