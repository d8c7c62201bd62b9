import Foundation
import Networks
import Testing

/// What the page about the lab's own JSON says, held against the code: it cannot go stale.
private struct ArchitectureDocument {
  struct Field {
    /// Empty where the payload is no object.
    let name: String
    /// JSON text: the default, or an example where there is none.
    let value: String
    let isRequired: Bool
    /// What is said instead of a value.
    let words: String
  }

  /// The fields of every operation, and of every activation.
  let operations: [(kind: String, fields: [Field])]
  let activations: [(kind: String, fields: [Field])]

  init() throws {
    let package = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let text = try String(contentsOfFile: "/\(package)/Notebooks-md/architecture-json.md", encoding: .utf8)
    operations = Self.table(headed: "| operation | field | default |", in: text)
    activations = Self.table(headed: "| activation | field | default |", in: text)
  }

  private static func table(headed head: String, in text: String) -> [(kind: String, fields: [Field])] {
    let lines = text.components(separatedBy: "\n")
    guard let start = lines.firstIndex(where: { $0.hasPrefix(head) }) else { return [] }
    var rows: [(kind: String, fields: [Field])] = []
    for line in lines[(start + 2)...].prefix(while: { $0.hasPrefix("|") }) {
      let cells = line.components(separatedBy: "|").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
      func code(_ cell: String) -> String { cell.components(separatedBy: "`").dropFirst().first ?? "" }
      if !cells[0].isEmpty { rows.append((code(cells[0]), [])) }
      let field = Field(
        name: code(cells[1]), value: code(cells[2]), isRequired: cells[2].hasPrefix("required"), words: cells[2])
      if !field.words.isEmpty { rows[rows.count - 1].fields.append(field) }
    }
    return rows
  }
}

private func operation(_ kind: String, _ payload: String) throws -> Networks.Operation {
  try JSONDecoder().decode(Networks.Operation.self, from: Data(#"{"\#(kind)": \#(payload)}"#.utf8))
}

private func object(_ fields: [(name: String, value: String)]) -> String {
  "{" + fields.map { #""\#($0.name)": \#($0.value)"# }.joined(separator: ", ") + "}"
}

@Suite struct ArchitectureDocumentTests {
  private let document: ArchitectureDocument

  init() throws {
    document = try ArchitectureDocument()
  }

  @Test func everyOperationIsThereOnce() {
    #expect(document.operations.map(\.kind).sorted() == Networks.Operation.kindNames.sorted())
  }

  @Test func defaultsAreThoseOfTheCode() throws {
    for (kind, fields) in document.operations where fields.allSatisfy({ !$0.name.isEmpty }) {
      let required = fields.filter(\.isRequired).map { ($0.name, $0.value) }
      let standard = try operation(kind, object(required))
      for field in fields where !field.isRequired {
        let value = field.words == "the kernel" ? fields.first { $0.name == "kernel" }?.value ?? "" : field.value
        #expect(
          try operation(kind, object(required + [(field.name, value)])) == standard, "\(kind).\(field.name) = \(value)")
      }
      for (index, field) in required.enumerated() {
        var fewer = required
        fewer.remove(at: index)
        #expect(throws: DecodingError.self, "\(kind) without \(field.0)") { try operation(kind, object(fewer)) }
      }
    }
  }

  /// Every field that the code writes is in the tables.
  @Test func noFieldIsLeftOut() throws {
    for operation in operationsOfEveryKind {
      let payload = try #require(
        try JSONSerialization.jsonObject(with: JSONEncoder().encode(operation)) as? [String: Any])
      guard let written = payload[operation.kindName] as? [String: Any] else { continue }
      switch operation {
      case .activation, .zeroPadding, .cropping: continue
      default: break
      }
      let fields = document.operations.first { $0.kind == operation.kindName }?.fields.map(\.name) ?? []
      #expect(Set(written.keys).isSubset(of: fields), "\(operation.kindName)")
    }
  }

  @Test func valuesThatAreNoObjectAreAccepted() throws {
    for (kind, fields) in document.operations {
      guard let only = fields.first, only.name.isEmpty else { continue }
      #expect(fields.count == 1 && only.isRequired)
      #expect(try operation(kind, only.value).kindName == kind)
    }
    #expect(try operation("flatten", "true") == .flatten(.channelsFirst))
  }

  @Test func activationsAreThoseOfTheCode() throws {
    let known = try activationsOfEveryKind.map { activation in
      let text = String(decoding: try JSONEncoder().encode(activation), as: UTF8.self)
      return text.components(separatedBy: "\"")[1]
    }
    #expect(document.activations.map(\.kind) == known)
    for (kind, fields) in document.activations {
      let standard = try operation("activation", "\"\(kind)\"")
      #expect(try operation("activation", #"{"\#(kind)": {}}"#) == standard)
      for field in fields {
        #expect(try operation("activation", #"{"\#(kind)": {"\#(field.name)": \#(field.value)}}"#) == standard)
      }
    }
  }

  @Test func extentsAndEdgesHaveShortForms() throws {
    func pooling(_ kernel: String, _ padding: String) throws -> Networks.Operation {
      try operation("pooling", #"{"kind": "average", "kernel": \#(kernel), "padding": \#(padding)}"#)
    }
    let even = Pooling(.average(countsPadding: true), kernel: Extent(3), padding: Edges(1))
    #expect(try pooling("3", "1") == .pooling(even))
    #expect(try pooling("[3, 3]", "[1, 1]") == .pooling(even))
    #expect(
      try pooling(#"{"height": 3, "width": 3}"#, #"{"top": 1, "bottom": 1, "left": 1, "right": 1}"#) == .pooling(even))
    let odd = Pooling(
      .average(countsPadding: true), kernel: Extent(3, 2), padding: Edges(top: 2, bottom: 2, left: 0, right: 0))
    #expect(try pooling("[3, 2]", "[2, 0]") == .pooling(odd))
    #expect(
      try operation("zeroPadding", #"{"bottom": 4}"#) == .zeroPadding(Edges(top: 0, bottom: 4, left: 0, right: 0)))
    #expect(throws: DecodingError.self) { try operation("zeroPadding", #"{"under": 4}"#) }
    #expect(throws: DecodingError.self) { try pooling(#"{"height": 3}"#, "0") }
  }

  /// The first block of JSON of the page.
  @Test func aNetworkWithoutInputsIsAChain() throws {
    let package = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let text = try String(contentsOfFile: "/\(package)/Notebooks-md/architecture-json.md", encoding: .utf8)
    let block = text.components(separatedBy: "```json\n")[1].components(separatedBy: "```")[0]
    let network = try JSONDecoder().decode(Network.self, from: Data(block.utf8))
    #expect(network.nodes.map(\.inputs) == [[], [0], [1], [2], [3], [4], [5]])
    #expect(network.nodes[0].name == "input" && network.outputShape == [10])
  }
}
