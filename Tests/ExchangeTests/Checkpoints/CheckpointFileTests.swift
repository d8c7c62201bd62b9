import Exchange
import FoundationEssentials
import HDF5
import Isolation
import Networks
import Testing

@Suite struct CheckpointFileTests {
  private let directory = try? TemporaryDirectory()

  private func network() throws -> Network {
    try Architectures.network("tinycnn", inputShape: [1, 8, 8], classCount: 4)
  }

  private func checkpoint() throws -> CheckpointFile {
    let network = try network()
    let weights = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    // A set may have but some of the parameters, and numbers that no weight may have.
    var part = Parameters()
    let key = try #require(weights.tensors.keys.min())
    var odd = try #require(weights.tensors[key])
    odd.withUnsafeMutableScalars { scalars in
      scalars[0] = -0.0
      scalars[1] = .leastNonzeroMagnitude
    }
    part.tensors[key] = odd
    return CheckpointFile(
      settings: #"{"eps":0.3}"#, state: #"{"epoch":2,"text":"Übung"}"#,
      parameterSets: ["weights": weights, "first": part, "second": Parameters()],
      tensors: ["memory": Tensor(shape: [2, 1, 2, 2], scalars: [1, 2, 3, 4, 5, 6, 7, 8])],
      provenance: Provenance(command: ["train"], seed: 3, version: nil, dataSHA256: "ab"))
  }

  private func path() throws -> String { try #require(directory).path + "/c.h5" }

  @Test func readsWhatItWrote() throws {
    let checkpoint = try checkpoint()
    #expect(Set(checkpoint.parameterSets.keys) == ["weights", "first"])
    try checkpoint.write(to: path())
    let found = try CheckpointFile.read(from: path())
    #expect(found == checkpoint)
    let (a, b) = (found.parameterSets["first"], checkpoint.parameterSets["first"])
    #expect(
      a?.tensors.values.flatMap(\.scalars).map(\.bitPattern) == b?.tensors.values.flatMap(\.scalars).map(\.bitPattern))
  }

  @Test func passesFromProcessToProcess() throws {
    var bytes: [UInt8] = []
    try checkpoint().flat.write { bytes += $0 }
    var rest = bytes[...]
    let message = try FlatMessage<CheckpointFile.FlatHead>(limit: 1 << 30) { buffer in
      buffer.copyBytes(from: rest.prefix(buffer.count))
      rest = rest.dropFirst(buffer.count)
    }
    #expect(try CheckpointFile(flat: message) == checkpoint())
    let short = FlatMessage(head: message.head, tensors: Array(message.tensors.dropLast()))
    #expect(throws: FlatMessageError.self) { try CheckpointFile(flat: short) }
  }

  @Test func everyNameOfANodeComesBack() throws {
    var weights = Parameters()
    for (index, name) in ["a/b", "%2F", ".", "..", "a%", "ü", "a.b"].enumerated() {
      weights.tensors[ParameterKey(name, .weight)] = Tensor(shape: [1], scalars: [Float(index)])
    }
    let checkpoint = CheckpointFile(settings: "[]", state: "{}", parameterSets: ["weights": weights])
    try checkpoint.write(to: path())
    #expect(try CheckpointFile.read(from: path()) == checkpoint)
  }

  /// Some damage makes libhdf5 itself write where it may not, which is why others' files are read in a process of their own.
  /// The seed is one of bytes that do not; it holds for this file alone, whatever program wrote it.
  @Test func everyDamageIsFound() throws {
    try checkpoint().write(to: path())
    let whole = try Array(#require(FileManager.default.contents(atPath: path())))
    var stream = RandomSource(seed: 5).stream(.data)
    for trial in 0..<60 {
      var bytes = whole
      if trial % 3 == 0 {
        bytes.removeLast(1 + stream.integer(below: bytes.count - 1))
      } else {
        bytes[stream.integer(below: bytes.count)] ^= UInt8(1 + stream.integer(below: 255))
      }
      #expect(FileManager.default.createFile(atPath: try path(), contents: Data(bytes)))
      do {
        // Bytes that nothing refers to may differ.
        let found = try CheckpointFile.read(from: path())
        var expected = try checkpoint()
        expected.provenance = found.provenance
        #expect(found == expected)
      } catch let error as ExchangeError {
        #expect(error.kind == .content, "\(error)")
      }
    }
  }

  @Test func aTensorOfOtherBitsIsFound() throws {
    let checkpoint = try checkpoint()
    try checkpoint.write(to: path())
    var bytes = try Array(#require(FileManager.default.contents(atPath: path())))
    // The eight numbers of the memory, as they lie in the file.
    let pattern = [Float](arrayLiteral: 1, 2, 3, 4).withUnsafeBytes { Array($0) }
    let start = try #require(bytes.indices.dropLast(16).first { Array(bytes[$0..<$0 + 16]) == pattern })
    bytes[start] ^= 1
    #expect(FileManager.default.createFile(atPath: try path(), contents: Data(bytes)))
    let error = #expect(throws: ExchangeError.self) { try CheckpointFile.read(from: path()) }
    #expect(error?.kind == .content && error?.message.contains("content_sha256") == true)
  }

  @Test func anotherFile() throws {
    try checkpoint().write(to: path())
    let network = try network()
    try ModelFile(network: network, parameters: Parameters.initial(for: network, random: RandomSource(seed: 1)))
      .write(to: path())
    let kind = #expect(throws: ExchangeError.self) { try CheckpointFile.read(from: path()) }
    #expect(kind?.message.contains("advlab_format to be checkpoint, found model") == true)
    let missing = #expect(throws: ExchangeError.self) {
      try CheckpointFile.read(from: path() + "x")
    }
    #expect(missing?.kind == .missing)
  }
}
