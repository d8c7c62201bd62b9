internal import Attacks
internal import Reports

/// Accuracy over the radius, from the clean accuracy on: within radius 0 that is what attacks leave and what is certified.
struct AccuracyCurve {
  private let clean: [Figure.Point]

  /// `clean` is nil where it is not known.
  init(clean: (accuracy: Double, interval: ClosedRange<Double>?)?) {
    self.clean = clean.map { [Figure.Point(x: 0, y: $0.accuracy, interval: $0.interval)] } ?? []
  }

  /// From a proportion of the images on; from the first radius on where nothing was counted.
  init(clean: Proportion) {
    self.init(clean: clean.fraction.map { ($0, clean.interval) })
  }

  /// The same from radius 0 to those of some accuracies.
  func points(_ accuracies: [Figure.Point]) -> [Figure.Point] { clean + accuracies }
}

extension Figure.Point {
  /// A proportion with its interval; nil where nothing was counted.
  init?(radius: Float, _ share: Proportion) {
    guard let fraction = share.fraction else { return nil }
    self.init(x: Double(radius), y: fraction, interval: share.interval)
  }
}
