internal import Networks
internal import Reports

/// What is seen of traced images: every node for a web page, some of its channels for the terminal.
struct TraceGallery {
  /// Bytes of all pictures, so that a page stays below 5 MB.
  private static let mostBytes = 3 << 20

  /// Whether pictures are kept for a page.
  let isKept: Bool
  /// The channels of every node that the terminal shows; nil for none.
  let shownChannels: Int?
  private var stages: [String] = []
  private var nodes: [Network.Node] = []
  /// Of every example the views of all nodes.
  private var views: [[Gallery.View]] = []
  private var shownItems: [Gallery.Item] = []
  private var bytes = 0

  init(isKept: Bool, shownChannels: Int?) {
    (self.isKept, self.shownChannels) = (isKept, shownChannels)
  }

  /// Takes what the nodes put out for an example.
  ///
  /// - Parameters:
  ///   - layers: The nodes.
  ///   - sheets: Their pictures, for a page.
  ///   - example: The example.
  mutating func append(_ layers: [TracedLayer], _ sheets: [[Gallery.Picture]], of example: TracedExample) {
    if let shownChannels {
      shownItems += layers.map { layer in
        Gallery.Item(
          "\(layer.node.name), \(layer.node.shape)", kind: "",
          [Gallery.View(outcome: "", LayerPainter(layer).channels(first: shownChannels), Facts())])
      }
    }
    guard isKept, bytes < Self.mostBytes else { return }
    bytes += sheets.joined().reduce(0) { $0 + $1.png.count }
    guard bytes < Self.mostBytes || views.isEmpty else { return }
    nodes = layers.map(\.node)
    stages.append("example \(example.id)")
    views.append(zip(layers, sheets).map { Gallery.View(outcome: "", $1, Self.facts($0)) })
  }

  private static func facts(_ layer: TracedLayer) -> Facts {
    var facts = Facts()
    facts.add("output", "\(layer.node.shape)")
    if let change = layer.change { facts.add("change", .percentage(change)) }
    return facts
  }

  /// The nodes, with the examples as stages; nil where none were kept.
  var gallery: Gallery? {
    guard !views.isEmpty else { return nil }
    let items = nodes.indices.map { index in
      Gallery.Item("\(nodes[index].name) (\(nodes[index].operation.kindName))", kind: "", views.map { $0[index] })
    }
    return Gallery("What every node makes of an image", stages: stages, items)
  }

  /// What the terminal shows; nil for nothing.
  var shown: Gallery? {
    shownChannels == nil ? nil : Gallery("", stages: [""], shownItems)
  }
}
