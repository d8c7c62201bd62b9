import Certification
import Glibc

extension Interval {
  /// An interval of random size: from a few ulp to huge, straddling zero or not.
  static func random(using generator: inout some RandomNumberGenerator) -> Interval {
    func magnitude(_ exponents: ClosedRange<Double>) -> Double {
      pow(10, Double.random(in: exponents, using: &generator))
    }
    let scale: ClosedRange<Double> =
      switch Int.random(in: 0..<10, using: &generator) {
      case 0: -323...(-300)
      case 1: -20...(-5)
      case 2: 3...300
      default: -2...1.5
      }
    let first = (Bool.random(using: &generator) ? 1 : -1) * magnitude(scale)
    let second =
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: first + abs(first) * magnitude(-15...(-2))
      case 1: first
      case 2: -first * Double.random(in: 0...2, using: &generator)
      default: (Bool.random(using: &generator) ? 1 : -1) * magnitude(scale)
      }
    return Interval(min(first, second), max(first, second))
  }

  /// The ends, points next to them, zero where inside, and random points.
  func samples(_ count: Int, using generator: inout some RandomNumberGenerator) -> [Double] {
    let inner = (0..<count).map { _ in
      let share = Double.random(in: 0...1, using: &generator)
      return min(max(lower * (1 - share) + upper * share, lower), upper)
    }
    let special = [lower, upper, lower.nextUp, upper.nextDown, 0, lower / 2 + upper / 2]
    return inner + special.filter { $0 >= lower && $0 <= upper }
  }
}

extension LineArrays {
  /// The lines of one scalar.
  func lines(at place: Int) -> Lines {
    Lines(
      lowerSlope: lowerSlope[place], lowerIntercept: lowerIntercept[place], upperSlope: upperSlope[place],
      upperIntercept: upperIntercept[place])
  }
}
