package import Networks
import Synchronization

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
  private let state: Mutex<Counts>
  private let onPass: @Sendable (_ forwards: Int, _ backwards: Int) throws -> Void

  /// Creates a counter for the examples with these ids; before every pass `onPass` learns its size and may stop it by
  /// an error.
  package init(ids: [Int], onPass: @escaping @Sendable (_ forwards: Int, _ backwards: Int) throws -> Void) {
    slots = Dictionary(ids.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    let none = Array(repeating: 0, count: ids.count)
    state = Mutex(Counts(forwards: none, backwards: none, zeroGradients: none))
    self.onPass = onPass
  }

  /// The counts up to now.
  package var counts: Counts { state.withLock { $0 } }

  /// Enters one pass over `images` images. The share of an example is even where their number is a multiple of that
  /// of the examples; else the first ones carry one more, so that the sum is always exact.
  fileprivate func enter(images: Int, ids: [Int]?, backward: Bool) throws {
    try onPass(images, backward ? images : 0)
    share(images, among: rows(ids)) { counts, row, passes in
      counts.forwards[row] += passes
      counts.backwards[row] += backward ? passes : 0
    }
  }

  /// Enters which of the gradients that came of a pass are zero in every pixel. Where there is one for each example it
  /// is entered there, else their number is shared out.
  fileprivate func enter(zeroGradients: [Bool], ids: [Int]?) {
    guard zeroGradients.contains(true) else { return }
    let rows = rows(ids)
    let owners = rows.count == zeroGradients.count ? rows.indices.filter { zeroGradients[$0] }.map { rows[$0] } : rows
    share(zeroGradients.count { $0 }, among: owners) { $0.zeroGradients[$1] += $2 }
  }

  private func rows(_ ids: [Int]?) -> [Int] { ids.map { $0.compactMap { slots[$0] } } ?? slots.values.sorted() }

  private func share(_ number: Int, among rows: [Int], enter: (inout Counts, _ row: Int, _ part: Int) -> Void) {
    guard !rows.isEmpty else { return }
    let (each, rest) = number.quotientAndRemainder(dividingBy: rows.count)
    state.withLock { counts in
      for (position, row) in rows.enumerated() { enter(&counts, row, each + (position < rest ? 1 : 0)) }
    }
  }
}

/// A model that counts its passes.
package struct CountingClassifier: DifferentiableClassifier {
  private let base: any DifferentiableClassifier
  private let counter: QueryCounter
  private let ids: [Int]?

  /// Wraps a model. Passes count for all examples of the counter, until `attributed(to:)` narrows them.
  package init(_ base: any DifferentiableClassifier, counter: QueryCounter) {
    self.init(base: base, counter: counter, ids: nil)
  }

  private init(base: any DifferentiableClassifier, counter: QueryCounter, ids: [Int]?) {
    self.base = base
    self.counter = counter
    self.ids = ids
  }

  /// The same model, whose passes count for the examples with these ids.
  package func attributed(to ids: [Int]) -> CountingClassifier {
    CountingClassifier(base: base, counter: counter, ids: ids)
  }

  package var inputShape: Shape { base.inputShape }
  package var classCount: Int { base.classCount }
  package var pullbackLogitsAreExact: Bool { base.pullbackLogitsAreExact }

  package func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    try counter.enter(images: images.exampleCount, ids: ids, backward: false)
    return try base.logits(of: images)
  }

  package func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    try counter.enter(images: images.exampleCount, ids: ids, backward: true)
    let (logits, gradient) = try base.pullback(at: images, cotangent: cotangent)
    counter.enter(zeroGradients: gradient.zeroExamples, ids: ids)
    return (logits, gradient)
  }
}

/// A model whose gradients nobody may have, for black-box attacks.
struct ForwardOnly: DifferentiableClassifier {
  let base: any Classifier

  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  var pullbackLogitsAreExact: Bool { true }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> { try base.logits(of: images) }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    throw AttackError.noGradient(attack: "the attack")
  }
}
