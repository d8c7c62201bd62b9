import Networks

extension Schedule: LosslessStringConvertible, Codable {
  /// What may be written, for messages.
  public static let forms = [
    "constant", "step:milestones=30-60,factor=0.1", "cosine:minimum=0", "restarts:period=10,growth=2,minimum=0",
    "triangular:peak=0.4", "one-cycle:peak=0.3,start=25,end=10000", "warmup:epochs=5,start=0+cosine",
  ]

  /// As in `forms`.
  public var description: String {
    switch self {
    case .constant: "constant"
    case .step(let milestones, let factor):
      "step:milestones=\(milestones.map(String.init).joined(separator: "-")),factor=\(factor)"
    case .cosine(let minimum): "cosine:minimum=\(minimum)"
    case .cosineRestarts(let period, let growth, let minimum):
      "restarts:period=\(period),growth=\(growth),minimum=\(minimum)"
    case .triangular(let peak): "triangular:peak=\(peak)"
    case .oneCycle(let peak, let start, let end): "one-cycle:peak=\(peak),start=\(start),end=\(end)"
    case .warmUp(let epochs, let start, let schedule): "warmup:epochs=\(epochs),start=\(start)+\(schedule)"
    }
  }

  /// Reads what `description` writes; numbers that are not given are those of `forms`.
  public init?(_ description: String) {
    let isWarmUp = description.hasPrefix("warmup")
    let halves = description.split(
      separator: "+", maxSplits: isWarmUp ? 1 : 0, omittingEmptySubsequences: false)
    guard let parts = try? OptionText(String(halves[0])) else { return nil }
    self.init(
      kind: parts.name, ScheduleOptions(given: parts.values),
      following: halves.count == 2 ? Schedule(String(halves[1])) : nil)
  }

  private init?(kind: String, _ options: ScheduleOptions, following: Schedule?) {
    switch kind {
    case "constant" where options.areAll([]): self = .constant
    case "step" where options.areAll(["milestones", "factor"]):
      guard let epochs = options.milestones, let factor = options.number("factor", 0.1, in: 0...1) else { return nil }
      self = .step(milestones: epochs, factor: factor)
    case "cosine" where options.areAll(["minimum"]):
      guard let minimum = options.number("minimum", 0, in: 0...1) else { return nil }
      self = .cosine(minimum: minimum)
    case "restarts" where options.areAll(["period", "growth", "minimum"]):
      guard let period = options.number("period", 10, in: 1e-3...1e6),
        let growth = options.number("growth", 2, in: 1...1e6), let minimum = options.number("minimum", 0, in: 0...1)
      else { return nil }
      self = .cosineRestarts(period: period, growth: growth, minimum: minimum)
    case "triangular" where options.areAll(["peak"]):
      guard let peak = options.number("peak", 0.4, in: 0.001...0.999) else { return nil }
      self = .triangular(peak: peak)
    case "one-cycle" where options.areAll(["peak", "start", "end"]):
      guard let peak = options.number("peak", 0.3, in: 0.001...0.999),
        let start = options.number("start", 25, in: 1...1e9), let end = options.number("end", 1e4, in: 1...1e9)
      else { return nil }
      self = .oneCycle(peak: peak, start: start, end: end)
    case "warmup" where options.areAll(["epochs", "start"]):
      guard let following, let epochs = options.number("epochs", 5, in: 0...1e6),
        let start = options.number("start", 0, in: 0...1)
      else { return nil }
      self = .warmUp(epochs: epochs, start: start, following)
    default: return nil
    }
  }

  /// Reads the description.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let schedule = Schedule(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "expected a schedule such as \(Self.forms.joined(separator: ", ")), found '\(text)'")
    }
    self = schedule
  }

  /// Writes the description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

private struct ScheduleOptions {
  let given: [String: String]

  func areAll(_ known: Set<String>) -> Bool { known.isSuperset(of: given.keys) }

  func number(_ key: String, _ standard: Double, in range: ClosedRange<Double>) -> Double? {
    guard let text = given[key] else { return standard }
    return Double(text).flatMap { range.contains($0) ? $0 : nil }
  }

  /// Whole numbers joined by hyphens; at least one.
  var milestones: [Int]? {
    let texts = (given["milestones"] ?? "").split(separator: "-", omittingEmptySubsequences: false)
    let epochs = texts.compactMap { Int($0) }
    return epochs.count == texts.count ? epochs : nil
  }
}
