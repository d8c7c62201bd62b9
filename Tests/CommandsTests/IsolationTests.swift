import Exchange
import Glibc
import Testing

/// Files that were damaged or made to do harm, given to the program as a user would.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct IsolationTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private static let commands = [
    ["inspect"], ["predict", "--output", "p.h5", "--model"], ["attack", "--fgsm", "--eps", "0.1", "--data"],
    ["data", "inspect"], ["verify"], ["gradcheck", "--scalars", "1", "--model"],
  ]

  /// The program ends by itself, with one line that says what is wrong.
  private func expectRefusal(_ path: String) throws {
    for command in Self.commands {
      let ending = try Child.start(command + [path], in: directory).wait()
      let what = "\(command[0]) \(path): \(ending.code) \(ending.errors)"
      // What remains of a damaged file may still be worth showing.
      let isShown = ending.code == 0 && command.contains("inspect")
      #expect(isShown || [65, 66].contains(ending.code), "\(what)")
      #expect(isShown || ending.errors.hasPrefix("Error: "), "\(what)")
      #expect(ending.errors.split(separator: "\n").count <= 1, "\(what)")
    }
    #expect(try !directory.names().contains("p.h5"))
  }

  /// What fuzzing found. `hang` alone is left out, whose end takes the 20 s of its limit.
  @Test(arguments: ["crash-global-heap", "crash-cache", "memory", "archive-tricks"])
  func filesThatFuzzingFound(_ name: String) throws {
    let corpus = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fuzz/Corpus/"
    // The first byte chose the reader.
    let file = try directory.write("file.h5", Array(try bytes(ofFile: corpus + name).dropFirst()))
    try expectRefusal(file)
  }

  @Test func aCrashOfTheLibraryIsNamed() throws {
    let corpus = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fuzz/Corpus/"
    let file = try directory.write(
      "file.h5", Array(try bytes(ofFile: corpus + "crash-global-heap").dropFirst()))
    let ending = try Child.run("inspect", file, in: directory)
    #expect(ending.code == 65)
    #expect(ending.errors.contains("in a process of its own, crashed"), "\(ending.errors)")
  }

  @Test(arguments: [
    "flip_00", "flip_02", "flip_08", "flip_12", "flip_16", "gzip_bomb", "huge_chunk", "deep", "model_config_bomb",
    "external_link", "soft_links", "unclosed_swmr", "trunc_0", "trunc_7", "trunc_17512", "lfs_pointer",
  ])
  func hostileFixtures(_ name: String) throws {
    guard let path = SampleFiles.shared("fixtures/bad/\(name).h5") else { return }
    try expectRefusal(path)
  }

  @Test func theOtherProcessGivesTheSameBits() throws {
    for (option, output) in [("--isolate", "a.h5"), ("--no-isolate", "b.h5")] {
      let ending = try Child.run(
        "predict", "--model", SampleFiles.model, "--data", SampleFiles.digits, option, "--output", output,
        in: directory)
      #expect(ending.code == 0, "\(ending.errors)")
    }
    let (a, b) = (
      try Predictions.read(from: directory.file("a.h5")), try Predictions.read(from: directory.file("b.h5"))
    )
    #expect((a.logits, a.labels, a.ids) == (b.logits, b.labels, b.ids))
    #expect(a.provenance.modelSHA256 == b.provenance.modelSHA256)
    #expect(a.provenance.dataSHA256 == b.provenance.dataSHA256)
  }

  /// An ordinary refusal reads the same, whoever reads.
  @Test func messagesAreTheSame() throws {
    let text = try directory.write("text.h5", Array("These are no images.\n".utf8))
    let cases = [
      ["attack", "--fgsm", "--eps", "0.1", "--data", text], ["inspect", directory.file("none.h5")],
      ["verify", SampleFiles.digits], ["predict", "--output", "p.h5", "--model", SampleFiles.digits],
      ["predict", "--output", "p.h5", "--model", SampleFiles.model, "--architecture", "mlp"],
    ]
    for arguments in cases {
      let isolated = try Child.start(arguments, in: directory).wait()
      let direct = try Child.start(arguments + ["--no-isolate"], in: directory).wait()
      #expect((isolated.code, isolated.errors) == (direct.code, direct.errors))
      #expect(isolated.code > 64)
    }
  }

  @Test func theHiddenCommandIsNotForPeople() throws {
    let ending = try Child.run("read-untrusted", "{}", in: directory)
    #expect(ending.code == 64)
    #expect(try Child.run("--help", in: directory).output.contains("read-untrusted") == false)
  }
}
