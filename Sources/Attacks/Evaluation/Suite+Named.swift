/// The suites that have a name.
extension Suite {
  /// All of them.
  public static let named = [standard, quick]

  /// One step, many steps, the margin, and what a model must withstand at the least.
  public static let standard = Suite(
    "standard", [FastGradient(), ProjectedGradient(), UniformNoise()], endsOnMargin: true, fitting: .optional)
  /// One step and many.
  public static let quick = Suite(
    "quick", [FastGradient(), ProjectedGradient()], endsOnMargin: true, fitting: .optional)
}
