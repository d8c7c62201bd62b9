import Exchange
import Glibc
import HDF5
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

  private static let corpus = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fuzz/Corpus/"

  /// What ships with the lab is known by its bits, wherever it lies; a file of the same name is like any other.
  @Test func aPlaceIsNotTrusted() throws {
    try #require(mkdir(directory.file("Data"), 0o700) == 0)
    try directory.write("Data/digits.h5", try bytes(ofFile: SampleFiles.digits))
    try directory.write("Data/digits-cnn.h5", Array(try bytes(ofFile: Self.corpus + "crash-global-heap").dropFirst()))
    let attack = ["attack", "--fgsm", "--eps", "0.1"]
    let endings = [
      try Child.start(attack + ["--data-directory", "Data"], in: directory).wait(),
      try Child.start(attack, in: directory, environment: ["ADVLAB_DATA": "Data"]).wait(),
      try Child.start(attack, in: directory, environment: ["ADVLAB_DATA": ""]).wait(),
    ]
    for ending in endings {
      #expect(ending.code == 65)
      #expect(
        ending.errors.contains("Data/digits-cnn.h5: reading it, in a process of its own, crashed"), "\(ending.errors)")
    }
    // Another model there is read like one that is named.
    try SampleFiles.writeModel("Data/digits-cnn.h5", in: directory)
    #expect(try Child.start(attack + ["--data-directory", "Data"], in: directory).wait().code == 0)
  }

  /// Lower limits that are there already stay; they are no reason to fail.
  @Test(arguments: [
    "ulimit -v 4000000", "ulimit -t 10", "ulimit -S -v 4000000; ulimit -S -t 10", "ulimit -c 0",
    "ulimit -t 10; ulimit -v 900000",
  ])
  func lowerLimitsAreKept(limit: String) throws {
    let ending = try Child.shell("\(limit); exec \"$0\" inspect \(SampleFiles.model)", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
  }

  @Test func aLowerLimitIsTheOneThatIsNamed() throws {
    let file = try directory.write("hang.h5", Array(try bytes(ofFile: Self.corpus + "hang").dropFirst()))
    let ending = try Child.shell("ulimit -t 1; exec \"$0\" inspect \(file)", in: directory)
    #expect(ending.code == 65)
    #expect(ending.errors.contains("took more than 1 s and was ended"), "\(ending.errors)")
  }

  @Test(arguments: [SIGKILL, SIGTERM]) func aReaderThatIsKilledIsNotLate(signal: Int32) throws {
    let file = try directory.write("hang.h5", Array(try bytes(ofFile: Self.corpus + "hang").dropFirst()))
    let child = try Child.start(["inspect", file], in: directory)
    var reader: pid_t?
    try child.poll("the reading process") {
      reader = child.children.first
      return reader.map { hasOwnLimits($0) } ?? false
    }
    reader.map { _ = kill($0, signal) }
    let ending = try child.wait()
    #expect(ending.code == 1)
    #expect(ending.errors.contains("was ended from outside (signal \(signal))"), "\(ending.errors)")
  }

  /// Whether it has put itself under its limits, and so is past its beginning.
  private func hasOwnLimits(_ process: pid_t) -> Bool {
    let limits = (try? bytes(ofFile: "/proc/\(process)/limits")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return limits.contains(#/Max cpu time +\d+ /#)
  }

  /// A terabyte of holes: limits follow what is on the disk.
  @Test func aSparseFileHasNoMoreThanItsBlocks() throws {
    let file = try directory.write("hang.h5", Array(try bytes(ofFile: Self.corpus + "hang").dropFirst()))
    guard truncate(file, 1 << 40) == 0 else { return print("Skipped: no sparse files in \(directory.path).") }
    let child = try Child.start(["inspect", file], in: directory)
    var limits = ""
    try child.poll("the limits of the reading process") {
      guard let reader = child.children.first, hasOwnLimits(reader) else { return false }
      limits = (try? bytes(ofFile: "/proc/\(reader)/limits")).map { String(decoding: $0, as: UTF8.self) } ?? ""
      return true
    }
    child.send(SIGTERM)
    _ = try child.wait()
    let memory = limits.firstMatch(of: #/Max address space +(\d+) /#).flatMap { Int($0.1) } ?? .max
    // 1 GiB, and 32 times the 64 MiB up to which a size is believed.
    #expect(memory <= 3 << 30, "\(limits)")
  }

  /// Names in a file may hold whatever a terminal obeys.
  @Test func namesAreNeverObeyed() throws {
    let names = ["\u{1B}[31mred", "c1\u{9B}31m", "bidi\u{202E}5h.lat", "cr\rover", "del\u{7F}"]
    let file = try SampleFiles.write("names.h5", in: directory, pixels: (0..<256).map { _ in .nan }) { root in
      for name in names { try root.write(name, [Float(1)]) }
      try root.attributes.set("title\u{1B}]0;x\u{7}", to: "value\u{1B}[2J\u{85}")
    }
    try expectNothingObeyed(file)
    guard let shared = SampleFiles.shared("fixtures2/stress/names.h5") else { return }
    try expectNothingObeyed(shared)
  }

  private func expectNothingObeyed(_ file: String) throws {
    for command in Self.commands + [["inspect", "--json"], ["data", "inspect", "--json"], ["\u{1B}[31m"]] {
      for option in ["--isolate", "--no-isolate"] {
        let ending = try Child.start(command + [file, option], in: directory).wait()
        let scalars = (ending.output + ending.errors).unicodeScalars
        let obeyed = scalars.first { $0 != "\n" && ($0.properties.generalCategory == .control || $0 == "\u{202E}") }
        #expect(obeyed == nil, "\(command) \(option): \(obeyed?.value ?? 0)")
      }
    }
  }

  /// In a container without /proc.
  @Test func theLabNeedsNoProc() throws {
    guard let line = Privileges.mounting("umount -l /proc") else { return }
    for (command, code, text) in [
      ("attack --fgsm --eps 0.1 --data \(SampleFiles.digits)", Int32(0), "robust"), ("--version", 0, "0.1.0"),
      ("inspect \(SampleFiles.model)", 0, "parameters"), ("bench pgd-tinycnn start-up --repeat 1", 0, "start-up"),
      ("frobnicate", 64, "Unknown subcommand 'frobnicate'"),
    ] {
      let ending = try Child.shell("\(line) 'exec \"$1\" \(command)' \"$0\"", in: directory)
      #expect(ending.code == code, "\(command): \(ending.errors)")
      #expect((ending.output + ending.errors).contains(text), "\(command): \(ending.output)\(ending.errors)")
    }
  }

  @Test func theHiddenCommandIsNotForPeople() throws {
    let ending = try Child.run("read-untrusted", "{}", in: directory)
    #expect(ending.code == 64)
    #expect(try Child.run("--help", in: directory).output.contains("read-untrusted") == false)
  }
}
