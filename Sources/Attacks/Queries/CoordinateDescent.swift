import Glibc
import Networks

/// The descent of ZOO for one constant of each example.
struct CoordinateDescent {
  private let attack: ZerothOrderOptimization
  private let size: Int
  private let search: Int
  private var active: ActivePoints
  private var states: [State]
  private var found: [Bool]

  /// What belongs to one example.
  private struct State {
    /// The position in the task that this began with, and the row in that of the attack.
    let position: Int
    let row: Int
    let constant: Double
    var means: [Double]
    var squares: [Double]
    /// How often each coordinate was moved.
    var counts: [Int]
    /// The objective when progress was last looked at.
    var checked = Double.infinity
    var isFirstFound = true

    /// Moves a scalar along its slope, by Adam.
    mutating func step(_ scalar: inout Float, _ index: Int, slope: Double, rate: Double) {
      counts[index] += 1
      means[index] = 0.9 * means[index] + 0.1 * slope
      squares[index] = 0.999 * squares[index] + 0.001 * slope * slope
      let mean = means[index] / (1 - pow(0.9, Double(counts[index])))
      let square = squares[index] / (1 - pow(0.999, Double(counts[index])))
      let moved = Float(Double(scalar) - rate * mean / (square.squareRoot() + 1e-8))
      if moved.isFinite { scalar = moved }
    }
  }

  /// - Parameters:
  ///   - attack: The hyper-parameters.
  ///   - task: The examples.
  ///   - rows: Their rows in the task of the attack.
  ///   - constants: The constant of each.
  ///   - search: The number of the constant, by which coordinates are drawn anew.
  init(_ attack: ZerothOrderOptimization, _ task: AttackTask, rows: [Int], constants: [Double], search: Int) {
    (self.attack, self.search, size) = (attack, search, task.images.exampleSize)
    active = ActivePoints(task, points: task.images)
    let none = [Double](repeating: 0, count: size)
    states = rows.indices.map {
      State(
        position: $0, row: rows[$0], constant: constants[$0], means: none, squares: none,
        counts: Array(repeating: 0, count: none.count))
    }
    found = rows.map { _ in false }
  }

  /// Makes all steps, and enters what is found.
  ///
  /// - Returns: For which examples an adversarial point was found.
  mutating func run(_ nearest: inout NearestPoints, model: QueriedModel) throws -> [Bool] {
    let each = min(attack.coordinates, size)
    for step in 0..<attack.steps {
      if let open = active.retireUnaffordable(2 * each + 1, model: model) { states = open.map { states[$0] } }
      guard !active.isEmpty else { break }
      try move(coordinates(each, step: step), each: each, model: model)
      active.task.threat.project(&active.points, around: active.task.images)
      let seen = try active.task.samples(of: active.points, loss: .margin, model: model)
      let isFound = zip(seen.isReached, seen.losses).map { $0 && $1 >= attack.confidence }
      nearest.enter(active.points, where: isFound, rows: states.map(\.row))
      enter(isFound)
      if attack.abortEarly, step % max(1, attack.steps / 10) == 0 { retireStalled(seen.losses) }
    }
    return found
  }

  /// So many different coordinates for each example, one example after the other.
  private func coordinates(_ each: Int, step: Int) -> [Int] {
    guard each < size else { return active.task.ids.flatMap { _ in 0..<size } }
    return active.task.ids.flatMap { id in
      var stream = active.task.random.stream(.search, example: id, step: step, lane: search)
      return stream.permutation(size).prefix(each)
    }
  }

  /// Moves the points along coordinates of each example.
  private mutating func move(_ coordinates: [Int], each: Int, model: QueriedModel) throws {
    let points = active.points
    let part = active.task.samplesPerCall(of: each)
    for first in stride(from: 0, to: each, by: part) {
      let count = min(part, each - first)
      let moved = states.indices.flatMap { coordinates[$0 * each + first..<$0 * each + first + count] }
      let losses = try active.task.samples(
        of: pairs(around: points, moved), each: 2 * count, loss: .margin, model: model
      ).losses
      descend(moved, losses)
    }
  }

  private func pairs(around points: Tensor<Float>, _ coordinates: [Int]) -> Tensor<Float> {
    let each = coordinates.count / states.count
    var pairs = points.gathering((0..<2 * coordinates.count).map { $0 / (2 * each) })
    pairs.withUnsafeMutableScalars { pairs in
      for (index, coordinate) in coordinates.enumerated() {
        pairs[2 * index * size + coordinate] += attack.delta
        pairs[(2 * index + 1) * size + coordinate] -= attack.delta
      }
    }
    return pairs
  }

  private func hinge(_ margin: Float) -> Double { max(0, Double(attack.confidence) - Double(margin)) }

  private mutating func descend(_ coordinates: [Int], _ losses: [Float]) {
    let each = coordinates.count / states.count
    let rate = Double(attack.learningRate)
    let images = active.task.images
    var moved = active.points
    moved.withUnsafeMutableScalars { points in
      images.withUnsafeScalars { images in
        for (index, coordinate) in coordinates.enumerated() {
          let row = index / each
          let scalar = row * size + coordinate
          let difference = hinge(losses[2 * index]) - hinge(losses[2 * index + 1])
          let slope =
            states[row].constant * difference / (2 * Double(attack.delta))
            + 2 * (Double(points[scalar]) - Double(images[scalar]))
          guard slope.isFinite, losses[2 * index].isFinite, losses[2 * index + 1].isFinite else { continue }
          states[row].step(&points[scalar], coordinate, slope: slope, rate: rate)
        }
      }
    }
    active.points = moved
  }

  /// Adam begins anew where the first adversarial point was found.
  private mutating func enter(_ isFound: [Bool]) {
    for row in isFound.indices where isFound[row] {
      found[states[row].position] = true
      guard states[row].isFirstFound else { continue }
      states[row].isFirstFound = false
      for index in 0..<size {
        (states[row].means[index], states[row].squares[index], states[row].counts[index]) = (0, 0, 0)
      }
    }
  }

  private mutating func retireStalled(_ losses: [Float]) {
    let distances = Norm.l2.distances(from: active.task.images, to: active.points)
    var isStalled = [Bool]()
    for row in states.indices {
      let objective =
        states[row].constant * hinge(losses[row]) + Double(distances[row]) * Double(distances[row])
      isStalled.append(objective > 0.9999 * states[row].checked)
      states[row].checked = objective
    }
    if let open = active.retire(where: isStalled) { states = open.map { states[$0] } }
  }
}
