public import Hyperparameters
public import Networks

/// What is known about an example after verification.
public enum Verdict: Sendable {
  /// No input of the region has another class.
  case certified
  /// At this input one of the functions is at most 0 in real arithmetic: another class's logit reaches that of the label. Where
  /// it does no more than that, the class depends on the rule for ties.
  case falsified([Float])
  /// Time was up. The bound holds for the least margin that is open.
  case undecided(bound: Double)
}

/// Complete verification: α-CROWN, then branch and bound until there is a proof or a counterexample.
///
/// Parts are made by the signs of rectifiers (`NeuronSplitting`), or, where the network has few inputs or functions that
/// are no rectifiers, by halving the inputs (`InputSplitting`). Verifiers attack first; so should the caller, because an
/// attack finds most counterexamples faster.
public struct ExactVerification: Configurable {
  /// Name, title and source.
  public static let method = Method(
    name: "exact", title: "Branch and bound", summary: "α-CROWN, then branch and bound (β-CROWN) until it is decided.",
    citation: "Wang et al., arXiv 2103.06624")

  /// How parts are made.
  public enum Splitting: String, CaseIterable, Codable, Sendable, HyperparameterType {
    /// By inputs where there are at most 20, or no rectifiers; else by neurons.
    case automatic
    /// By the signs of rectifiers.
    case neurons
    /// By halving inputs.
    case inputs
  }

  /// Seconds for each example.
  public var timeout = 30.0
  /// Which neuron is decided next.
  public var branching: Branching = .kfsb
  /// How parts are made.
  public var splitting: Splitting = .automatic
  /// Steps of the optimisation for each part.
  public var steps = 10
  /// Whether the bounds of inner neurons are optimised before the first split.
  public var optimizesLayers = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ExactVerification>] = [
    .number("timeout", \.timeout, .above(0), unit: "seconds", "Time for each example."),
    .choice(
      "branching", \.branching, of: Branching.allCases.map(\.rawValue), "How the neuron to be decided next is chosen."),
    .choice(
      "splits", \.splitting, of: Splitting.allCases.map(\.rawValue),
      "What is split; automatic: inputs where there are at most 20 or no rectifiers."),
    .integer("steps", \.steps, in: 0...10_000, "Steps of the optimisation for each part."),
    .flag("layers", \.optimizesLayers, "Optimise the bounds of inner neurons before the first split."),
  ]

  /// The defaults.
  public init() {}

  /// Decides whether functions of the outputs are above 0 everywhere in a region, one query for each function.
  ///
  /// - Parameters:
  ///   - functions: The functions, such as the margins of a label.
  ///   - network: The network.
  ///   - region: The inputs.
  ///   - workers: Threads that share the work.
  ///   - isCancelled: Whether the user has stopped the run.
  /// - Returns: The verdict, and the number of parts that were bounded; 0 where α-CROWN was enough.
  /// - Throws: `CertificationError` where a bound cannot be computed, or for a network in single precision.
  public func verify(
    _ functions: OutputFunctions, network: BoundedNetwork, region: InputRegion, workers: Workers,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> (verdict: Verdict, parts: Int) {
    let end = ContinuousClock.now + .seconds(timeout)
    let isOver: @Sendable () -> Bool = { isCancelled() || ContinuousClock.now >= end }
    let queries = (0..<functions.count).map { functions.functions([$0]) }
    let (answers, parts) = try answers(queries, network: network, region: region, workers: workers, isOver: isOver)
    var worst = Double.infinity
    for answer in answers {
      switch answer {
      case .excluded: continue
      // Not reached, because another one was found.
      case nil: worst = -.infinity
      case .found(let input): return (.falsified(input), parts)
      case .open(let bound): worst = min(worst, bound)
      }
    }
    return (worst < .infinity ? .undecided(bound: worst) : .certified, parts)
  }

  /// Answers queries over one region, those with the best bounds first, up to the first input that is found.
  ///
  /// - Parameters:
  ///   - queries: The functions of each.
  ///   - network: The network.
  ///   - region: The inputs.
  ///   - workers: Threads that share the work.
  ///   - isOver: Whether time is up.
  /// - Returns: An answer for each query, nil for those that were not reached, and the number of parts that were bounded.
  /// - Throws: `CertificationError` where a bound cannot be computed, or for a network in single precision.
  func answers(
    _ queries: [OutputFunctions], network: BoundedNetwork, region: InputRegion, workers: Workers,
    isOver: @escaping @Sendable () -> Bool
  ) throws -> (answers: [Answer?], parts: Int) {
    try network.requireRealArithmetic(for: Self.method)
    var quick = AlphaCrown()
    quick.optimizesLayers = false
    let all = OutputFunctions(
      coefficients: queries.flatMap(\.coefficients), constants: queries.flatMap(\.constants))
    let alpha = try quick.leastValues(of: all, network: network, region: region, enough: 0, workers: workers)
    // One function above 0 everywhere is enough.
    var first = 0
    let best = queries.map { query in
      defer { first += query.count }
      return alpha[first..<first + query.count].reduce(-.infinity, max)
    }
    var answers: [Answer?] = best.map { $0 > 0 ? .excluded : nil }
    let open = best.indices.filter { !(best[$0] > 0) }.sorted { best[$0] > best[$1] }
    guard !open.isEmpty else { return (answers, 0) }
    let later = open.map { Query(queries[$0], over: region) }
    let (found, parts) =
      splitsInputs(network)
      ? try splitInputs(later, network, workers, isOver)
      : try splitNeurons(later, network, region, workers, isOver)
    for (index, answer) in zip(open, found) { answers[index] = answer }
    return (answers, parts)
  }

  private func splitInputs(
    _ queries: [Query], _ network: BoundedNetwork, _ workers: Workers, _ isOver: @escaping @Sendable () -> Bool
  ) throws -> (answers: [Answer?], parts: Int) {
    var searches = queries.map { query in
      InputSplitting(
        network: network, query: query, optimizer: partOptimizer, branching: branching, workers: workers)
    }
    let answers = try takingTurns(&searches, isOver: isOver)
    return (answers, searches.reduce(0) { $0 + $1.partCount })
  }

  /// How parts are bounded.
  package var partOptimizer: SlopeOptimizer {
    SlopeOptimizer(steps: steps, slopeRate: 0.1, multiplierRate: 0.1)
  }

  private func splitsInputs(_ network: BoundedNetwork) -> Bool {
    switch splitting {
    case .inputs: true
    case .neurons: false
    case .automatic: network.network.inputShape.count <= 20 || !network.hasRectifiersAlone
    }
  }
}
