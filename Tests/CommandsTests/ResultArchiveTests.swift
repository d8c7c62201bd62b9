import Exchange
import Networks
import Testing

/// Results in NumPy's archives are shown and checked as those in HDF5 are.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct ResultArchiveTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func run(_ line: String) throws -> Child.Ending {
    try Child.start(line.split(separator: " ").map(String.init), in: directory).wait()
  }

  private func attack() throws {
    for suffix in ["h5", "npz"] {
      let ending = try run("attack --pgd --eps 0.1 --steps 10 --count 60 --output adv.\(suffix)")
      #expect(ending.code == 0, "\(ending.errors)")
    }
  }

  /// The report without what the files are called and how long it took.
  private func report(_ line: String) throws -> [String: JSONValue] {
    guard case .object(var members) = try JSONValue.parse(try run(line + " --json").output) else { return [:] }
    for name in ["file", "name", "seconds", "kind", "entries"] { members[name] = nil }
    return members
  }

  @Test func bothFormsAreVerifiedAlike() throws {
    try attack()
    let ending = try run("verify adv.npz")
    #expect(ending.code == 0 && ending.output.contains("result  every claim holds"), "\(ending.output)\(ending.errors)")
    #expect(ending.output.contains("digits-cnn.h5"), "the model of the record")
    #expect(try report("verify adv.npz") == report("verify adv.h5"))
    #expect(try run("verify adv.npz --data \(SampleFiles.digits)").code == 0)
    #expect(try run("verify adv.npz --isolate").code == 0 && run("verify adv.npz --no-isolate").code == 0)
  }

  @Test func damageIsFound() throws {
    try attack()
    let set = try AdversarialSet.read(from: directory.file("adv.npz"))
    let broken = try #require(set.examples.firstIndex { $0.isSuccess })
    func rewrite(_ adversarial: Tensor<Float>) throws {
      try AdversarialSet(
        images: set.images, adversarial: adversarial, examples: set.examples, statusNames: set.statusNames,
        threat: set.threat, attack: set.attack, provenance: set.provenance, requested: set.requested
      ).write(to: directory.file("changed.npz"))
    }
    try rewrite(set.adversarial)
    #expect(try run("verify changed.npz").code == 0)
    var scalars = set.adversarial.scalars
    // Towards the far end of the range, so that it stays a valid pixel.
    let pixel = broken * set.adversarial.exampleSize + 27
    scalars[pixel] += scalars[pixel] < 0.5 ? 0.3 : -0.3
    try rewrite(Tensor(shape: set.adversarial.shape, scalars: scalars))
    let ending = try run("verify changed.npz")
    #expect(ending.code == 2, "\(ending.output)\(ending.errors)")
    #expect(
      ending.output.contains("example \(set.examples[broken].id): the attack gave back a point at distance"),
      "\(ending.output)")
    // A byte in the middle: the archive's own checksum.
    var bytes = try directory.read("adv.npz")
    bytes[bytes.count / 3] ^= 0xFF
    try directory.write("flipped.npz", bytes)
    #expect(try run("verify flipped.npz").code == 65)
  }

  @Test func bothFormsAreShownAlike() throws {
    try attack()
    for command in ["predict", "gradient"] {
      for suffix in ["h5", "npz"] { #expect(try run("\(command) --count 9 --output \(command).\(suffix)").code == 0) }
    }
    for (name, kind) in [("adv", "adversarial"), ("predict", "predictions"), ("gradient", "gradients")] {
      let (archive, file) = (try run("inspect \(name).npz"), try run("inspect \(name).h5"))
      #expect(archive.code == 0, "\(archive.errors)")
      #expect(archive.output.contains("kind ") && archive.output.contains(" \(kind)\n"), "\(archive.output)")
      let whole = try JSONValue.parse(try run("inspect \(name).npz --json").output)
      let other = try JSONValue.parse(try run("inspect \(name).h5 --json").output)
      #expect(whole["kind"] == .string(kind))
      let arrays = { (value: JSONValue) in
        Set((value["entries"]?.elements ?? []).map { "\($0["path"]?.string ?? "") \($0["shape"]?.elements ?? [])" })
      }
      #expect(arrays(whole).isSuperset(of: arrays(other)), "\(archive.output)\(file.output)")
      guard case .object(var attributes) = whole["attributes"], case .object(var others) = other["attributes"] else {
        Issue.record("no attributes in \(archive.output)")
        continue
      }
      // Its own command names its own file; the loss of gradients is an array there, so its name is called otherwise.
      for name in ["command", "loss", "loss_name"] { (attributes[name], others[name]) = (nil, nil) }
      #expect(attributes == others)
    }
  }

  @Test func otherArchivesAreListed() throws {
    #expect(try run("predict --count 9 --output p.npz").code == 0)
    // Without the mark it is anybody's.
    let text = String(decoding: try directory.read("p.npz"), as: UTF8.self)
    #expect(text.contains("advlab_format.npy"))
    let (mark, other) = (Array("advlab_format.npy".utf8), Array("someone_wrote.npy".utf8))
    var bytes = try directory.read("p.npz")
    for start in bytes.indices.dropLast(mark.count) where bytes[start] == mark[0] {
      if Array(bytes[start..<start + mark.count]) == mark {
        bytes.replaceSubrange(start..<start + mark.count, with: other)
      }
    }
    try directory.write("other.npz", bytes)
    let ending = try run("inspect other.npz")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(
      ending.output.contains(/kind +NumPy archive\n/) && ending.output.contains("no dataset: "), "\(ending.output)")
    #expect(ending.output.contains(/\nlogits +array +9×10 +float32\n/), "\(ending.output)")
    #expect(ending.output.contains(/\ncommand +array +[–\w]* *string\n/), "\(ending.output)")
    let json = try JSONValue.parse(try run("inspect other.npz --json").output)
    let logits = json["entries"]?.elements.first { $0["path"] == .string("logits") }
    #expect(logits?["shape"] == .array([.number(9), .number(10)]) && logits?["type"] == .string("float32"))
  }

  @Test func otherKindsAreNamed() throws {
    #expect(try run("predict --count 9 --output p.npz").code == 0)
    let verified = try run("verify p.npz")
    #expect(verified.code == 65)
    #expect(verified.errors == "Error: p.npz: expected adversarial examples, found predictions\n")
    try attack()
    let attacked = try run("attack --fgsm --eps 0.1 --data adv.npz")
    #expect(attacked.code == 65)
    #expect(attacked.errors == "Error: adv.npz: expected a dataset, found adversarial examples\n")
    let transferred = try run("predict --data adv.npz --images-key x_adv --labels-key y")
    #expect(transferred.code == 0, "\(transferred.errors)")
  }
}
