import Glibc

/// How the learning rate changes over a run, as a factor of the rate at the start. It is evaluated at every update.
public enum Schedule: Hashable, Sendable {
  /// The same all along.
  case constant
  /// Multiplied by `factor` after each of so many epochs.
  case step(milestones: [Int], factor: Double)
  /// Half a cosine from 1 down to `minimum` at the end of the run; Loshchilov and Hutter, arXiv 1608.03983.
  case cosine(minimum: Double)

  /// The factor after `epoch` epochs (with fractions) out of `epochs`.
  public func factor(atEpoch epoch: Double, of epochs: Int) -> Double {
    switch self {
    case .constant: return 1
    case .step(let milestones, let factor):
      return pow(factor, Double(milestones.count { Double($0) <= epoch }))
    case .cosine(let minimum):
      let progress = min(max(epoch / Double(max(epochs, 1)), 0), 1)
      return minimum + (1 - minimum) * (1 + cos(.pi * progress)) / 2
    }
  }
}

extension Schedule: LosslessStringConvertible, Codable {
  /// `constant`, `step:milestones=30-60,factor=0.1` or `cosine:minimum=0.01`.
  public var description: String {
    switch self {
    case .constant: "constant"
    case .step(let milestones, let factor):
      "step:milestones=\(milestones.map(String.init).joined(separator: "-")),factor=\(factor)"
    case .cosine(let minimum): "cosine:minimum=\(minimum)"
    }
  }

  /// Reads what `description` writes; `factor` is 0.1 and `minimum` 0 unless given.
  public init?(_ description: String) {
    let parts = description.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var options: [String: String] = [:]
    for item in parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : [] {
      let pair = item.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2, options.updateValue(pair[1], forKey: pair[0]) == nil else { return nil }
    }
    self.init(kind: String(parts[0]), options: options)
  }

  private init?(kind: String, options: [String: String]) {
    func fraction(_ key: String, _ standard: Double) -> Double? {
      guard let text = options[key] else { return standard }
      return Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
    }
    switch (kind, Set(options.keys)) {
    case ("constant", []): self = .constant
    case ("step", let keys) where keys.isSubset(of: ["milestones", "factor"]):
      let milestones = (options["milestones"] ?? "").split(separator: "-", omittingEmptySubsequences: false)
      let epochs = milestones.compactMap { Int($0) }
      guard epochs.count == milestones.count, let factor = fraction("factor", 0.1) else { return nil }
      self = .step(milestones: epochs, factor: factor)
    case ("cosine", let keys) where keys.isSubset(of: ["minimum"]):
      guard let minimum = fraction("minimum", 0) else { return nil }
      self = .cosine(minimum: minimum)
    default: return nil
    }
  }

  /// Reads the description.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let schedule = Schedule(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected a schedule (constant, step, cosine), found '\(text)'")
    }
    self = schedule
  }

  /// Writes the description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
