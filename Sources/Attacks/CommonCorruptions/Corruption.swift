public import Networks

/// How strong a corruption is.
public enum Severity: Int, CaseIterable, Codable, Hashable, Sendable, Comparable {
  case one = 1
  case two, three, four, five

  /// By strength.
  public static func < (one: Severity, other: Severity) -> Bool { one.rawValue < other.rawValue }
}

/// A value for each severity.
struct PerSeverity<Value: Sendable>: Sendable {
  private let values: (Value, Value, Value, Value, Value)

  init(_ one: Value, _ two: Value, _ three: Value, _ four: Value, _ five: Value) {
    values = (one, two, three, four, five)
  }

  subscript(severity: Severity) -> Value {
    switch severity {
    case .one: values.0
    case .two: values.1
    case .three: values.2
    case .four: values.3
    case .five: values.4
    }
  }
}

/// What families of corruptions have in common.
public enum CorruptionKind: String, CaseIterable, Codable, Sendable {
  case noise, blur, weather, digital, geometric
}

/// A family of corruptions: changes that nobody chose to do harm, in five severities.
///
/// Hendrycks and Dietterich, *Benchmarking neural network robustness to common corruptions and perturbations*, arXiv
/// 1903.12261 (CIFAR-10-C); Mu and Gilmer, *MNIST-C: a robustness benchmark for computer vision*, arXiv 1906.02337. The
/// constants are those of their published code, `make_cifar_c.py` and `corruptions.py`, and so are lengths in pixels,
/// which were chosen for images of 32 and 28. Numbers stay in floating point where their files hold bytes, and random
/// numbers are the lab's own, known by the id of the example.
public protocol Corruption: Sendable {
  /// The name in tables and results, as in the published files: `gaussian_noise`.
  var name: String { get }
  /// What it is like.
  var kind: CorruptionKind { get }
  /// Whether severities differ; if not, the images of all are the same.
  var hasSeverities: Bool { get }
  /// In what it is not the published one; nil where it is.
  var remark: String? { get }

  /// Changes a picture, whose values are clipped to 0 to 1 afterwards.
  typealias Change = @Sendable (_ picture: inout Picture, _ stream: inout RandomStream) throws -> Void

  /// What it does to pictures of a size; filters are made here, once.
  func change(_ severity: Severity, of size: Picture.Size) -> Change
}

extension Corruption {
  /// They do.
  public var hasSeverities: Bool { true }

  /// It is.
  public var remark: String? { nil }

  /// Corrupted images, in the box.
  ///
  /// - Parameters:
  ///   - severity: How strong.
  ///   - images: The images `[N, C, H, W]`.
  ///   - ids: The index of each in its dataset; its random numbers depend on it.
  ///   - bounds: The range of valid pixels.
  ///   - random: The randomness of the run.
  ///   - workers: The threads that share them out.
  /// - Returns: The images; those of a family without severities depend on none.
  /// - Throws: `AttackError.needsImages` for vectors; what the change throws.
  public func images(
    _ severity: Severity, of images: Tensor<Float>, ids: [Int], bounds: PixelBox, random: RandomSource,
    workers: Workers = Workers(count: 1)
  ) throws -> Tensor<Float> {
    let shape = images.shape.example
    guard shape.rank == 3 else { throw AttackError.needsImages(attack: name, found: shape) }
    let size = Picture.Size(channels: shape[0], height: shape[1], width: shape[2])
    let change = change(severity, of: size)
    let step = hasSeverities ? severity.rawValue : 0
    let lane = lane
    let parts = shardRanges(count: ids.count, size: 64)
    let changed = try workers.map(parts.count) { part in
      try parts[part].flatMap { row in
        var picture = Picture(images, row: row, size: size, bounds: bounds)
        var stream = random.stream(.transformation, example: ids[row], step: step, lane: lane)
        try change(&picture, &stream)
        picture.clip()
        return picture.pixels(in: bounds)
      }
    }
    return Tensor(shape: images.shape, scalars: changed.flatMap { $0 })
  }

  /// What keeps its random numbers apart from those of other families: a hash of the name.
  private var lane: Int {
    name.utf8.reduce(0x811C) { ($0 ^ Int($1)) &* 0x0193 & 0xFF_FFFF }
  }
}
