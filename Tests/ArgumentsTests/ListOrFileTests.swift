import Arguments
import Foundation
import Testing

/// Words or a file, as `--architecture` takes them.
@Suite struct ListOrFileTests {
  private struct Tool: Command {
    static let configuration = CommandConfiguration()
    @Option(completion: .listOrFile(["mlp", "mnist-small"])) var architecture: String?
  }

  private func script(_ shell: String) -> String {
    Program.execute(root: Tool.self, arguments: ["--generate-completion-script", shell], columns: 80).output
  }

  @Test(arguments: [("m", ["mlp", "mnist-small"]), ("/et", ["/etc"]), ("ml", ["mlp"])])
  func bashOffersBoth(word: String, expected: [String]) throws {
    guard let bash = Shells.path(of: "bash") else { return }
    let question = """
      cd "$(mktemp -d)"
      compopt() { :; }
      \(script("bash"))
      COMP_WORDS=(tool --architecture \(word)); COMP_CWORD=2; _tool
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let answer = try Shells.run(bash, ["-s"], input: question)
    #expect(answer.output.split(separator: "\n").map(String.init).sorted() == expected)
  }

  @Test func otherShells() throws {
    #expect(script("zsh").contains(":{compadd -- mlp mnist-small; _files}'"))
    #expect(script("fish").contains("-l 'architecture' -r -F -a 'mlp mnist-small'"))
    if let zsh = Shells.path(of: "zsh") { #expect(try Shells.run(zsh, ["-n"], input: script("zsh")).status == 0) }
  }
}
