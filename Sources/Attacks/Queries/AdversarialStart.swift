import Networks

extension AttackTask {
  /// An adversarial point on the way from each image to random pixels, for attacks that need one to begin with.
  ///
  /// As Foolbox's `LinearSearchBlendedUniformNoiseAttack`: images of uniform pixels are drawn until one is adversarial,
  /// and mixed into the image in growing shares until the mixture is.
  ///
  /// - Parameters:
  ///   - draws: The largest number of images drawn for an example.
  ///   - shares: The number of shares that are tried, evenly spaced from 0 to 1.
  ///   - model: The model.
  /// - Returns: A point for each example, which is its image where none was found, and whether one was.
  /// - Throws: What the model throws.
  func noiseStarts(
    draws: Int, shares: Int, model: DecisionModel
  ) throws -> (points: Tensor<Float>, isFound: [Bool]) {
    let (noise, isFound) = try adversarialNoise(draws: draws, model: model)
    var points = images
    points.scatter(noise.gathering(isFound.found), to: isFound.found)
    var open = isFound.found
    for step in 0..<max(shares, 0) {
      open = affordable(open, by: model)
      guard !open.isEmpty else { break }
      let part = gathering(open)
      let mixed = part.images.mixed(with: noise.gathering(open), share: Double(step) / Double(shares))
      let isReached = try part.isReached(at: mixed, model: model)
      points.scatter(mixed.gathering(isReached.found), to: isReached.found.map { open[$0] })
      open = isReached.indices.filter { !isReached[$0] }.map { open[$0] }
    }
    return (points, isFound)
  }

  /// The same for attacks that see more than decisions.
  func noiseStarts(
    draws: Int, shares: Int, model: QueriedModel
  ) throws -> (points: Tensor<Float>, isFound: [Bool]) {
    try noiseStarts(draws: draws, shares: shares, model: DecisionModel(model))
  }

  /// Whether a point of each example reaches its goal.
  func isReached(at points: Tensor<Float>, model: DecisionModel) throws -> [Bool] {
    try model.decisions(of: points, for: ids).enumerated().map { goal.isReached(row: $0.offset, by: $0.element) }
  }

  /// Those of the examples at `rows` that have a query budget left for a look at one more point.
  func affordable(_ rows: [Int], by model: DecisionModel) -> [Int] {
    zip(rows, model.canAfford(1, for: rows.map { ids[$0] })).filter(\.1).map(\.0)
  }

  private func adversarialNoise(
    draws: Int, model: DecisionModel
  ) throws -> (points: Tensor<Float>, isFound: [Bool]) {
    var points = images
    var isFound = Array(repeating: false, count: count)
    for draw in 0..<max(draws, 0) {
      let open = affordable(isFound.indices.filter { !isFound[$0] }, by: model)
      guard !open.isEmpty else { break }
      let part = gathering(open)
      let noise = part.uniformPixels(draw: draw)
      let isReached = try part.isReached(at: noise, model: model)
      points.scatter(noise.gathering(isReached.found), to: isReached.found.map { open[$0] })
      for row in isReached.found { isFound[open[row]] = true }
    }
    return (points, isFound)
  }

  /// Images of pixels that are uniform in the box.
  private func uniformPixels(draw: Int) -> Tensor<Float> {
    let runs = threat.bounds.runs(of: images.shape.example.batched(1))
    var points = images
    points.forEachExample { row, point in
      var stream = random.stream(.randomStart, example: ids[row], step: draw)
      for run in runs {
        for index in run.indices { point[index] = stream.uniform(in: run.range) }
      }
    }
    return points
  }
}

extension [Bool] {
  /// Where it is true.
  fileprivate var found: [Int] { indices.filter { self[$0] } }
}

extension Tensor<Float> {
  /// The mixtures of examples with those of another tensor, of which they take a share of [0, 1].
  func mixed(with other: Tensor, share: Double) -> Tensor {
    mixed(with: other, shares: Array(repeating: share, count: exampleCount))
  }

  /// The same with a share for each example.
  func mixed(with other: Tensor, shares: [Double]) -> Tensor {
    var result = self
    result.forEachExample(with: other) { row, scalars, others in
      let share = shares[row]
      // Rounded once, a mixture lies between its parts.
      for index in scalars.indices {
        scalars[index] = Float((1 - share) * Double(scalars[index]) + share * Double(others[index]))
      }
    }
    return result
  }
}
