internal import Networks

extension ExactVerification {
  /// Answers queries over one region by the signs of neurons, up to the first input that is found.
  ///
  /// Neurons are split for the outputs. What some parts leave open gets tighter bounds of inner neurons, by splitting neurons
  /// for these, and then more parts; so on in turns. Deep networks need the inner bounds: four layers of 256 ReLUs took
  /// seconds where 60,000 parts for the outputs alone showed nothing. Wide convolutions have so many inner neurons that parts of the
  /// outputs are better spent: these get about as many as the inner bounds that follow, and come first. Turns are counted in
  /// parts, so that they do not depend on the machine.
  ///
  /// - Parameters:
  ///   - queries: The queries, those that seem easiest first.
  ///   - network: The network.
  ///   - region: The inputs.
  ///   - workers: Threads that share the work.
  ///   - isOver: Whether time is up.
  /// - Returns: An answer for each; nil for those that were not reached. And the number of parts of the outputs.
  /// - Throws: `CertificationError` where a bound cannot be computed.
  func splitNeurons(
    _ queries: [Query], _ network: BoundedNetwork, _ region: InputRegion, _ workers: Workers,
    _ isOver: @escaping @Sendable () -> Bool
  ) throws -> (answers: [Answer?], parts: Int) {
    var answers = [Answer?](repeating: nil, count: queries.count)
    var bounds = try boundsBeforeSplits(network, region, workers, isOver)
    var (waiting, partCount) = (Array(queries.indices), 0)
    var innerLimit = 8
    while true {
      let outputLimit = innerLimit * max(bounds.openNeuronCount / waiting.count, 8)
      for index in waiting {
        var search = NeuronSplitting(
          query: queries[index], bounds: bounds, optimizer: partOptimizer, branching: branching, workers: workers)
        let answer = try search.run(parts: outputLimit, isOver: isOver)
        partCount += search.partCount
        answers[index] = answer
        if case .found = answer { return (answers, partCount) }
        if !search.canGoOn { waiting.removeAll { $0 == index } }
      }
      guard !waiting.isEmpty, !isOver() else { return (answers, partCount) }
      bounds = try bounds.split(parts: innerLimit, partOptimizer, branching, workers: workers, isOver: isOver)
      innerLimit *= 4
    }
  }

  private func boundsBeforeSplits(
    _ network: BoundedNetwork, _ region: InputRegion, _ workers: Workers, _ isOver: @escaping @Sendable () -> Bool
  ) throws -> NetworkBounds {
    guard optimizesLayers else { return try NetworkBounds.backward(of: network, over: region, workers: workers) }
    let optimizer = SlopeOptimizer(steps: 20, slopeRate: 0.1, multiplierRate: 0.1)
    return try NetworkBounds.optimized(of: network, over: region, optimizer, workers: workers, isOver: isOver)
  }
}
