/// How each scalar of a change answers to a pull towards the boundary: the minimisers of the Lagrangians of a
/// `BoundaryProblem`, which take every scalar for itself.
///
/// Whatever the family, a change grows with the pull, and so bᵀδ grows with q where the pull of scalar i is q bᵢ.
protocol ChangeFamily {
  /// The change of a scalar.
  ///
  /// - Parameters:
  ///   - pull: What draws it towards the boundary.
  ///   - home: The change that would bring it back to the image.
  ///   - lower: The least change that the box allows.
  ///   - upper: The largest.
  /// - Returns: The change, and whether it follows the pull one to one here.
  func change(pull: Double, home: Double, lower: Double, upper: Double) -> (value: Double, isFree: Bool)
}

/// The shortest change: it has no other aim than the boundary.
struct ShortestChange: ChangeFamily {
  @inline(__always)
  func change(pull: Double, home: Double, lower: Double, upper: Double) -> (value: Double, isFree: Bool) {
    pull <= lower ? (lower, false) : pull >= upper ? (upper, false) : (pull, true)
  }
}

/// The shortest change to a point within some distance of the image in L∞.
struct ConfinedChange: ChangeFamily {
  let distance: Double

  @inline(__always)
  func change(pull: Double, home: Double, lower: Double, upper: Double) -> (value: Double, isFree: Bool) {
    let (least, most) = (max(lower, home - distance), min(upper, home + distance))
    return pull <= least ? (least, false) : pull >= most ? (most, false) : (pull, true)
  }
}

/// Of L2: min Σ (δ − h)² + μ δ² has δ = s h + pull with s = 1 / (1 + μ).
struct EuclideanChange: ChangeFamily {
  /// The share s of the way home that every scalar makes.
  let share: Double

  @inline(__always)
  func change(pull: Double, home: Double, lower: Double, upper: Double) -> (value: Double, isFree: Bool) {
    let wanted = share * home + pull
    return wanted <= lower ? (lower, false) : wanted >= upper ? (upper, false) : (wanted, true)
  }
}

/// Of L1: min Σ |δ − h| + μ δ² has the pull, moved by t = 1 / 2μ towards home, and home where that is nearer.
struct SparingChange: ChangeFamily {
  let threshold: Double

  @inline(__always)
  func change(pull: Double, home: Double, lower: Double, upper: Double) -> (value: Double, isFree: Bool) {
    guard abs(pull - home) > threshold else { return (home, false) }
    let wanted = pull > home ? pull - threshold : pull + threshold
    return wanted <= lower ? (lower, false) : wanted >= upper ? (upper, false) : (wanted, true)
  }
}

/// Of L0: min Σ [δ ≠ h] + μ δ² has the pull where that saves t = 1 / 2μ against home, and home elsewhere. The change
/// jumps from one to the other.
struct SelectiveChange: ChangeFamily {
  let threshold: Double

  @inline(__always)
  func change(pull: Double, home: Double, lower: Double, upper: Double) -> (value: Double, isFree: Bool) {
    let boxed = pull < lower ? lower : pull > upper ? upper : pull
    let saved = (home - pull) * (home - pull) - (boxed - pull) * (boxed - pull)
    return saved > 2 * threshold ? (boxed, boxed == pull) : (home, false)
  }
}
