internal import HDF5
internal import Networks
internal import Reports

/// The tree of any HDF5 file, for `inspect`.
struct FileSummary: Encodable {
  struct Entry: Encodable {
    let path: String
    let kind: String
    let shape: [Int]?
    let type: String?
  }

  let command = "inspect"
  let kind: String
  let name: String
  let attributes: [String: String]
  let entries: [Entry]

  init(_ file: File) throws {
    name = file.path
    kind = try file.root.attributes.string("advlab_format") ?? "hdf5"
    var attributes: [String: String] = [:]
    for name in try file.root.attributes.names() { attributes[name] = Self.text(of: name, file.root.attributes) }
    self.attributes = attributes
    entries = try file.root.walk().map { entry in
      guard entry.kind == .dataset, let dataset = try? file.root.dataset(entry.path) else {
        return Entry(path: entry.path, kind: Self.name(of: entry.kind), shape: nil, type: nil)
      }
      return Entry(path: entry.path, kind: "dataset", shape: dataset.shape, type: "\(dataset.elementType)")
    }
  }

  private static func name(of kind: Group.Kind) -> String {
    switch kind {
    case .group: "group"
    case .dataset: "dataset"
    case .other(let name): name
    }
  }

  /// An attribute as text, cut where it is long; what cannot be read is named by its type.
  private static func text(of name: String, _ attributes: Attributes) -> String {
    if let strings = try? attributes.strings(name) { return strings.joined(separator: ", ") }
    if let numbers: [Double] = try? attributes.numbers(name) {
      return numbers.map { NumberFormat.significant($0, digits: 7) }.joined(separator: ", ")
    }
    guard let description = try? attributes.description(of: name) else { return "unreadable" }
    return "\(description.elementType)"
  }

  var text: String {
    var heading = Heading()
    heading.add("file", name)
    heading.add("kind", kind)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      heading.add(name, value.truncated(toWidth: 90))
    }
    var table = Table([.left("object"), .left("kind"), .right("shape"), .left("type")])
    for entry in entries {
      table.append([entry.path, entry.kind, entry.shape.map { "\(Shape($0))" } ?? "–", entry.type ?? "–"])
    }
    return "\(heading.text)\n\n\(table)"
  }
}
