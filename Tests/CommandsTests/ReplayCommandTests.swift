import Exchange
import Networks
import Testing

/// What a file records is run again, and every bit is compared.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct ReplayCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func record(_ arguments: String...) throws -> String {
    let ending = try Child.start(arguments, in: directory).wait()
    guard ending.code == 0 else { throw ScratchFailure(ending.errors) }
    return ending.output
  }

  private func replay(_ file: String) throws -> Child.Ending { try Child.run("replay", file, in: directory) }

  @Test(arguments: [
    ["attack", "--pgd", "--eps", "0.1", "--steps", "5", "--restarts", "2", "--seed", "3"],
    ["attack", "--fgsm", "--eps", "0.1", "--targets", "random"],
    ["evaluate", "--eps", "0.1", "--suite", "noise:draws=3,pgd:steps=5", "--policy", "cascade"],
  ]) func theSameBitsComeOut(arguments: [String]) throws {
    for suffix in ["h5", "npz"] {
      let file = "adv.\(suffix)"
      _ = try Child.start(arguments + ["--count", "40", "--output", file], in: directory).wait()
      let before = try directory.read(file)
      let ending = try replay(file)
      #expect(ending.code == 0, "\(ending.errors)")
      #expect(ending.output.contains(/result +40 examples: the same bits/) || arguments.contains("random"), "\(ending)")
      #expect(try directory.read(file) == before, "it reads only")
    }
  }

  @Test(arguments: [
    ["attack", "--pgd", "--eps", "0.1", "--steps", "5"], ["attack", "--pgd", "--eps", "0.05,0.1", "--steps", "5"],
    ["evaluate", "--eps", "0.1", "--suite", "fgsm", "--preprocess", "noise", "--samples", "2", "--judge-draws", "2"],
    ["evaluate", "--eps", "0.1", "--detector", "feature-squeezing"],
  ]) func aReportIsReplayedToo(arguments: [String]) throws {
    let ending = try Child.start(arguments + ["--count", "20", "--json"], in: directory).wait()
    try directory.write("result.json", Array(ending.output.utf8))
    let same = try replay("result.json")
    #expect(same.code == 0, "\(same.errors)")
    // Another seed is another run: each of these depends on chance.
    let other = ending.output.replacing("\"--count\"", with: "\"--seed\",\"1\",\"--count\"")
    try directory.write("other.json", Array(other.utf8))
    let changed = try replay("other.json")
    #expect(changed.code == 2, "\(changed.output)")
  }

  @Test func oneBitIsNoticed() throws {
    _ = try record("attack", "--pgd", "--eps", "0.1", "--steps", "5", "--count", "20", "--output", "adv.h5")
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    var scalars = set.adversarial.scalars
    scalars[5 * 64 + 7] = scalars[5 * 64 + 7].nextUp
    try AdversarialSet(
      images: set.images, adversarial: Tensor(shape: set.adversarial.shape, scalars: scalars), examples: set.examples,
      statusNames: set.statusNames, threat: set.threat, attack: set.attack, provenance: set.provenance,
      requested: set.requested
    ).write(to: directory.file("changed.h5"))
    let ending = try replay("changed.h5")
    #expect(ending.code == 2)
    #expect(ending.errors.contains("changed.h5: 1 difference; the first: example 5: other bits"), "\(ending.errors)")
  }

  @Test func anotherModelIsSaid() throws {
    _ = try record("attack", "--fgsm", "--eps", "0.1", "--count", "20", "--output", "adv.h5")
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    var provenance = set.provenance
    provenance.modelSHA256 = String(repeating: "0", count: 64)
    try AdversarialSet(
      images: set.images, adversarial: set.adversarial, examples: set.examples, statusNames: set.statusNames,
      threat: set.threat, attack: set.attack, provenance: provenance, requested: set.requested
    ).write(to: directory.file("changed.h5"))
    let ending = try replay("changed.h5")
    #expect(ending.code == 2 && ending.errors.contains("the model of SHA-256 0000"), "\(ending.errors)")
  }

  @Test func otherFilesAreRefused() throws {
    try directory.write("x.json", Array("{\"command\":\"attack\"}".utf8))
    try directory.write("y.json", Array("not json".utf8))
    for file in ["x.json", "y.json"] { #expect(try replay(file).code == 65) }
    #expect(try replay("none.json").code == 66)
    #expect(try replay(SampleFiles.digits).code == 65)
  }
}
