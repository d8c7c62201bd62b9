import Arguments
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
