import Arguments
import Foundation
import Testing

@Suite struct DumpTests {
  @Test func theDumpIsJSONWithEveryArgument() throws {
    let output = Program.lab("--experimental-dump-help").output
    let object = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    #expect(object?["serializationVersion"] as? Int == 0)
    let command = object?["command"] as? [String: Any]
    #expect(command?["commandName"] as? String == "lab")
    let subcommands = command?["subcommands"] as? [[String: Any]] ?? []
    #expect(subcommands.compactMap { $0["commandName"] as? String } == ["attack", "convert"])
    let arguments = subcommands.first?["arguments"] as? [[String: Any]] ?? []
    let norm = arguments.first { ($0["names"] as? [String]) == ["--norm"] }
    #expect(norm?["allValues"] as? [String] == ["linf", "l2", "l1"])
    #expect(norm?["defaultValue"] as? String == "linf")
    #expect(norm?["kind"] as? String == "option")
    #expect(norm?["sectionTitle"] as? String == "Threat model")
    let trace = arguments.first { ($0["names"] as? [String]) == ["--trace"] }
    #expect(trace?["shouldDisplay"] as? Bool == false)
  }

  @Test func aSubcommandCanBeDumpedAlone() {
    #expect(Program.lab("attack", "--experimental-dump-help").output.contains("\"commandName\" : \"attack\""))
  }
}
