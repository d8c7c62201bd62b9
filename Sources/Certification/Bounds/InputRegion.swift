public import Networks

/// The inputs about which a certificate speaks: those of a box, or of a ball and a box together.
public struct InputRegion: Sendable {
  /// The lower end of each scalar.
  public let lower: [Double]
  /// The upper end of each scalar.
  public let upper: [Double]
  /// A ball around a point, which limits the box further; nil for a box alone, and for a ball that is one.
  public let ball: Ball?

  /// A ball.
  public struct Ball: Sendable {
    /// How its radius is measured: in L2 or L1.
    public let norm: Norm
    /// Its centre.
    public let center: [Double]
    /// Its radius.
    public let radius: Double
  }

  /// A box.
  ///
  /// - Precondition: there are as many lower as upper ends, none above its upper one.
  public init(lower: [Double], upper: [Double]) {
    self.init(lower: lower, upper: upper, ball: nil)
  }

  package init(lower: [Double], upper: [Double], ball: Ball?) {
    precondition(ball?.norm != .l0, "no bounds for L0")
    precondition(lower.count == upper.count, "\(lower.count) lower and \(upper.count) upper ends")
    self.lower = lower
    self.upper = upper
    self.ball = ball
  }

  /// What an attacker may make of an image. Where no exact number is the end of a range, it is rounded outward.
  ///
  /// - Parameters:
  ///   - image: One image, `[C, H, W]` or of any other shape.
  ///   - threat: Norm, radius and pixel range; no range for L2 and L1 balls where `box` is nil.
  /// - Throws: `CertificationError` for L0, a radius or an image that is not finite, or a pixel outside its range.
  public init(around image: Tensor<Float>, threat: ThreatModel) throws {
    try threat.validate(for: image.shape)
    guard threat.norm != .l0 else { throw CertificationError.norm(threat.norm) }
    if let outside = threat.bounds.firstOutside(image.reshaped(to: image.shape.batched(1))) {
      throw CertificationError.pixel(image.scalars[outside.index], range: outside.range)
    }
    let center = image.scalars.map(Double.init)
    let radius = Double(threat.radius)
    var lower = center.map { Double.difference(roundedDown: $0, radius) }
    var upper = center.map { Double.sum(roundedUp: $0, radius) }
    for run in threat.bounds.runs(of: image.shape.batched(1)) {
      for index in run.indices {
        lower[index] = max(lower[index], Double(run.range.lowerBound))
        upper[index] = min(upper[index], Double(run.range.upperBound))
      }
    }
    self.lower = lower
    self.upper = upper
    ball = threat.norm == .linf ? nil : Ball(norm: threat.norm, center: center, radius: radius)
  }

  /// A ball without a box.
  public init(ball: Ball) {
    self.init(
      lower: ball.center.map { Double.difference(roundedDown: $0, ball.radius) },
      upper: ball.center.map { Double.sum(roundedUp: $0, ball.radius) }, ball: ball.norm == .linf ? nil : ball)
  }

  /// The number of scalars.
  public var count: Int { lower.count }

  /// The middle of the box, or the centre of the ball.
  var center: [Double] { ball?.center ?? zip(lower, upper).map { $0 / 2 + $1 / 2 } }
}

extension InputRegion.Ball {
  /// Creates a ball.
  public init(norm: Norm, radius: Double, center: [Double]) {
    self.init(norm: norm, center: center, radius: radius)
  }
}
