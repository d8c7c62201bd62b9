import Glibc

/// How the learning rate changes over a run, as a factor of the learning rate. It is evaluated at every update.
public indirect enum Schedule: Hashable, Sendable {
  /// The same all along.
  case constant
  /// Multiplied by `factor` after each of so many epochs.
  case step(milestones: [Int], factor: Double)
  /// Half a cosine from 1 down to `minimum` at the end of the run; Loshchilov and Hutter, arXiv 1608.03983.
  case cosine(minimum: Double)
  /// The same over `period` epochs, then anew over `growth` times as many, and so on.
  case cosineRestarts(period: Double, growth: Double, minimum: Double)
  /// Linearly from 0 up to 1 after the share `peak` of the run, and down to 0 at its end, as in fast adversarial
  /// training (Wong et al., arXiv 2001.03994).
  case triangular(peak: Double)
  /// Half a cosine from 1 / `start` up to 1 after the share `peak` of the run, and another down to
  /// 1 / (`start` · `end`); Smith and Topin, arXiv 1708.07120. PyTorch reaches both one update earlier.
  case oneCycle(peak: Double, start: Double, end: Double)
  /// Another schedule times a factor that rises linearly from `start` to 1 over the first epochs.
  case warmUp(epochs: Double, start: Double, Schedule)

  /// The factor after `epoch` epochs (with fractions) out of `epochs`.
  public func factor(atEpoch epoch: Double, of epochs: Int) -> Double {
    let progress = min(max(epoch / Double(max(epochs, 1)), 0), 1)
    switch self {
    case .constant: return 1
    case .step(let milestones, let factor):
      return pow(factor, Double(milestones.count { Double($0) <= epoch }))
    case .cosine(let minimum): return Self.anneal(from: 1, to: minimum, at: progress)
    case .cosineRestarts(let period, let growth, let minimum):
      return Self.anneal(from: 1, to: minimum, at: Self.cycleShare(of: epoch, period: period, growth: growth))
    case .triangular(let peak):
      return progress <= peak ? progress / peak : (1 - progress) / (1 - peak)
    case .oneCycle(let peak, let start, let end):
      return progress <= peak
        ? Self.anneal(from: 1 / start, to: 1, at: progress / peak)
        : Self.anneal(from: 1, to: 1 / (start * end), at: (progress - peak) / (1 - peak))
    case .warmUp(let length, let start, let schedule):
      let rise = length > 0 ? start + (1 - start) * min(max(epoch / length, 0), 1) : 1
      return rise * schedule.factor(atEpoch: epoch, of: epochs)
    }
  }

  /// The same schedule for a run that is longer by a factor: epochs that are counted keep their share of it.
  public func stretched(by factor: Double) -> Schedule {
    switch self {
    case .constant, .cosine, .cosineRestarts, .triangular, .oneCycle: self
    case .step(let milestones, let fall):
      .step(milestones: milestones.map { Int((Double($0) * factor).rounded()) }, factor: fall)
    case .warmUp(let epochs, let start, let schedule):
      .warmUp(epochs: epochs * factor, start: start, schedule.stretched(by: factor))
    }
  }

  /// Half a cosine.
  private static func anneal(from start: Double, to end: Double, at share: Double) -> Double {
    end + (start - end) * (1 + cos(.pi * share)) / 2
  }

  /// How much of its cycle is over at an epoch.
  private static func cycleShare(of epoch: Double, period: Double, growth: Double) -> Double {
    var (start, length) = (0.0, period)
    while epoch >= start + length {
      // Cycles that do not grow need no counting.
      if growth == 1 { return (epoch / period).truncatingRemainder(dividingBy: 1) }
      start += length
      length *= growth
    }
    return max(epoch - start, 0) / length
  }
}
