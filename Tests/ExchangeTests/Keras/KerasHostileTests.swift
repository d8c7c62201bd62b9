import Exchange
import Networks
import Testing

/// Files that were damaged or made to do harm: a clear error, and no more memory than a model needs.
struct KerasHostileTests {
  /// Those that crash the HDF5 library itself are read in a process of their own, elsewhere.
  private static let files = [
    "bad/model_config_bomb.h5", "bad/deep.h5", "bad/external_link.h5", "bad/soft_links.h5", "bad/gzip_bomb.h5",
    "bad/huge_chunk.h5", "bad/lfs_pointer.h5", "bad/trunc_0.h5", "bad/trunc_96.h5", "bad/trunc_17512.h5",
    "bad/unclosed_swmr.h5",
  ]

  @Test(arguments: files)
  func hostileFiles(_ name: String) throws {
    guard let path = SharedFiles.path("fixtures/\(name)") else { return }
    let error = #expect(throws: ExchangeError.self) { try KerasFormat.read(path) }
    #expect(error?.file == path)
  }

  @Test func deepConfiguration() throws {
    guard let path = SharedFiles.path("fixtures/bad/model_config_bomb.h5") else { return }
    let error = #expect(throws: ExchangeError.self) { try KerasFormat.read(path) }
    #expect(error?.message.contains("levels deep") ?? false)
  }

  /// Configurations with some values replaced by others: every one is read or refused.
  @Test(arguments: ["k3_norms.json", "k3_transpose.json", "tf2_nested.json", "k3_nested.json", "k3_avgpool.json"])
  func damagedConfigurations(_ name: String) throws {
    guard let path = SharedFiles.path("fixtures/\(name)") else { return }
    let directory = try TemporaryDirectory()
    let text = Array(try readText(path).utf8)
    let values = text.indices.filter { text[$0] == UInt8(ascii: " ") && text[$0 - 1] == UInt8(ascii: ":") }
    var stream = RandomSource(seed: 1).stream(.check)
    let replacements = [
      "-1", "0", "99999999999999999999", "16777216", "1e308", "null", "true", "[]", "{}", "\"x\"", "NaN",
    ]
    var refusals = 0
    for _ in 0..<60 {
      var changed = text
      for _ in 0..<3 {
        let place = values[stream.integer(below: values.count)]
        guard place < changed.count else { continue }
        let replacement = replacements[stream.integer(below: replacements.count)]
        let end = changed[(place + 1)...].firstIndex { ",}]".utf8.contains($0) } ?? changed.endIndex
        changed.replaceSubrange(place + 1..<end, with: Array(replacement.utf8))
      }
      do {
        _ = try KerasFormat.readNetwork(try directory.write("m.json", changed))
      } catch is ExchangeError {
        refusals += 1
      }
    }
    #expect(refusals > 0)
  }
}
