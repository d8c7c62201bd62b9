import Networks

/// Differential evolution of a population of pixel changes for each example.
struct PixelEvolution {
  /// The members that go into one call for each example. The queries of an example depend on it, and so on nothing else.
  private static let block = 16
  private let code: PixelCode
  private let population: Int
  private let loss: Loss
  private var active: ActivePoints
  private var members: [Members]

  /// The members of one example, one after the other.
  private struct Members {
    var numbers: [Float]
    var losses: [Float]
  }

  init(_ task: AttackTask, code: PixelCode, population: Int, loss: Loss) {
    (self.code, self.population, self.loss) = (code, population, loss)
    active = ActivePoints(task, points: task.images)
    let none = Members(numbers: [], losses: Array(repeating: -.infinity, count: population))
    members = task.ids.map { _ in none }
  }

  /// Whether no example is left.
  var isFinished: Bool { active.isEmpty }

  /// An adversarial point of each example, or that of its best member.
  consuming func finished() -> Tensor<Float> { active.finished() }

  /// Makes a generation, of which every member takes the place of its parent where its loss is no smaller.
  mutating func breed(_ generation: Int, model: QueriedModel) throws {
    var children = active.task.ids.indices.map { self.children(of: $0, generation: generation) }
    for first in stride(from: 0, to: population, by: Self.block) {
      let block = first..<min(first + Self.block, population)
      retire(model.canAfford(block.count + 1, for: active.task.ids).map { !$0 }, &children)
      guard !active.isEmpty else { return }
      let points = points(of: block, children)
      let seen = try active.task.samples(of: points, each: block.count, loss: loss, model: model)
      for row in members.indices {
        let losses = seen.losses[row * block.count..<(row + 1) * block.count]
        children[row].losses.replaceSubrange(block, with: losses)
      }
      try finish(seen.isReached, of: points, each: block.count, &children, model: model)
    }
    for row in members.indices { select(children[row], row: row) }
  }

  private mutating func retire(_ isDone: [Bool], _ children: inout [Members]) {
    guard let open = active.retire(where: isDone) else { return }
    members = open.map { members[$0] }
    children = open.map { children[$0] }
  }

  private func children(of row: Int, generation: Int) -> Members {
    var result = members[row]
    result.numbers = []
    result.numbers.reserveCapacity(population * code.length)
    for member in 0..<population {
      var stream = active.task.random.stream(
        .search, example: active.task.ids[row], step: generation, lane: member)
      guard generation > 0 else {
        for _ in 0..<code.length { result.numbers.append(stream.uniform()) }
        continue
      }
      let (a, b, c) = others(than: member, &stream)
      let numbers = members[row].numbers
      for index in 0..<code.length {
        let number =
          numbers[a * code.length + index]
          + 0.5 * (numbers[b * code.length + index] - numbers[c * code.length + index])
        result.numbers.append((0...1).contains(number) ? number : stream.uniform())
      }
    }
    return result
  }

  /// Three different members, none of them the given one.
  private func others(than member: Int, _ stream: inout RandomStream) -> (Int, Int, Int) {
    var taken = [member]
    for left in 1...3 {
      // A number among those that are not taken, which are then counted from below.
      var chosen = stream.integer(below: population - left)
      for other in taken.sorted() where chosen >= other { chosen += 1 }
      taken.append(chosen)
    }
    return (taken[1], taken[2], taken[3])
  }

  private func points(of block: Range<Int>, _ children: [Members]) -> Tensor<Float> {
    var points = active.task.images.gathering((0..<members.count * block.count).map { $0 / block.count })
    let size = points.exampleSize
    points.withUnsafeMutableScalars { points in
      for row in members.indices {
        for (position, member) in block.enumerated() {
          let start = (row * block.count + position) * size
          code.apply(
            children[row].numbers[member * code.length..<(member + 1) * code.length],
            to: UnsafeMutableBufferPointer(rebasing: points[start..<start + size]))
        }
      }
    }
    return points
  }

  /// Examples with an adversarial member end with the first of them, which the model sees by itself.
  private mutating func finish(
    _ isReached: [Bool], of points: Tensor<Float>, each: Int, _ children: inout [Members], model: QueriedModel
  ) throws {
    let first = members.indices.map { row in (row * each..<(row + 1) * each).first { isReached[$0] } }
    let rows = first.indices.filter { first[$0] != nil }
    guard !rows.isEmpty else { return }
    let found = points.gathering(first.compactMap { $0 })
    active.points.scatter(found, to: rows)
    _ = try active.task.gathering(rows).logits(of: found, model: model)
    retire(first.map { $0 != nil }, &children)
  }

  private mutating func select(_ children: Members, row: Int) {
    if members[row].numbers.isEmpty { members[row].numbers = children.numbers }
    for member in 0..<population where children.losses[member] >= members[row].losses[member] {
      let range = member * code.length..<(member + 1) * code.length
      members[row].numbers.replaceSubrange(range, with: children.numbers[range])
      members[row].losses[member] = children.losses[member]
    }
    let losses = members[row].losses
    guard let best = losses.indices.max(by: { losses[$0] < losses[$1] }) else { return }
    var point = active.task.images.examples(row..<row + 1)
    point.withUnsafeMutableScalars {
      code.apply(members[row].numbers[best * code.length..<(best + 1) * code.length], to: $0)
    }
    active.points.replace(row..<row + 1, by: point)
  }
}
