internal import Attacks
internal import Compute
internal import Exchange
internal import Networks

/// The results of one attack within one radius.
struct EvaluatedRun {
  let attack: any Attack
  /// The radius as it was typed.
  let epsilon: String
  let evaluation: EvaluationSummary
  /// Whether the attack got only what others had left standing: that it breaks nothing more is no wonder.
  var isRemainder = false
}

extension EvaluationWarning {
  /// All warnings. They advise an attack of the margin loss where the command has one.
  static func all(
    of data: Dataset, _ model: LoadedModel, threats: [(ThreatModel, epsilon: String)], clean: ExampleAccuracies?,
    runs: [EvaluatedRun], isTargeted: Bool, canAttackMargin: Bool
  ) -> [EvaluationWarning] {
    all(
      of: data.properties, PixelStatistics(data.images), model, threats: threats,
      clean: clean.flatMap { clean in clean.accuracy.map { ($0, clean.count) } }, runs: runs, isTargeted: isTargeted,
      canAttackMargin: canAttackMargin)
  }

  /// The same of examples that are not at hand any more.
  static func all(
    of data: DatasetProperties, _ pixels: PixelStatistics, _ model: LoadedModel,
    threats: [(ThreatModel, epsilon: String)], clean: (accuracy: Double, count: Int)?, runs: [EvaluatedRun],
    isTargeted: Bool, canAttackMargin: Bool
  ) -> [EvaluationWarning] {
    let isMarginAttacked = runs.contains { $0.attack.ascendedLoss == .margin && !($0.attack is any BlackBoxAttack) }
    return threats.flatMap { ofRadius($0.0, epsilon: $0.epsilon, of: data.imageShape) }
      + ofPixels(pixels, bounds: data.pixelRange) + (data.pixelNote?.warning.map { [.pixelsScaled($0)] } ?? [])
      + ofAccuracy(clean, classCount: model.classifier.classCount)
      + model.notes.compactMap(\.warning).map { .networkEnd($0, advisesMargin: canAttackMargin && !isMarginAttacked) }
      + ofGradients(runs, canAttackMargin: canAttackMargin) + (isTargeted ? [] : ofStrength(runs))
  }

  /// For examples of a shape.
  static func ofRadius(_ threat: ThreatModel, epsilon: String, of example: Shape) -> [EvaluationWarning] {
    if threat.radius >= threat.bounds.diameter(threat.norm, of: example) {
      return [.radiusCoversRange(threat, epsilon: epsilon)]
    }
    // The smallest radius in use is half a step of 8 bits, 1/510.
    let isTiny = threat.norm != .l0 && threat.radius > 0 && Double(threat.radius) < threat.width / 1000
    return isTiny ? [.radiusIsTiny(threat, epsilon: epsilon)] : []
  }

  static func ofPixels(_ pixels: PixelStatistics, bounds: PixelBox) -> [EvaluationWarning] {
    guard let used = pixels.range else { return [] }
    let width = bounds.widest
    // Pixels in [0, 1] use a 255th of the range [0, 255]. Images that are all black do not count.
    if used.upperBound > used.lowerBound, (Double(used.upperBound) - Double(used.lowerBound)) * 100 < width {
      return [.rangeHardlyUsed(pixels, bounds: bounds)]
    }
    // Pixels scaled to [-1, 1] have a range of their own; normalised ones go beyond it.
    let looksNormalized =
      used.lowerBound < 0 && !(used.lowerBound >= -1 && used.upperBound <= 1) && abs(pixels.mean) <= 0.5
      && (0.5...1.5).contains(pixels.deviation)
    return looksNormalized ? [.imagesLookNormalized(pixels)] : []
  }

  /// The model may be guessing where the 95 % interval of its accuracy holds that of guessing, or lies below. Among fewer
  /// than 20 images chance may well look like that.
  static func ofAccuracy(_ clean: (accuracy: Double, count: Int)?, classCount: Int) -> [EvaluationWarning] {
    guard let clean, clean.count >= 20, classCount > 1,
      Proportion.interval(fraction: clean.accuracy, count: clean.count).lowerBound <= 1 / Double(classCount)
    else { return [] }
    return [.accuracyNearChance(clean.accuracy, classCount: classCount)]
  }

  /// Warns where a tenth of the gradients of an attack or more are zero, over all radii.
  private static func ofGradients(_ runs: [EvaluatedRun], canAttackMargin: Bool) -> [EvaluationWarning] {
    runs.titles.compactMap { title in
      let own = runs.filter { $0.attack.title == title }
      let zero = own.reduce(0) { $0 + $1.evaluation.zeroGradients }
      let all = own.reduce(0) { $0 + $1.evaluation.backwards }
      guard zero > 0, zero * 10 >= all, let attack = own.first?.attack else { return nil }
      return .gradientsAreZero(
        attack: title, zero: zero, all: all, advisesMargin: canAttackMargin && attack.ascendedLoss != .margin)
    }
  }

  private static func ofStrength(_ runs: [EvaluatedRun]) -> [EvaluationWarning] {
    runs.titles.compactMap { title in
      let epsilons = runs.filter { $0.attack.title == title && $0.breaksNothing }.map(\.epsilon)
      return epsilons.isEmpty ? nil : .attackBreaksNothing(attack: title, epsilons: epsilons.unique)
    }
  }
}

extension EvaluatedRun {
  /// Whether an attack of several gradients broke none of ten examples or more.
  fileprivate var breaksNothing: Bool {
    !isRemainder && !(attack is any BlackBoxAttack) && attack.passesPerExample > 2 && evaluation.threat.radius > 0
      && evaluation.robustAccuracy.hits >= 10
      && evaluation.robustAccuracy.hits == evaluation.cleanAccuracy.hits
  }
}

extension [EvaluatedRun] {
  fileprivate var titles: [String] { map(\.attack.title).unique }
}

extension [String] {
  /// Each once, in the order of its first appearance.
  fileprivate var unique: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
