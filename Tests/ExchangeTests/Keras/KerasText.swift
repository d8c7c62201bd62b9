import Exchange
import HDF5
import Networks

/// Keras configurations in a few words.
enum KerasText {
  /// A layer without a place in a graph: class, name, and the rest of its settings as JSON.
  static func layer(_ className: String, _ name: String, _ settings: String = "", calls: String? = nil) -> String {
    let config = "{\"name\": \"\(name)\"\(settings.isEmpty ? "" : ", " + settings)}"
    let nodes = calls.map { ", \"name\": \"\(name)\", \"inbound_nodes\": \($0)" } ?? ""
    return "{\"class_name\": \"\(className)\", \"config\": \(config)\(nodes)}"
  }

  static func input(_ shape: [Int], calls: String? = nil) -> String {
    let extents = (["null"] + shape.map(String.init)).joined(separator: ", ")
    return layer("InputLayer", "in", "\"batch_shape\": [\(extents)]", calls: calls)
  }

  static func sequential(_ layers: [String]) -> String {
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": [\(layers.joined(separator: ", "))]}}"
  }

  static func functional(_ layers: [String], output: String, input: String = "[[\"in\", 0, 0]]") -> String {
    "{\"class_name\": \"Functional\", \"config\": \(graph(layers, output: output, input: input))}"
  }

  static func graph(_ layers: [String], output: String, input: String = "[[\"in\", 0, 0]]") -> String {
    "{\"name\": \"m\", \"layers\": [\(layers.joined(separator: ", "))], \"input_layers\": \(input), "
      + "\"output_layers\": \(output)}"
  }
}

extension TemporaryDirectory {
  /// The network of a configuration.
  func network(_ json: String) throws -> Network {
    try KerasFormat.readNetwork(try write("model.json", Array(json.utf8)))
  }

  /// The network of layers one after the other on an input.
  func network(_ shape: [Int], _ layers: String...) throws -> Network {
    try network(KerasText.sequential([KerasText.input(shape)] + layers))
  }

  /// The message of a refusal.
  func refusal(_ json: String) throws -> String {
    do {
      _ = try network(json)
      return "none"
    } catch let error as ExchangeError {
      return error.description
    }
  }
}
