internal import Attacks
internal import Networks
internal import Reports

/// What makes a robust accuracy doubtful although nothing failed. Each is one line under the table and one text of
/// `warnings` in JSON; the exit code stays as it is.
enum EvaluationWarning: Hashable {
  /// The ball contains all valid images, or nearly all.
  case radiusCoversRange(ThreatModel, epsilon: String)
  /// The radius is tiny for pixels of this range.
  case radiusIsTiny(ThreatModel, epsilon: String)
  /// The pixels lie in a small part of the range that the attack may use.
  case rangeHardlyUsed(PixelStatistics, bounds: PixelBox)
  /// The images look normalised by mean and standard deviation.
  case imagesLookNormalized(PixelStatistics)
  /// The network scales pixels of another range than that of the images.
  case pixelsScaled(String)
  /// The accuracy of the model is not above that of guessing.
  case accuracyNearChance(Double, classCount: Int)
  /// The network ends in something that flattens the cross-entropy and could not be taken off.
  case networkEnd(String, advisesMargin: Bool)
  /// Many gradients were zero and gave the attack no direction.
  case gradientsAreZero(attack: String, zero: Int, all: Int, advisesMargin: Bool)
  /// A strong attack broke nothing.
  case attackBreaksNothing(attack: String, epsilons: [String])
  /// What the results of a suite, or the probes after it, say against it.
  case diagnostic(Diagnostic)

  var text: String {
    switch self {
    case .radiusCoversRange(let threat, let epsilon):
      "eps = \(epsilon) reaches across the whole pixel range \(NumberFormat.interval(threat.bounds)): every image is in "
        + "every ball" + (threat.mayCountSteps ? "; for 8-bit steps write \(epsilon)/255" : "")
    case .radiusIsTiny(let threat, let epsilon):
      "eps = \(epsilon) is less than a thousandth of the pixel range \(NumberFormat.interval(threat.bounds)); eps is in "
        + "stored units: what \(epsilon) is of [0, 1] is \(Self.scaled(threat)) here"
    case .rangeHardlyUsed(let pixels, let bounds):
      "the pixels lie in \(pixels.range.map(NumberFormat.interval) ?? NumberFormat.missing), but attacks may use \(NumberFormat.interval(bounds)): "
        + "the pixel range is not that of these images"
    case .imagesLookNormalized(let pixels):
      "the images look normalised (mean \(Self.rounded(pixels.mean)), standard deviation "
        + "\(Self.rounded(pixels.deviation))): eps is in their units, not in those of pixels"
    case .pixelsScaled(let doubt): doubt
    case .accuracyNearChance(let accuracy, let classCount):
      "clean accuracy \(NumberFormat.percentage(accuracy)) cannot be told from guessing among \(classCount) classes: "
        + "check labels, pixel range and layout"
    case .networkEnd(let doubt, let advisesMargin):
      // The doubt says that robust accuracy is an upper bound.
      doubt + (advisesMargin ? " Attack the margin too (--loss margin)." : "")
    case .gradientsAreZero(let attack, let zero, let all, let advisesMargin):
      "\(attack): \(NumberFormat.count(zero)) of \(NumberFormat.count(all)) gradients were exactly zero, and what they "
        + "should have broken counts as robust" + (advisesMargin ? ": attack the margin too (--loss margin)" : "")
    case .attackBreaksNothing(let attack, let epsilons):
      "\(attack) broke nothing at eps = \(epsilons.joined(separator: ", ")): eps is too small to matter, or gradients are "
        + "masked"
    case .diagnostic(let sign): "\(sign)"
    }
  }

  /// The lines under a table.
  static func lines(_ warnings: [EvaluationWarning]) -> String {
    guard !warnings.isEmpty else { return "" }
    var lines = Heading()
    for warning in warnings { lines.add("warning", warning.text) }
    return lines.text() + "\n"
  }

  private static func scaled(_ threat: ThreatModel) -> String {
    NumberFormat.significant(Double(threat.radius) * threat.width)
  }

  private static func rounded(_ value: Double) -> String { NumberFormat.fixed(value, decimals: 2) }
}

extension ThreatModel {
  /// The width of the range of valid pixels, the widest where channels have their own.
  var width: Double { bounds.widest }

  /// Whether the radius may have been meant in steps of 8 bits.
  fileprivate var mayCountSteps: Bool {
    bounds == 0...1 && norm != .l0 && (1...255).contains(radius) && radius == radius.rounded()
  }
}

/// Statistics of the pixels of images.
struct PixelStatistics: Hashable, Codable {
  private var least = Float.infinity
  private var most = -Float.infinity
  private var sum = 0.0
  private var squares = 0.0
  private var count = 0.0

  /// Those of some images.
  init(_ images: Tensor<Float>) { add(images) }

  /// Those of no images yet.
  init() {}

  /// Nil without finite pixels.
  var range: ClosedRange<Float>? { count > 0 ? least...most : nil }
  var mean: Double { sum / count }
  var deviation: Double { max(0, squares / count - mean * mean).squareRoot() }

  /// Takes in those of more images.
  mutating func add(_ other: PixelStatistics) {
    (least, most) = (min(least, other.least), max(most, other.most))
    sum += other.sum
    squares += other.squares
    count += other.count
  }

  /// Takes in more images.
  mutating func add(_ images: Tensor<Float>) {
    images.withUnsafeScalars { pixels in
      for pixel in pixels where pixel.isFinite {
        (least, most) = (min(least, pixel), max(most, pixel))
        let value = Double(pixel)
        sum += value
        squares += value * value
        count += 1
      }
    }
  }
}
