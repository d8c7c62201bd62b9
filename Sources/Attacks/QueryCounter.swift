import Networks
import Synchronization

/// An attack would have shown more points of an example to the model than it may.
public struct QueryBudgetSpent: Error, Hashable, CustomStringConvertible {
  /// The forward passes that each example may have.
  public let budget: Int

  /// What happened.
  public var description: String { "the attack's \(budget) queries are spent" }
}

/// How often a model was run on each of some examples.
package final class QueryCounter: Sendable {
  /// Forward and backward passes, one entry per example.
  package struct Counts: Sendable, Equatable {
    /// Forward passes.
    package var forwards: [Int]
    /// Backward passes, each of which is a forward pass too.
    package var backwards: [Int]
    /// Gradients that were zero in every pixel.
    package var zeroGradients: [Int]
  }

  private let slots: [Int: Int]
  private let budget: Int?
  /// The counts, and the forward passes since the attack last began, by which the budget goes.
  private let state: Mutex<(counts: Counts, spent: [Int])>
  private let onPass: @Sendable (_ forwards: Int, _ backwards: Int) throws -> Void
  /// Looks on at what is shown to the model.
  let trace: QueryTrace?

  /// Creates a counter.
  ///
  /// - Parameters:
  ///   - ids: The examples.
  ///   - budget: The forward passes that each may have at most; nil for any number.
  ///   - onPass: Learns the size of every pass before it is made, and may stop it by an error.
  package convenience init(
    ids: [Int], budget: Int? = nil, onPass: @escaping @Sendable (_ forwards: Int, _ backwards: Int) throws -> Void
  ) {
    self.init(ids: ids, budget: budget, trace: nil, onPass: onPass)
  }

  /// Creates a counter that tells what it sees.
  init(
    ids: [Int], budget: Int?, trace: QueryTrace?,
    onPass: @escaping @Sendable (_ forwards: Int, _ backwards: Int) throws -> Void
  ) {
    self.trace = trace
    slots = Dictionary(ids.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    self.budget = budget
    let none = Array(repeating: 0, count: ids.count)
    state = Mutex((Counts(forwards: none, backwards: none, zeroGradients: none), none))
    self.onPass = onPass
  }

  /// The counts up to now.
  package var counts: Counts { state.withLock { $0.counts } }

  /// Gives the examples their whole budget again: the attack begins anew. The counts go on.
  func restart(_ ids: [Int]) {
    state.withLock { state in for row in rows(ids) { state.spent[row] = 0 } }
  }

  /// The forward passes made for examples since the attack last began.
  func spent(for ids: [Int]) -> [Int] {
    state.withLock { state in ids.map { slots[$0].map { state.spent[$0] } ?? 0 } }
  }

  /// Whether the forward passes of an example are limited.
  var hasBudget: Bool { budget != nil }

  /// Which of the examples may have so many more forward passes.
  package func canAfford(_ passes: Int, for ids: [Int]) -> [Bool] {
    guard let budget else { return ids.map { _ in true } }
    return state.withLock { state in ids.map { slots[$0].map { state.spent[$0] + passes <= budget } ?? true } }
  }

  /// Enters one pass over `images` images. The share of an example is even where their number is a multiple of that
  /// of the examples; else the first ones carry one more, so that the sum is always exact.
  func enter(images: Int, ids: [Int], backward: Bool) throws {
    let rows = rows(ids)
    if let budget, !rows.isEmpty, canAfford((images - 1) / rows.count + 1, for: ids).contains(false) {
      throw QueryBudgetSpent(budget: budget)
    }
    try onPass(images, backward ? images : 0)
    share(images, among: rows) { state, row, passes in
      state.spent[row] += passes
      state.counts.forwards[row] += passes
      state.counts.backwards[row] += backward ? passes : 0
    }
  }

  /// Enters which of the gradients of a pass are zero in every pixel. Where there is one for each example it is entered
  /// there, else their number is shared out.
  func enter(zeroGradients: [Bool], ids: [Int]) {
    guard zeroGradients.contains(true) else { return }
    let rows = rows(ids)
    let owners = rows.count == zeroGradients.count ? rows.indices.filter { zeroGradients[$0] }.map { rows[$0] } : rows
    share(zeroGradients.count { $0 }, among: owners) { $0.counts.zeroGradients[$1] += $2 }
  }

  private func rows(_ ids: [Int]) -> [Int] { ids.compactMap { slots[$0] } }

  private func share(
    _ number: Int, among rows: [Int], enter: (inout (counts: Counts, spent: [Int]), _ row: Int, _ part: Int) -> Void
  ) {
    guard !rows.isEmpty else { return }
    let (each, rest) = number.quotientAndRemainder(dividingBy: rows.count)
    state.withLock { state in
      for (position, row) in rows.enumerated() { enter(&state, row, each + (position < rest ? 1 : 0)) }
    }
  }
}
