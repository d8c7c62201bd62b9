internal import Networks
internal import Reports

extension FileSummary: Report {
  var document: Document {
    var document = Document("File")
    document.add(facts)
    var table = Table([.left("object"), .left("kind", .minor), .right("shape"), .left("type", .minor)])
    for entry in entries {
      table.append([
        .text(entry.path), .text(entry.kind), .optional(entry.shape) { "\(Shape($0))" },
        .optional(entry.type, Cell.text),
      ])
    }
    document.add(table)
    return document
  }

  private var facts: Facts {
    var facts = Facts()
    facts.add("file", name)
    facts.add("kind", kind)
    if let images {
      let range = NumberFormat.interval(images.pixelRange)
      facts.add(
        "images", "\(Shape(images.imageShape)), pixels in \(range), \(images.splits.joined(separator: " and "))")
      facts.add("classes", "\(images.classes)" + (images.classNames.map { ": " + $0.joined(separator: ", ") } ?? ""))
    }
    for note in notes { facts.add("note", note) }
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) where !value.text.isEmpty {
      facts.add(name, value.text.truncated(toWidth: 90))
    }
    return facts
  }
}
