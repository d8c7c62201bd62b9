internal import Attacks
internal import Networks

/// The outcomes of an attack within one radius in numbers: of every class, what it was taken for, and how far it was moved.
struct OutcomeTally {
  /// Of one class.
  struct Counts {
    var images = 0
    var right = 0
    var robust = 0
  }

  /// What was taken for what.
  struct Confusion: Hashable {
    let label: Int
    let predicted: Int
  }

  /// Such as `eps = 0.1`.
  let title: String
  let norm: Norm
  private(set) var classes: [Int: Counts] = [:]
  /// The predictions for the images; only those that are known.
  private(set) var clean: [Confusion: Int] = [:]
  /// Those for what the attack made of them, within the radius.
  private(set) var attacked: [Confusion: Int] = [:]
  /// The sizes of the changes that broke an example, in the norm of the ball.
  private(set) var distances = Histogram()
  /// The same in another norm: L2, or L∞ where the ball's is L2.
  private(set) var otherDistances = Histogram()

  init(_ title: String, norm: Norm) { (self.title, self.norm) = (title, norm) }

  /// The norm of `otherDistances`.
  var otherNorm: Norm { norm == .l2 ? .linf : .l2 }

  mutating func add(_ outcome: ExampleOutcome) {
    classes[outcome.label, default: Counts()].images += 1
    if outcome.cleanPrediction == outcome.label { classes[outcome.label]?.right += 1 }
    if outcome.status.isRobust { classes[outcome.label]?.robust += 1 }
    guard let prediction = outcome.cleanPrediction, !outcome.status.isInvalid else { return }
    clean[Confusion(label: outcome.label, predicted: prediction), default: 0] += 1
    let found = outcome.isBroken ? outcome.adversarialPrediction ?? prediction : prediction
    attacked[Confusion(label: outcome.label, predicted: found), default: 0] += 1
    guard outcome.isBroken else { return }
    distances.add(Double(outcome.distance))
    otherDistances.add(Double(otherNorm == .l2 ? outcome.distanceL2 : outcome.distanceLinf))
  }
}
