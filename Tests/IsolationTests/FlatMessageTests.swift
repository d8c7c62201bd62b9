import Exchange
import Isolation
import Networks
import Testing

@Suite struct FlatMessageTests {
  private struct Head: Codable, Equatable {
    var name: String
    var distance: Double
  }

  private let message = FlatMessage(
    head: Head(name: "naïve", distance: .infinity), columns: [[1, -2, .max], []],
    tensors: [Tensor(shape: [2, 1], scalars: [.nan, -0.0]), Tensor(shape: [], scalars: [3])])

  private static func bytes(_ message: FlatMessage<some Codable>) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try message.write { bytes += $0 }
    return bytes
  }

  private struct EndOfBytes: Error {}

  private static func read<H: Codable>(_ bytes: [UInt8], as head: H.Type = H.self, limit: Int = 1 << 20) throws
    -> FlatMessage<H>
  {
    var position = 0
    return try FlatMessage(limit: limit) { buffer in
      guard position + buffer.count <= bytes.count else { throw EndOfBytes() }
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + buffer.count]))
      }
      position += buffer.count
    }
  }

  @Test func everyBitArrives() throws {
    let copy = try Self.read(Self.bytes(message), as: Head.self)
    #expect(copy.head == message.head)
    #expect(copy.columns == message.columns)
    #expect(copy.tensors.map(\.shape) == message.tensors.map(\.shape))
    #expect(
      copy.tensors.map { $0.scalars.map(\.bitPattern) } == message.tensors.map { $0.scalars.map(\.bitPattern) })
  }

  @Test func aMessageThatEndsEarlyIsRefused() throws {
    let bytes = try Self.bytes(message)
    for count in bytes.indices {
      #expect(throws: (any Error).self) { try Self.read(Array(bytes[..<count]), as: Head.self) }
    }
  }

  /// Sizes are 64-bit numbers; each of these is absurd wherever it stands.
  @Test func sizesThatLieAreRefused() throws {
    let bytes = try Self.bytes(message)
    for lie in [-1, .min, .max, 1 << 40, 1 << 62] {
      for position in 0...bytes.count - 8 {
        var changed = bytes
        withUnsafeBytes(of: lie) { changed.replaceSubrange(position..<position + 8, with: $0) }
        // Where no size stands, another value is as good as the one before.
        _ = try? Self.read(changed, as: Head.self)
      }
      var head = bytes
      withUnsafeBytes(of: lie) { head.replaceSubrange(8..<16, with: $0) }
      #expect(throws: FlatMessageError.self) { try Self.read(head, as: Head.self) }
    }
    #expect(throws: FlatMessageError.self) { try Self.read(bytes, as: Head.self, limit: bytes.count - 9) }
    #expect(throws: FlatMessageError.self) { try Self.read(bytes, as: [Int].self) }
    #expect(throws: FlatMessageError.self) { try Self.read([UInt8](repeating: 7, count: 100), as: Head.self) }
  }

  @Test func models() throws {
    let network = try Architectures.network("tinycnn", inputShape: [1, 8, 8], classCount: 3)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    let probe = ModelFile.Probe(images: Tensor(shape: [2, 1, 8, 8]), logits: Tensor(shape: [2, 3], repeating: 0.5))
    let model = try ModelFile(
      network: network, parameters: parameters, probe: probe, trainingRecord: "{}",
      provenance: Provenance(command: ["train"], seed: 3))
    let message: FlatMessage<ModelFile.FlatHead> = try Self.read(Self.bytes(model.flat(notes: ["a", .warning("b")])))
    let copy = try ModelFile(flat: message)
    #expect((copy.network, copy.parameters, copy.probe) == (network, parameters, probe))
    #expect((copy.trainingRecord, copy.provenance, copy.sha256) == ("{}", model.provenance, model.sha256))
    #expect(message.head.notes == ["a", .warning("b")])
    let short = FlatMessage(head: message.head, tensors: Array(message.tensors.dropLast()))
    #expect(throws: FlatMessageError.self) { try ModelFile(flat: short) }
    let other = FlatMessage(head: message.head, tensors: message.tensors.reversed())
    #expect(throws: NetworkError.self) { try ModelFile(flat: other) }
  }

  @Test func datasets() throws {
    let place = Dataset.Origin.Place(file: "a.h5")
    let data = try Dataset(
      name: "a", split: "test", images: Tensor(shape: [2, 1, 1, 2], scalars: [0, 1, 0.5, 1.000_000_1]), labels: [2, 0],
      ids: [7, 1 << 40], classCount: 3, classNames: ["x", "y", "z"], digest: FileDigest("ab"), detection: "d",
      origin: Dataset.Origin(images: place, labels: place))
    let copy = try Dataset(flat: try Self.read(Self.bytes(data.flat)), file: "a.h5")
    #expect((copy.images, copy.labels, copy.ids) == (data.images, data.labels, data.ids))
    #expect((copy.name, copy.split, copy.sha256, copy.detection) == ("a", "test", "ab", "d"))
    #expect((copy.classCount, copy.classNames, copy.clampedPixels) == (3, ["x", "y", "z"], 1))
    let label = FlatMessage(head: data.flat.head, columns: [[3, 0], data.ids], tensors: [data.images])
    #expect(throws: ExchangeError.self) { try Dataset(flat: label, file: "a.h5") }
    let bare = FlatMessage(head: data.flat.head, columns: [data.labels], tensors: [data.images])
    #expect(throws: FlatMessageError.self) { try Dataset(flat: bare, file: "a.h5") }
    let scalar = FlatMessage(
      head: data.flat.head, columns: [data.labels, data.ids], tensors: [Tensor(shape: [], scalars: [1])])
    #expect(throws: FlatMessageError.self) { try Dataset(flat: scalar, file: "a.h5") }
  }

  @Test func adversarialSets() throws {
    let example = AdversarialSet.Example(
      id: 4, label: 1, target: 2, cleanPrediction: 1, adversarialPrediction: 2, isSuccess: true, status: "broken",
      distanceLinf: .nan, distanceL2: .infinity, forwards: 3, backwards: 4)
    let images = Tensor<Float>(shape: [1, 1, 1, 2], scalars: [.nan, 1])
    let set = AdversarialSet(
      images: images, adversarial: images, examples: [example], statusNames: ["broken"],
      threat: AdversarialSet.Threat(norm: "l2", epsilon: nil, bounds: 0...255), attack: "{}", provenance: Provenance())
    let copy = try AdversarialSet(flat: try Self.read(Self.bytes(set.flat)))
    #expect(copy.examples[0].distanceLinf.isNaN)
    #expect(copy.examples[0].distanceL2 == .infinity && copy.examples[0].target == 2)
    #expect((copy.threat, copy.statusNames, copy.attack) == (set.threat, ["broken"], "{}"))
    let more = FlatMessage(head: set.flat.head, tensors: [images, Tensor(shape: [2, 1, 1, 2])])
    #expect(throws: FlatMessageError.self) { try AdversarialSet(flat: more) }
  }

  /// Whoever sends it, more ranges than channels must not reach a ball.
  @Test func rangesOfChannels() throws {
    let ranges = try #require(PixelBox(channels: [0...1, -1...1]))
    let place = Dataset.Origin.Place(file: "a.h5")
    let images = Tensor<Float>(shape: [1, 2, 1, 1], scalars: [1, -1])
    let data = try Dataset(
      name: "a", split: "test", images: images, labels: [0], classCount: 1, pixelRange: ranges,
      origin: Dataset.Origin(images: place, labels: place))
    let message = try Self.read(Self.bytes(data.flat), as: Dataset.FlatHead.self)
    #expect(try Dataset(flat: message, file: "a.h5").pixelRange == ranges)
    let gray = Tensor<Float>(shape: [1, 1, 1, 2], scalars: [1, 0])
    #expect(throws: ExchangeError.self) {
      try Dataset(flat: FlatMessage(head: message.head, columns: message.columns, tensors: [gray]), file: "a.h5")
    }
    let example = AdversarialSet.Example(
      id: 0, label: 0, cleanPrediction: 0, adversarialPrediction: 0, isSuccess: false, status: "robust",
      distanceLinf: 0, distanceL2: 0, forwards: 0, backwards: 0)
    let set = AdversarialSet(
      images: images, adversarial: images, examples: [example], statusNames: ["robust"],
      threat: AdversarialSet.Threat(norm: "l2", epsilon: 1, bounds: ranges), attack: "{}", provenance: Provenance())
    let sent = try Self.read(Self.bytes(set.flat), as: AdversarialSet.FlatHead.self)
    #expect(try AdversarialSet(flat: sent).threat.bounds == ranges)
    #expect(throws: FlatMessageError.self) {
      try AdversarialSet(flat: FlatMessage(head: sent.head, tensors: [gray, gray]))
    }
  }
}
