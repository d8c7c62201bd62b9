/// Numbers as levels of grey: black is 0 and white the largest number, or where some are below 0, grey is 0 and black and
/// white are equally far from it.
struct GreyScale {
  /// The largest magnitude of a finite number.
  let most: Double
  private let isSigned: Bool

  init(of numbers: some Sequence<Double>, isSigned: Bool) {
    most = numbers.lazy.filter(\.isFinite).map(abs).max() ?? 0
    self.isSigned = isSigned
  }

  /// The level of one of the numbers; one that is not finite counts as 0.
  func level(_ number: Double) -> UInt8 {
    let share = most > 0 && number.isFinite ? number / most : 0
    return UInt8(((isSigned ? 0.5 + 0.5 * share : share) * 255).rounded())
  }
}
