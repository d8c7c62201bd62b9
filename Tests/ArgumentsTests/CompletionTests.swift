import Arguments
import Foundation
import Testing

@Suite struct BashCompletionTests {
  private let script = Program.lab("--generate-completion-script", "bash").output

  @Test func theScriptIsValid() throws {
    guard let bash = Shells.path(of: "bash") else { return }
    #expect(try Shells.run(bash, ["-n"], input: script).status == 0)
  }

  /// The real shell is asked what it would offer; without bash there is nothing to ask.
  @Test(arguments: [
    (["lab", ""], ["-h", "--help", "attack", "convert", "help"]),
    (["lab", "at"], ["attack"]),
    (["lab", "help", "co"], ["convert"]),
    (["lab", "attack", "--e"], ["--eps", "--early-stop"]),
    (["lab", "attack", "--norm", "l"], ["linf", "l2", "l1"]),
    (["lab", "attack", "--norm", "=", "li"], ["linf"]),
    (["lab", "attack", "--norm", "="], ["linf", "l2", "l1"]),
    (["lab", "attack", "--eps", ""], []),
    (["lab", "convert", "/et"], ["/etc"]),
    (["lab", "attack", "--output", "/et"], ["/etc"]),
    (["lab", "attack", "--tr"], []),
  ])
  func bashOffers(words: [String], expected: [String]) throws {
    guard let bash = Shells.path(of: "bash") else { return }
    let list = words.map { "'\($0)'" }.joined(separator: " ")
    let question = """
      compopt() { :; }
      \(script)
      COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1); _lab
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let answer = try Shells.run(bash, ["-s"], input: question)
    #expect(answer.output.split(separator: "\n").map(String.init) == expected)
    #expect(answer.status == 0)
  }
}

@Suite struct ZshCompletionTests {
  private let script = Program.lab("--generate-completion-script=zsh").output

  @Test func everyCommandHasAFunction() {
    #expect(script.hasPrefix("#compdef lab\n"))
    for name in ["_lab()", "_lab_attack()", "_lab_convert()"] { #expect(script.contains("\n\(name) {\n")) }
  }

  @Test func specifications() {
    for specification in [
      "'(--norm)--norm=[Norm of the ball.]:norm:(linf l2 l1)'",
      "'(-o --output)-o[File for the adversarial examples.]:file:_files'",
      "'(-o --output)--output=[File for the adversarial examples.]:file:_files'",
      "'*-t[Target label; may be repeated.]:label:'",
      "'(--model-directory)--model-directory=[Where models are found.]:model-directory:_files -/'",
      "'(-j --json)--json[Print one JSON object.]'",
      "':in:_files'",
      #"'convert:Convert weights, e.g. '\''it'\''s'\'' [a:b].'"#,
    ] {
      #expect(script.contains(specification), "\(specification)")
    }
    #expect(!script.contains("trace"))
  }

  @Test func theScriptIsValid() throws {
    guard let zsh = Shells.path(of: "zsh") else { return }
    #expect(try Shells.run(zsh, ["-n"], input: script).status == 0)
  }
}

@Suite struct FishCompletionTests {
  private let script = Program.lab("--generate-completion-script", "fish").output

  @Test func lines() {
    let attack = #"complete -c 'lab' -n '__lab_command_is \'lab attack\'' "#
    for line in [
      attack + "-l 'norm' -r -f -a 'linf l2 l1' -d 'Norm of the ball.'",
      attack + "-s 'o' -l 'output' -r -F -d 'File for the adversarial examples.'",
      attack + "-s 'j' -l 'json' -d 'Print one JSON object.'",
      attack + "-l 'no-early-stop' -d 'Stop at the first adversarial iterate.'",
      #"complete -c 'lab' -n '__lab_command_is \'lab\'' -a 'convert' -d 'Convert weights, e.g. \'it\'s\' [a:b].'"#,
      #"complete -c 'lab' -n '__lab_command_is \'lab convert\'' -F -d 'A file to read.'"#,
      "      case 'lab attack'\n          set command 'lab attack'",
    ] {
      #expect(script.contains(line), "\(line)")
    }
    #expect(!script.contains("trace"))
  }

  @Test func theScriptIsValid() throws {
    guard let fish = Shells.path(of: "fish") else { return }
    #expect(try Shells.run(fish, ["--no-execute"], input: script).status == 0)
  }
}

/// Shells of the machine that runs the tests.
private enum Shells {
  static func path(of name: String) -> String? {
    ["/bin/", "/usr/bin/", "/usr/local/bin/"].map { $0 + name }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// The input goes through a file, so that no pipe can fill up.
  static func run(_ path: String, _ arguments: [String], input: String) throws -> (status: Int32, output: String) {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data(input.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
