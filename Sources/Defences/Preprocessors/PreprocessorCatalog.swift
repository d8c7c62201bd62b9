public import Networks

/// Every preprocessor there is.
public enum PreprocessorCatalog {
  /// Names with all options at their defaults.
  public static let forms = [
    BitDepth().description, MedianFilter().description, MeanFilter().description, GaussianFilter().description,
    JPEG().description, TotalVariation().description, Thermometer().description, RandomResize().description,
    GaussianNoise().description, "pca:components=20",
  ]

  /// The names.
  public static var names: [String] { forms.map { String($0.prefix { $0 != ":" }) } }

  /// The preprocessor that a word such as `jpeg:quality=75` asks for.
  ///
  /// - Parameters:
  ///   - text: The word.
  ///   - bounds: The range of valid pixels.
  ///   - trainingImages: What it is fitted to, where it is one that is.
  /// - Returns: The preprocessor, fitted where it needs to be.
  /// - Throws: `DefenceError`; what `trainingImages` throws.
  public static func preprocessor(
    _ text: String, bounds: ClosedRange<Float>, trainingImages: () throws -> Tensor<Float>
  ) throws -> any Preprocessor {
    let options = try options(text)
    guard options.name != PrincipalComponents.name else {
      return try PrincipalComponents(fitting: trainingImages(), components: components(options))
    }
    return try make(options, bounds)
  }

  /// Checks a word; what a preprocessor will be fitted to is not needed for that.
  public static func validate(_ text: String) throws(DefenceError) {
    let options = try options(text)
    guard options.name != PrincipalComponents.name else {
      _ = try components(options)
      return
    }
    _ = try make(options, 0...1)
  }

  private static func components(_ options: NamedOptions) throws(DefenceError) -> Int {
    try options.integer("components", 20, in: 1...1_000_000)
  }

  /// A known name with options that it has.
  private static func options(_ text: String) throws(DefenceError) -> NamedOptions {
    let options = try NamedOptions(text)
    guard let form = forms.first(where: { $0.hasPrefix(options.name + ":") }) else {
      throw DefenceError.unknown(kind: "preprocessor", name: options.name, known: names)
    }
    let known = form.drop { $0 != ":" }.dropFirst().split(separator: ",").map { String($0.prefix { $0 != "=" }) }
    try options.require(only: known)
    return options
  }

  private static func make(
    _ options: NamedOptions, _ bounds: ClosedRange<Float>
  ) throws(DefenceError) -> any Preprocessor {
    let sides = 1...99
    switch options.name {
    case BitDepth.name: return BitDepth(bits: try options.integer("bits", 4, in: 1...16), bounds: bounds)
    case MedianFilter.name: return MedianFilter(size: try options.integer("size", 3, in: sides))
    case MeanFilter.name: return MeanFilter(size: try options.integer("size", 3, in: sides))
    case GaussianFilter.name: return GaussianFilter(sigma: try options.number("sigma", 1, in: 0.01...100))
    case JPEG.name: return JPEG(quality: try options.integer("quality", 75, in: 1...100), bounds: bounds)
    case TotalVariation.name:
      return TotalVariation(
        weight: try options.number("weight", 0.03, in: 0...1e6), keep: try options.number("keep", 0.5, in: 0.001...1),
        iterations: try options.integer("iterations", 50, in: 1...100_000))
    case Thermometer.name: return Thermometer(levels: try options.integer("levels", 16, in: 2...256), bounds: bounds)
    case RandomResize.name:
      return RandomResize(smallest: try options.number("smallest", 0.9, in: 0.01...1), bounds: bounds)
    case GaussianNoise.name: return GaussianNoise(sigma: try options.number("sigma", 0.1, in: 0...1e6))
    default: throw DefenceError.unknown(kind: "preprocessor", name: options.name, known: names)
    }
  }
}
