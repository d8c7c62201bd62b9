import Glibc
import Testing

/// Targets that can't be written, and readers that go away.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct OutputTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  @Test(arguments: [
    ["attack", "--fgsm", "--eps", "0.1"], ["predict"], ["gradient"], ["train", "--architecture", "mlp"],
    ["data", "generate", "patterns"],
  ])
  func unwritableTargets(command: [String]) throws {
    try directory.write("file", [1, 2, 3])
    for (target, message) in [
      ("none/out.h5", "No such file or directory"), ("file/out.h5", "Not a directory"), (".", "Is a directory"),
      ("/dev/full", "is not a regular file"),
    ] {
      let ending = try Child.start(command + ["--output", target], in: directory).wait()
      #expect(ending.code == 73)
      #expect(ending.errors == "Error: \(target): \(message)\n")
      // It is found out before the work, not after it.
      #expect(ending.output.isEmpty)
    }
    #expect(try directory.names() == ["file"])
  }

  @Test func aFullDiskLosesNothing() throws {
    let old = try directory.write("adv.h5", Array("what was there".utf8))
    // 8 KiB (16 blocks of 512 bytes) hold neither the adversarial images nor the weights.
    for command in ["attack --fgsm --eps 0.1", "train --architecture mlp --epochs 1", "gradient", "predict"] {
      let ending = try Child.shell(
        "ulimit -f 16; exec \"$0\" \(command) --quiet --output adv.h5 --force", in: directory)
      #expect(ending.code == 73, "\(command): \(ending.errors)")
      #expect(ending.errors.hasPrefix("Error: adv.h5: "), "\(ending.errors)")
      #expect(try bytes(ofFile: old) == Array("what was there".utf8))
      #expect(try directory.names() == ["adv.h5"])
    }
  }

  @Test(arguments: [["--json"], []])
  func aFullDiskUnderStandardOutput(options: [String]) throws {
    let ending = try Child.start(
      ["attack", "--fgsm", "--eps", "0.1"] + options, in: directory, output: .path("/dev/full")
    ).wait()
    #expect(ending.code == 73)
    #expect(ending.errors == "Error: cannot write to standard output\n")
  }

  @Test(arguments: [["attack", "--fgsm", "--eps", "0.1"], ["inspect", "--architectures"], ["--help"]])
  func aReaderThatGoesAway(command: [String]) throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    let child = try Child.start(command, in: directory, output: .descriptor(ends[1]))
    close(ends[1])
    let ending = try child.wait()
    #expect(ending.code == 0)
    #expect(ending.errors.isEmpty)
  }

  @Test func standardStreamsThatAreClosed() throws {
    let ending = try Child.run(
      "attack", "--fgsm", "--eps", "0.1", "--output", "adv.h5", in: directory, output: .closed, errors: .closed)
    #expect(ending.code == 0)
    // What is printed must not have gone into the file.
    #expect(try Child.run("verify", "adv.h5", in: directory).code == 0)
  }

  @Test func errorsGoToStandardError() throws {
    let ending = try Child.run("attack", "--fgsm", "--eps", "-1", in: directory)
    #expect(ending.code == 64)
    #expect(ending.output.isEmpty)
    #expect(ending.errors.hasPrefix("Error: The value '-1' is invalid"))
    let help = try Child.run("help", "attack", in: directory)
    #expect(help.code == 0)
    #expect(help.errors.isEmpty)
    #expect(help.output.hasPrefix("OVERVIEW: Attack a model"))
    #expect(try Child.run("--version", in: directory).output == "0.1.0\n")
  }
}
