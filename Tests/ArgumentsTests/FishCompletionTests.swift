import Arguments
import Testing

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
