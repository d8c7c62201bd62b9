public import Networks

extension BoundMethod {
  /// A radius within which a method shows that a label stays the predicted one, by halving: the largest that was tried and
  /// shown. A larger one may hold, too.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - label: Its class.
  ///   - classCount: The number of classes.
  ///   - network: The network.
  ///   - threat: The norm, the pixels' range, and the largest radius that is tried.
  ///   - steps: How often the interval is halved.
  ///   - workers: Threads that may share the work.
  /// - Returns: The radius; nil where not even radius 0 is shown.
  /// - Throws: `CertificationError`.
  public func certifiedRadius(
    of image: Tensor<Float>, label: Int, classCount: Int, network: BoundedNetwork, threat: ThreatModel,
    steps: Int = 16, workers: Workers = Workers(count: 1)
  ) throws -> Float? {
    let margins = OutputFunctions(marginsOf: label, classCount: classCount)
    func isShown(_ radius: Float) throws -> Bool {
      let region = try InputRegion(
        around: image, threat: ThreatModel(norm: threat.norm, radius: radius, bounds: threat.bounds))
      return try leastValues(of: margins, network: network, region: region, enough: 0, workers: workers)
        .allSatisfy { $0 > 0 }
    }
    if try isShown(threat.radius) { return threat.radius }
    guard try isShown(0) else { return nil }
    var (shown, open) = (Float(0), threat.radius)
    for _ in 0..<steps {
      let middle = shown / 2 + open / 2
      if try isShown(middle) { shown = middle } else { open = middle }
    }
    return shown
  }
}
