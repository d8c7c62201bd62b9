import Networks

extension AttackTask {
  /// The strongest point of each example over several ascents. With early stopping, examples that one has broken are left
  /// out of those that follow; examples that have spent their query budget always are.
  ///
  /// - Parameters:
  ///   - runs: The number of ascents.
  ///   - earlyStop: Whether a broken example is done.
  ///   - model: The model.
  ///   - run: The ascent of a number, over the examples at some rows.
  /// - Returns: A point for each example.
  /// - Throws: What the model throws.
  func strongestAscent(
    of runs: Int, earlyStop: Bool, model: AttackedModel,
    run: (_ part: AttackTask, _ rows: [Int], _ number: Int) throws -> Ascent.Result
  ) throws -> Tensor<Float> {
    var best = StrongestPoints(images)
    for number in 0..<max(1, runs) {
      let open = affordable(earlyStop ? best.unbroken : Array(ids.indices), by: model.queried)
      guard !open.isEmpty else { break }
      let result = try run(gathering(open), open, number)
      best.enter(result.points, values: result.ranks, isBroken: result.isBroken, rows: open)
    }
    return best.points
  }

  /// The radius, for every example.
  var radii: [Float] { Array(repeating: threat.radius, count: count) }
}
