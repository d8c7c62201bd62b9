import Attacks
import Networks
import Testing

/// A problem of some scalars, many of which have their point or their image at an end of the box.
private func problem(_ count: Int, seed: Int, radius: Double? = nil, reach: Double = 0.4) -> BoundaryProblem {
  var stream = RandomSource(seed: 5).stream(.check, example: seed)
  func pixel() -> Double {
    let value = Double(stream.uniform())
    return stream.integer(below: 3) == 0 ? value.rounded() : value
  }
  let (point, image) = ((0..<count).map { _ in pixel() }, (0..<count).map { _ in pixel() })
  let slope = (0..<count).map { _ in Double(stream.normal()) * Double(stream.uniform()) }
  let (lower, upper) = (point.map { -$0 }, point.map { 1 - $0 })
  let most = slope.indices.reduce(0) { $0 + max(slope[$1] * lower[$1], slope[$1] * upper[$1]) }
  let sign = stream.integer(below: 2) == 0 ? 1.0 : -1
  let flipped = slope.map { sign * $0 }
  return BoundaryProblem(
    home: zip(image, point).map { $0 - $1 }, slope: flipped, gap: sign * reach * Double(stream.uniform()) * most,
    radius: radius ?? 0.1 + Double(stream.uniform()), lower: lower, upper: upper)
}

private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

private func distance(_ norm: Norm, _ problem: BoundaryProblem, _ change: [Double]) -> Double {
  let left = zip(problem.home, change).map { abs($0 - $1) }
  return switch norm {
  case .linf: left.reduce(0, max)
  case .l2: dot(left, left).squareRoot()
  case .l1: left.reduce(0, +)
  case .l0: Double(left.count { $0 > 0 })
  }
}

private func isAllowed(_ problem: BoundaryProblem, _ change: [Double], slack: Double = 0) -> Bool {
  dot(change, change) <= problem.radius * problem.radius * (1 + slack)
    && change.indices.allSatisfy { (problem.lower[$0] - slack...problem.upper[$0] + slack).contains(change[$0]) }
}

/// Two vectors of length 1 that are orthogonal to each other and to a third.
private func plane(_ normal: [Double]) -> ([Double], [Double]) {
  let axis = normal.indices.min { abs(normal[$0]) < abs(normal[$1]) } ?? 0
  let raw = normal.indices.map { ($0 == axis ? 1 : 0) - normal[$0] * normal[axis] / dot(normal, normal) }
  let first = raw.map { $0 / dot(raw, raw).squareRoot() }
  let unit = normal.map { $0 / dot(normal, normal).squareRoot() }
  let second = (0..<3).map { index in
    let (j, k) = ((index + 1) % 3, (index + 2) % 3)
    return unit[j] * first[k] - unit[k] * first[j]
  }
  return (first, second)
}

/// In three dimensions the changes that reach the boundary are a plane; a fine grid of it holds nothing nearer.
///
/// The step keeps its radius within a millionth, which is worth less than 1e-5 of distance here.
@Test(arguments: [Norm.linf, .l2, .l1]) func noPointOfAGridIsNearer(norm: Norm) {
  var solved = 0
  for seed in 0..<60 {
    let problem = problem(3, seed: seed)
    let scale = problem.gap / dot(problem.slope, problem.slope)
    let (first, second) = plane(problem.slope)
    let found = problem.step(norm)
    #expect(isAllowed(problem, found, slack: 1e-8))
    let steps = stride(from: -1.0, through: 1, by: 0.01).map { $0 * problem.radius }
    let nearest = steps.reduce(Double.infinity) { best, a in
      steps.reduce(best) { best, b in
        let change = (0..<3).map { scale * problem.slope[$0] + a * first[$0] + b * second[$0] }
        return isAllowed(problem, change) ? min(best, distance(norm, problem, change)) : best
      }
    }
    guard nearest < .infinity else { continue }
    solved += 1
    #expect(abs(dot(problem.slope, found) - problem.gap) < 1e-9)
    #expect(distance(norm, problem, found) <= nearest + 1e-5, "\(seed): \(problem) \(found)")
  }
  #expect(solved > 30, "\(solved)")
}

/// In many dimensions: no small move along boundary, box and trust region comes nearer. Moves of two scalars that keep
/// bᵀδ are tried for all pairs, those of three at random.
@Test(arguments: [Norm.l2, .l1]) func noExchangeBetweenScalarsIsNearer(norm: Norm) {
  var inside = 0
  for seed in 0..<20 {
    let problem = problem(40, seed: 100 + seed, radius: seed < 10 ? 0.8 : 3, reach: 0.1)
    let found = problem.step(norm)
    let before = distance(norm, problem, found)
    #expect(isAllowed(problem, found, slack: 1e-8))
    #expect(abs(dot(problem.slope, found) - problem.gap) < 1e-9)
    inside += dot(found, found) < 0.99 * problem.radius * problem.radius ? 1 : 0
    var nearest = before
    for a in 0..<40 {
      for b in 0..<40 where a != b && problem.slope[b] != 0 {
        for size in [-1e-3, 1e-3] {
          var change = found
          change[a] += size
          change[b] -= size * problem.slope[a] / problem.slope[b]
          if isAllowed(problem, change) { nearest = min(nearest, distance(norm, problem, change)) }
        }
      }
    }
    #expect(nearest >= before - 1e-5, "\(seed): \(nearest) \(before)")
  }
  #expect((1...19).contains(inside), "\(inside)")
}

/// The fewest scalars that must differ from the image, by trying every set: those in it as short as they can be, by
/// bisection of the pull.
private func fewest(_ problem: BoundaryProblem) -> Int? {
  let count = problem.home.count
  func isEnough(_ set: Int) -> Bool {
    func change(_ pull: Double) -> [Double] {
      (0..<count).map { index in
        set >> index & 1 == 0
          ? problem.home[index] : min(max(pull * problem.slope[index], problem.lower[index]), problem.upper[index])
      }
    }
    var (low, high) = (-1e6, 1e6)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if dot(problem.slope, change(middle)) > problem.gap { high = middle } else { low = middle }
    }
    let found = change(low)
    return abs(dot(problem.slope, found) - problem.gap) < 1e-6 && isAllowed(problem, found, slack: 1e-6)
  }
  return (0..<1 << count).filter(isEnough).map(\.nonzeroBitCount).min()
}

/// The problem in L0 is one of sets, and the step need not be the best: here it is in nearly all cases, and one scalar
/// from it in the others.
@Test func fewScalarsLeaveTheImage() {
  var (solved, best) = (0, 0)
  for seed in 0..<60 {
    let problem = problem(7, seed: 200 + seed)
    guard let fewest = fewest(problem) else { continue }
    let found = problem.step(.l0)
    #expect(isAllowed(problem, found, slack: 1e-8))
    #expect(abs(dot(problem.slope, found) - problem.gap) < 1e-9)
    let count = Int(distance(.l0, problem, found))
    #expect(count >= fewest && count <= fewest + 2, "\(seed): \(count) against \(fewest)")
    solved += 1
    best += count == fewest ? 1 : 0
  }
  #expect(solved > 30)
  #expect(best * 10 >= solved * 8, "\(best) of \(solved)")
}

/// Where the boundary is out of reach: no point of the trust region comes nearer to it.
@Test(arguments: Norm.allCases) func anUnreachableBoundaryIsApproached(norm: Norm) {
  for seed in 0..<30 {
    var problem = problem(6, seed: 300 + seed, radius: 0.05 + 0.05 * Double(seed))
    problem.gap = problem.gap > 0 ? 1e3 : -1e3
    let found = problem.step(norm)
    #expect(isAllowed(problem, found, slack: 1e-8))
    let reached = abs(dot(problem.slope, found))
    var stream = RandomSource(seed: 1).stream(.check, example: seed)
    for _ in 0..<2000 {
      // Random directions near that of the slope are the hardest competitors.
      let spread = Double(stream.uniform())
      var change = problem.slope.map { $0 * (problem.gap > 0 ? 1 : -1) + spread * Double(stream.normal()) }
      let size = dot(change, change).squareRoot()
      change = change.indices.map { min(max(change[$0] / size * problem.radius, problem.lower[$0]), problem.upper[$0]) }
      #expect(abs(dot(problem.slope, change)) <= reached + 1e-9 || dot(problem.slope, change) * problem.gap < 0)
    }
  }
}

@Test(arguments: Norm.allCases) func senselessProblemsHaveNoStep(norm: Norm) {
  let zero = BoundaryProblem(
    home: [0.1, -0.1], slope: [0, 0], gap: 1, radius: 1, lower: [-1, -1], upper: [1, 1])
  #expect(zero.step(norm) == [0, 0])
  var noNumber = zero
  (noNumber.gap, noNumber.slope) = (.nan, [1, 1])
  #expect(noNumber.step(norm) == [0, 0])
  var noRoom = zero
  (noRoom.radius, noRoom.slope) = (0, [1, 1])
  #expect(noRoom.step(norm) == [0, 0])
}
