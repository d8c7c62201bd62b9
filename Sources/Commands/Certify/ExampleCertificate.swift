internal import Attacks
internal import Networks

/// What is known of one example within one radius.
struct ExampleCertificate: Codable, Hashable {
  /// In words.
  enum Verdict: String, Codable, CaseIterable {
    /// No input of the ball has another class.
    case certified
    /// One has.
    case falsified
    /// Neither was shown.
    case undecided
    /// The image itself has another class than its label.
    case misclassified
  }

  let id: Int
  let label: Int
  var verdict: Verdict
  /// A number that no margin falls below in the ball; nil where none is known.
  var marginBound: Double?
  /// The parts of the ball that were bounded one by one; nil but for exact verification.
  var parts: Int?
  var seconds = 0.0
  /// An input of the ball that has another class; nil but for falsified examples.
  var counterexample: [Float]?
}

/// What is known of all examples within one radius.
struct RadiusResult {
  let epsilon: PixelLength
  let threat: ThreatModel
  /// Those that were finished, in their order.
  private(set) var examples: [ExampleCertificate]
  /// How many there are to do.
  var requested: Int
  /// The share that an attack left standing, of all examples; nil where none was made.
  private(set) var attacked: AttackedShare?
  /// Certified examples that the attack breaks from outside the ball, where rounding took it, and not from inside.
  var breaksByRounding = 0
  /// Of this radius, attack included.
  private(set) var seconds: Double

  var isComplete: Bool { examples.count == requested }

  /// The same without the inputs that were found, each as large as an image.
  var withoutCounterexamples: RadiusResult {
    var result = self
    for row in result.examples.indices { result.examples[row].counterexample = nil }
    return result
  }

  /// Adds the examples of the next range, without their counterexamples.
  mutating func add(_ next: RadiusResult) {
    examples += next.withoutCounterexamples.examples
    attacked = attacked.flatMap { first in
      next.attacked.map { Proportion(hits: first.hits + $0.hits, count: first.count + $0.count) }
    }
    breaksByRounding += next.breaksByRounding
    seconds += next.seconds
  }

  /// The same with room for all examples that are to come.
  func reserving(_ count: Int) -> RadiusResult {
    var result = self
    result.examples.reserveCapacity(count)
    result.requested = count
    return result
  }

  /// How many examples have a verdict.
  func count(_ verdict: ExampleCertificate.Verdict) -> Int { examples.count { $0.verdict == verdict } }

  /// Seconds of those examples that were bounded, in rising order.
  var times: [Double] { examples.map(\.seconds).filter { $0 > 0 }.sorted() }
}
