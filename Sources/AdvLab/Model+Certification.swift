extension Model {
  /// Bounds the margins of every example within a ball.
  ///
  /// - Parameters:
  ///   - method: The bounds; `IntervalPropagation`, `Crown`, `AlphaCrown` and others.
  ///   - data: The examples.
  ///   - norm: The norm of the ball.
  ///   - eps: Its radius, in stored pixel units.
  ///   - enough: Bounds above this number need not be made better; 0 where only the certificate counts.
  /// - Returns: For each example a number below all margins of its label in the ball. Above 0 it certifies that the network, in
  ///   real arithmetic with its weights, gives the label to every image there.
  /// - Throws: `CertificationError`, `ModelError`, `NetworkError`, `ThreatModelError`.
  public func marginBounds(
    by method: any BoundMethod, on data: Dataset, norm: Norm = .linf, eps: Float, enough: Double = .infinity
  ) throws -> [Double] {
    let data = try examples(of: data)
    let threat = ThreatModel(norm: norm, radius: eps, bounds: data.pixelRange)
    let network = try BoundedNetwork(
      network: classifier.network, parameters: classifier.parameters, kernels: DoubleKernels())
    return try Workers.allCores.map(data.count) { index in
      let image = data.images.examples(index..<index + 1).reshaped(to: data.imageShape)
      return try method.leastValues(
        of: OutputFunctions(marginsOf: data.labels[index], classCount: classifier.classCount), network: network,
        region: InputRegion(around: image, threat: threat), enough: enough, workers: Workers(count: 1)
      ).min() ?? .infinity
    }
  }
}
