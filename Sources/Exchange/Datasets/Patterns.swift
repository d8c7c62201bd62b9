import Networks

/// Small synthetic images: one stripe, vertical, horizontal or diagonal, of random position and width, with Gaussian noise;
/// as a fourth class, where asked for, a dot in the middle.
///
/// Image `i` is of class `i mod K`, so classes are balanced, and depends on nothing but the seed, the split and `i`.
public struct Patterns: Hashable, Sendable, Codable {
  /// The extent of the images in both directions.
  public static let side = 8
  /// The names of the classes; the last one is left out where there is no dot.
  public static let classNames = ["vertical", "horizontal", "diagonal", "dot"]

  /// The seed of all images.
  public var seed: UInt64
  /// The standard deviation of the noise.
  public var noise: Float
  /// Whether there is a fourth class.
  public var hasDot: Bool

  /// Creates a generator.
  public init(seed: UInt64 = 0, noise: Float = 0.1, hasDot: Bool = false) {
    self.seed = seed
    self.noise = noise
    self.hasDot = hasDot
  }

  /// The number of classes.
  public var classCount: Int { hasDot ? 4 : 3 }

  /// The first `count` images of a split.
  ///
  /// Pixels are whole multiples of 1/255, as if they came from 8-bit images, so that they can be stored as such.
  public func dataset(split: String, count: Int) throws(ExchangeError) -> Dataset {
    let labels = (0..<max(count, 0)).map { $0 % classCount }
    let pixels = labels.enumerated().flatMap { image(of: $1, example: $0, split: split) }
    let place = Dataset.Origin.Place(file: "patterns")
    return try Dataset(
      name: "patterns", split: split,
      images: Tensor(shape: [labels.count, 1, Self.side, Self.side], scalars: pixels), labels: labels,
      classCount: classCount, classNames: Array(Self.classNames.prefix(classCount)),
      origin: Dataset.Origin(images: place, labels: place))
  }

  private func image(of label: Int, example: Int, split: String) -> [Float] {
    // Splits draw from streams of their own: the same example of another split is another image.
    let lane = split.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFF_FFFF }
    var random = RandomSource(seed: seed).stream(.data, example: example, lane: lane)
    let figure = Figure(label: label, random: &random)
    return (0..<Self.side * Self.side).map { pixel in
      let (row, column) = pixel.quotientAndRemainder(dividingBy: Self.side)
      let value = (figure.covers(row: row, column: column) ? 1 : 0) + noise * random.normal()
      return (min(max(value, 0), 1) * 255).rounded() / 255
    }
  }

  /// What is drawn before the noise.
  private enum Figure {
    case vertical(Range<Int>)
    case horizontal(Range<Int>)
    case diagonal(Range<Int>)
    case dot(squaredRadius: Int)

    init(label: Int, random: inout RandomStream) {
      let width = 1 + random.integer(below: 3)
      switch label {
      case 0, 1:
        let start = random.integer(below: Patterns.side - width + 1)
        self = label == 0 ? .vertical(start..<start + width) : .horizontal(start..<start + width)
      case 2:
        // At most three from the main diagonal: a short diagonal in a corner looks like noise.
        let start = -3 + random.integer(below: 7 - width + 1)
        self = .diagonal(start..<start + width)
      default:
        // In quarters of squared pixels from the middle, which lies between pixels: 4, 12 or 16 pixels in all.
        self = .dot(squaredRadius: [2, 10, 18][width - 1])
      }
    }

    func covers(row: Int, column: Int) -> Bool {
      switch self {
      case .vertical(let columns): return columns.contains(column)
      case .horizontal(let rows): return rows.contains(row)
      case .diagonal(let offsets): return offsets.contains(column - row)
      case .dot(let squaredRadius):
        let (y, x) = (2 * row - Patterns.side + 1, 2 * column - Patterns.side + 1)
        return x * x + y * y <= squaredRadius
      }
    }
  }
}
