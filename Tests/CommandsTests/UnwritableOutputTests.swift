import Glibc
import Testing

/// Targets that can't be written, and readers that go away.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct UnwritableOutputTests {
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

  /// More than the 4,096 bytes after which a buffer is emptied, and less: none of it may be lost in silence.
  @Test(arguments: [
    ["help", "attack"], ["attack", "--help"], ["--version"], ["--generate-completion-script", "bash"],
    ["--generate-completion-script", "zsh"], ["inspect", "--architectures"], ["inspect", "--architectures", "--json"],
    ["inspect", SampleFiles.model], ["inspect", SampleFiles.model, "--json"],
    ["inspect", "--architecture", "resnet18-cifar", "--input-shape", "3x32x32", "--json"],
    ["gradcheck", "--json"], ["evaluate", "--eps", "0.1", "--suite", "fgsm", "--json", "--count", "20"],
  ])
  func allThatIsPrintedIsChecked(command: [String]) throws {
    let ending = try Child.start(command, in: directory, output: .path("/dev/full")).wait()
    #expect(ending.code == 73, "\(command)")
    #expect(ending.errors == "Error: cannot write to standard output\n")
  }

  /// Files may hold 4,096 bytes: the first part of the text arrives, the rest does not.
  @Test(arguments: ["help attack", "--generate-completion-script zsh", "inspect --architectures --json"])
  func aDiskThatFillsUnderway(command: String) throws {
    let ending = try Child.shell("ulimit -f 8; exec \"$0\" \(command) > text", in: directory)
    #expect(ending.code == 73, "\(command): \(ending.errors)")
    #expect(ending.errors == "Error: cannot write to standard output\n")
  }

  /// The file cannot be put in place although there was room for it when the work began.
  @Test(arguments: [[], ["--json"]]) func aResultThatCannotBeWrittenIsShown(options: [String]) throws {
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      ["attack", "--pgd", "--eps", "0.1", "--steps", "300", "--no-early-stop", "--output", "adv.h5"] + options,
      in: directory, errors: .path(terminal.path))
    try child.poll("progress") {
      terminal.update()
      return terminal.text.contains("of 360 examples")
    }
    try #require(mkdir(directory.file("adv.h5"), 0o700) == 0)
    let ending = try child.wait(at: terminal)
    #expect(ending.code == 73)
    #expect(terminal.text.contains("Error: adv.h5: "), "\(terminal.text)")
    #expect(!ending.output.contains("written"))
    if options.isEmpty {
      #expect(ending.output.contains("robust"), "\(ending.output)")
    } else {
      #expect(try JSONValue.parse(ending.output)["count"] == .number(360))
    }
    #expect(try directory.names() == ["adv.h5"])
  }

  /// 8 KiB hold no adversarial images: that is known before the attack.
  @Test(arguments: ["attack --pgd --eps 0.1 --steps 100000 --no-early-stop", "gradient", "predict"])
  func roomIsLookedForBeforeTheWork(command: String) throws {
    let ending = try Child.shell("ulimit -f 16; exec \"$0\" \(command) --output adv.h5", in: directory)
    #expect(ending.code == 73)
    let end = "found 8,192, for files may not be larger (ulimit -f)\n"
    #expect(ending.errors.hasPrefix("Error: adv.h5: no space left: expected room for "), "\(ending.errors)")
    #expect(ending.errors.hasSuffix(end), "\(ending.errors)")
    #expect(ending.output.isEmpty)
  }

  @Test func aSmallDiskIsFull() throws {
    guard let line = Privileges.mounting("mount -t tmpfs -o size=100k none disk") else { return }
    try #require(mkdir(directory.file("disk"), 0o700) == 0)
    let command = "exec \"$1\" attack --pgd --eps 0.1 --steps 100000 --no-early-stop --output disk/adv.h5"
    let ending = try Child.shell("\(line) '\(command)' \"$0\"", in: directory)
    #expect(ending.code == 73)
    #expect(ending.errors.contains("Error: disk/adv.h5: no space left: expected room for "), "\(ending.errors)")
  }

  /// What oneDNN would say on standard output, and what other libraries might.
  @Test func verboseLibrariesAreSilent() throws {
    let ending = try Child.run(
      "attack", "--fgsm", "--eps", "0.1", "--count", "8", "--json", in: directory,
      environment: ["ONEDNN_VERBOSE": "1", "DNNL_VERBOSE": "2", "MKLDNN_VERBOSE": "1"])
    #expect(try JSONValue.parse(ending.output)["count"] == .number(8))
  }

  @Test func aNameThatIsNotUTF8IsRefused() throws {
    let name = "\"$(printf 'adv\\377.h5')\""
    for command in [
      "attack --fgsm --eps 0.1 --output \(name)", "inspect \(name)", "predict --model \(name) --output p",
    ] {
      let ending = try Child.shell("exec \"$0\" \(command)", in: directory)
      #expect(ending.code == 64)
      #expect(ending.errors.contains(/^Error: argument \d is not UTF-8: 'adv\u{FFFD}.h5'\n$/), "\(ending.errors)")
    }
    #expect(try directory.names() == [])
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
