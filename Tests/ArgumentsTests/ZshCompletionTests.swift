import Arguments
import Testing

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
      "'(-s --seed)-s+[Seed of the random numbers.]:seed:'",
      "'(-s --seed)--seed=[Seed of the random numbers.]:seed:'",
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
