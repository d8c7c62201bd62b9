internal import Arguments
internal import Exchange
internal import Networks

/// The examples of an attack, and for a targeted attack the class that each is to be taken for.
struct TargetSelection {
  let data: Dataset
  let targets: [Int]?

  init(_ choice: TargetChoice?, at data: Dataset, _ model: some Classifier, _ workers: Workers, seed: UInt64) throws {
    guard let choice else {
      (self.data, targets) = (data, nil)
      return
    }
    let classCount = model.classCount
    guard classCount > 1 else {
      throw ValidationError("--targets: expected a model of two classes or more, found one of \(classCount).")
    }
    guard case .label(let label) = choice else {
      self.data = data
      targets = try Self.targets(choice, data, model, workers, seed)
      return
    }
    try require(label < classCount, "targets", "a label below \(classCount)", label)
    // An example of the target class is left out: it has that class already.
    let others = data.labels.indices.filter { data.labels[$0] != label }
    self.data = data.selecting(others)
    targets = others.map { _ in label }
  }

  /// Refuses a target class that all examples have already.
  static func requireExamples(_ count: Int) throws {
    try require(count > 0, "targets", "examples of another class than the target", "none")
  }

  private static func targets(
    _ choice: TargetChoice, _ data: Dataset, _ model: some Classifier, _ workers: Workers, _ seed: UInt64
  ) throws -> [Int] {
    switch choice {
    case .label(let label): return data.labels.map { _ in label }
    case .next: return data.labels.map { ($0 + 1) % model.classCount }
    case .leastLikely: return leastLikely(try workers.logits(of: data.images, model), besides: data.labels)
    case .random:
      let source = RandomSource(seed: seed)
      return zip(data.labels, data.ids).map { label, id in
        var stream = source.stream(.targets, example: id)
        return (label + 1 + stream.integer(below: model.classCount - 1)) % model.classCount
      }
    }
  }

  private static func leastLikely(_ logits: Tensor<Float>, besides labels: [Int]) -> [Int] {
    let classCount = logits.exampleSize
    return labels.enumerated().map { row, label in
      let classes = (0..<classCount).filter { $0 != label }
      return classes.min { logits.scalars[row * classCount + $0] < logits.scalars[row * classCount + $1] } ?? label
    }
  }
}
