internal import Networks
internal import Reports

/// The built-in architectures, for `inspect --architectures`.
struct ArchitectureList: Encodable {
  struct Entry: Encodable {
    let name: String
    let summary: String
    let reference: String?
    let options: [String: TypedText]
  }

  let command = "inspect"
  let architectures: [Entry]

  init() {
    architectures = Architectures.all.map { architecture in
      Entry(
        name: architecture.name, summary: architecture.summary, reference: architecture.reference,
        options: Dictionary(uniqueKeysWithValues: architecture.options.map { ($0.name, TypedText($0.defaultValue)) }))
    }
  }

  func print(json: Bool) throws {
    guard !json else { return try StandardOutput.print(json: self) }
    var table = Table([
      .left("architecture"), .prose("what it is"), .left("options", .minor), .left("reference", .least),
    ])
    for architecture in Architectures.all {
      let options = architecture.options.map { "\($0.name)=\($0.defaultValue)" }.joined(separator: ", ")
      table.append([
        architecture.name, architecture.summary, options.isEmpty ? "–" : options, architecture.reference ?? "–",
      ])
    }
    let width = Terminal.standardOutput.tableWidth
    let leftOut = table.layout(fitting: width).leftOut.joined(separator: " and ")
    try StandardOutput.print(
      table.text(fitting: width) + "\nOptions follow a colon: mlp:hidden=18.\n"
        + (leftOut.isEmpty ? "" : "A wider terminal and --json show \(leftOut), too."))
  }
}
