import Exchange
import Networks
import Testing

private let provenance = Provenance(command: ["attack"], seed: 1, modelSHA256: "m", dataSHA256: "d")

private func example(_ row: Int) -> AdversarialSet.Example {
  AdversarialSet.Example(
    id: 10 + row, label: row, cleanPrediction: row, adversarialPrediction: 5, isSuccess: row == 0,
    status: row == 0 ? "broken" : "robust", distance: 0.1, distanceLinf: 0.1, distanceL2: Double(row) + 0.2,
    forwards: 7, backwards: 1 << 40, seconds: 0.5)
}

private func set(_ rows: Range<Int>, hasSeconds: Bool = true, change: Tensor<Float>? = nil) -> AdversarialSet {
  let pixels = rows.flatMap { row in (0..<4).map { Float(row) / 10 + Float($0) / 100 } }
  let images = Tensor(shape: [rows.count, 1, 2, 2], scalars: pixels)
  var examples = rows.map(example)
  if !hasSeconds { for row in examples.indices { examples[row].seconds = nil } }
  return AdversarialSet(
    images: images, adversarial: images, examples: examples, statusNames: ["broken", "robust"],
    threat: AdversarialSet.Threat(norm: "linf", epsilon: 0.1), attack: "{}", provenance: provenance, requested: 7,
    change: change)
}

@Suite struct ResultStreamTests {
  @Test(arguments: ["h5", "npz"]) func partsAreWhatTheWholeIs(suffix: String) throws {
    let directory = try TemporaryDirectory()
    let (parts, whole) = (directory.path + "/parts.\(suffix)", directory.path + "/whole.\(suffix)")
    let change = Tensor<Float>(shape: [1, 1, 2, 2], repeating: 0.25)
    let stream = try ResultStream<AdversarialSet>(parts, expecting: 7)
    for rows in [0..<3, 3..<4, 4..<7] { try stream.append(set(rows)) }
    try stream.finish(set(0..<0, change: change))
    try set(0..<7, change: change).write(to: whole)
    let (found, expected) = (try AdversarialSet.read(from: parts), try AdversarialSet.read(from: whole))
    #expect(found.images == expected.images && found.adversarial == expected.adversarial)
    #expect(found.examples == expected.examples && found.statusNames == expected.statusNames)
    #expect(found.provenance == provenance && found.requested == 7 && found.change == change)
  }

  @Test(arguments: ["h5", "npz"]) func columnsGrowTogether(suffix: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/p.\(suffix)"
    let stream = try ResultStream<Predictions>(path, expecting: 3)
    for (row, count) in [(0, 2), (2, 1)] {
      try stream.append(
        Predictions(
          logits: Tensor(shape: [count, 2], scalars: (2 * row..<2 * (row + count)).map { Float($0) }),
          labels: Array(row..<row + count), ids: Array(row..<row + count), provenance: Provenance()))
    }
    try stream.finish(Predictions(provenance: provenance))
    let found = try Predictions.read(from: path)
    #expect(found.logits == Tensor(shape: [3, 2], scalars: [0, 1, 2, 3, 4, 5]))
    #expect(found.labels == [0, 1, 2] && found.ids == [0, 1, 2] && found.provenance == provenance)
  }

  /// Until the end the old file stays, and a stream that is given up leaves nothing.
  @Test(arguments: ["h5", "npz"]) func anUnfinishedStreamChangesNothing(suffix: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/adv.\(suffix)"
    try set(0..<1).write(to: path)
    do {
      let stream = try ResultStream<AdversarialSet>(path, expecting: 7)
      try stream.append(set(0..<3))
    }
    #expect(try AdversarialSet.read(from: path).examples.count == 1)
    #expect(directory.names == ["adv.\(suffix)"])
  }

  @Test(arguments: ["h5", "npz"]) func aColumnThatSomePartsLackIsRefused(suffix: String) throws {
    let directory = try TemporaryDirectory()
    let stream = try ResultStream<AdversarialSet>(directory.path + "/adv.\(suffix)", expecting: 7)
    try stream.append(set(0..<3))
    try stream.append(set(3..<7, hasSeconds: false))
    let error = #expect(throws: ExchangeError.self) { try stream.finish(set(0..<0)) }
    #expect(error?.object == "/seconds" && error?.message == "expected 7 rows, as in /x, found 3")
  }
}
