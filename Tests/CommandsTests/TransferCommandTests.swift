import Exchange
import Testing

/// `transfer`, and `attack --surrogate`.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct TransferCommandTests {
  private let directory: ScratchDirectory
  private let plain: String
  private let robust: String

  init() throws {
    directory = try ScratchDirectory()
    plain = SampleFiles.model
    robust = SampleFiles.data + "/digits-cnn-robust.h5"
  }

  private func report(_ words: String...) throws -> JSONValue {
    let ending = try Child.start(words + ["--json"], in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  @Test func theTableHasARowAndAColumnForEveryModel() throws {
    let words = ["transfer", "--models", "\(plain),\(robust)", "--attack", "mi-fgsm", "--eps", "0.1", "--count", "60"]
    let ending = try Child.start(words, in: directory).wait()
    #expect(ending.code == 0 && ending.errors.isEmpty, "\(ending.errors)")
    #expect(ending.output.contains("found on  breaks model 1  breaks model 2"))
    #expect(ending.output.contains("that every model gets right"))
    let report = try JSONValue.parse(try Child.start(words + ["--json"], in: directory).wait().output)
    let successes = try #require(report["successes"]).elements.map { $0.elements.compactMap(\.number) }
    #expect(successes.count == 2 && successes.allSatisfy { $0.count == 2 })
    #expect(report["models"]?.elements.count == 2)
    #expect(try #require(report["count"]?.number) <= 60)
    #expect(report["warnings"]?.elements.isEmpty == true)
    // On itself each model breaks more than by the other.
    #expect(successes[0][0] >= successes[1][0] && successes[1][1] >= successes[0][1])
  }

  @Test func wrongCommandLinesAreRefused() throws {
    for words in [
      ["transfer", "--models", plain, "--fgsm", "--eps", "0.1"],
      ["transfer", "--models", "\(plain),", "--fgsm", "--eps", "0.1"],
      ["transfer", "--models", "\(plain),\(robust)", "--fgsm", "--eps", "0.1,0.2"],
      ["transfer", "--fgsm", "--eps", "0.1"],
      ["attack", "--fgsm", "--eps", "0.1,0.2", "--surrogate", robust],
      ["attack", "--fgsm", "--eps", "0.1", "--preprocess", "jpeg", "--surrogate", robust],
    ] {
      #expect(try Child.start(words, in: directory).wait().code == 64, "\(words)")
    }
    let missing = try Child.run("attack", "--fgsm", "--eps", "0.1", "--surrogate", "none.h5", in: directory)
    #expect(missing.code == 66)
  }

  /// The record names the surrogate by path and digest, in JSON and in the file, whose command can be replayed.
  @Test func theSurrogateIsRecorded() throws {
    let report = try report(
      "attack", "--attack", "mi-fgsm", "--eps", "0.1", "--count", "40", "--surrogate", robust, "--output", "adv.h5")
    let surrogate = try #require(report["attack"]?["surrogate"]?.elements.first)
    #expect(surrogate["path"] == .string(robust))
    let digest = try #require(surrogate["sha256"]?.string)
    #expect(report["model"]?["sha256"]?.string != digest)
    #expect(report["attack"]?["early_stop"] == .bool(false))
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    #expect(set.attack.contains(digest) && set.attack.contains("surrogate"))
    #expect(try Child.run("replay", "adv.h5", in: directory).code == 0)
    #expect(try Child.run("verify", "adv.h5", in: directory).code == 0)
  }

  @Test func severalSurrogatesAreOneByTheirMean() throws {
    let one = try report("attack", "--attack", "bim", "--eps", "0.1", "--count", "40", "--surrogate", "\(plain)")
    let both = try report(
      "attack", "--attack", "bim", "--eps", "0.1", "--count", "40", "--surrogate", "\(plain),\(robust)")
    let itself = try report("attack", "--attack", "bim", "--no-early-stop", "--eps", "0.1", "--count", "40")
    #expect(one["run"]?["fingerprint"] == itself["run"]?["fingerprint"])
    #expect(both["run"]?["fingerprint"] != itself["run"]?["fingerprint"])
    #expect(both["attack"]?["surrogate"]?.elements.count == 2)
    #expect(both["backwards"] == itself["backwards"])
  }
}
