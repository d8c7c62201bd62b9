/// The generation of Keras that wrote a file, or that one is written for. They differ in names of settings, in the order
/// of weights, and in how references count the calls of a model inside a graph: in Keras 2 the first is number 1, because
/// 0 is the model's own; in Keras 3 it is 0, except where a functional model's output is the output of the graph.
enum KerasGeneration: Sendable {
  /// The form that Keras 2 wrote and Keras 3 still reads, in HDF5.
  case keras2
  /// The form of Keras 3.
  case keras3

  /// The generation that a version such as `2.15.0` is of; the second where it does not say.
  init(version: String) {
    self = Int(version.prefix { $0 != "." }) ?? 2 >= 3 ? .keras3 : .keras2
  }

  /// The generation of a model's configuration: Keras 3 writes calls as objects, and calls the shape of an input
  /// `batch_shape`.
  init(_ entries: [JSONValue], _ layers: [KerasLayer]) {
    let call = entries.lazy.compactMap { $0.object?["inbound_nodes"]?.array?.first }.first
    let isThird =
      call.map { $0.object != nil }
      ?? layers.contains { $0.config["batch_shape"] != nil || $0.model?.generation == .keras3 }
    self = isThird ? .keras3 : .keras2
  }
}
