import Networks

/// A network as layers of Keras.
struct KerasPlan {
  /// One layer, called once.
  struct Layer {
    let className: String
    let name: String
    /// Its settings without name and type.
    let config: [String: JSONValue]
    /// The layers it is called on.
    let inputs: [Int]
    /// The shape of an example of its output, in the order of Keras.
    let shape: [Int]
    /// Its variables in the order of Keras.
    let variables: [Variable]
  }

  struct Variable {
    let name: String
    let shape: [Int]
    let scalars: [Float]
  }

  private(set) var layers: [Layer] = []
  let generation: KerasGeneration

  private var names: Set<String> = []

  init(generation: KerasGeneration) {
    self.generation = generation
  }

  /// Adds a layer and returns its index.
  mutating func append(
    _ className: String, _ name: String, _ config: [String: JSONValue] = [:], to inputs: [Int], shape: [Int],
    variables: [Variable] = []
  ) -> Int {
    layers.append(
      Layer(
        className: className, name: unique(name), config: config, inputs: inputs, shape: shape, variables: variables))
    return layers.count - 1
  }

  /// A unique name that every generation of Keras and its backends accept.
  private mutating func unique(_ wanted: String) -> String {
    var text = String(wanted.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
    if !(text.first.map { $0.isLetter || $0.isNumber } ?? false) { text = "layer" + text }
    var name = text
    var number = 2
    while !names.insert(name).inserted {
      name = "\(text)_\(number)"
      number += 1
    }
    return name
  }

  /// The layers in the order of Keras' `model.layers`, by which weights are assigned: the farther from the output the
  /// earlier, equally far ones in the order in which a depth-first walk from the output meets them.
  var order: [Int] {
    guard !layers.isEmpty else { return [] }
    var met = Array(repeating: -1, count: layers.count)
    var count = 0
    var finished: [Int] = []
    var stack = [(layer: layers.count - 1, next: 0)]
    met[layers.count - 1] = 0
    while let last = stack.indices.last {
      let (layer, next) = stack[last]
      guard next < layers[layer].inputs.count else {
        finished.append(layer)
        stack.removeLast()
        continue
      }
      stack[last].next += 1
      let input = layers[layer].inputs[next]
      guard met[input] < 0 else { continue }
      count += 1
      met[input] = count
      stack.append((input, 0))
    }
    var depths = Array(repeating: 0, count: layers.count)
    for layer in finished.reversed() {
      for input in layers[layer].inputs { depths[input] = max(depths[input], depths[layer] + 1) }
    }
    return finished.sorted { (depths[$1], met[$0]) < (depths[$0], met[$1]) }
  }
}

/// The configuration as JSON.
extension KerasPlan {
  /// What `model.to_json()` would give.
  var config: JSONValue {
    let order = order
    let model: [String: JSONValue] = [
      "name": "model", "trainable": true, "layers": .array(order.map(entry)),
      "input_layers": .array([reference(to: order.first ?? 0)]),
      "output_layers": .array([reference(to: layers.count - 1)]),
    ]
    switch generation {
    case .keras2: return ["class_name": "Functional", "config": .object(model)]
    case .keras3:
      return [
        "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
        "config": .object(model), "build_config": ["input_shape": nil],
      ]
    }
  }

  private func reference(to layer: Int) -> JSONValue {
    [.string(layers[layer].name), JSONValue(0), JSONValue(0)]
  }

  private func entry(_ index: Int) -> JSONValue {
    let layer = layers[index]
    var config = layer.config
    config["name"] = .string(layer.name)
    config["dtype"] = "float32"
    if layer.className != "InputLayer" { config["trainable"] = true }
    // Keras 2 ignores the module; without it Keras 3 reads a layer in the old format, and then loses the axes of a
    // layer normalisation over several.
    return [
      "module": "keras.layers", "class_name": .string(layer.className), "registered_name": nil,
      "config": .object(config), "name": .string(layer.name),
      "inbound_nodes": .array(layer.inputs.isEmpty ? [] : [call(layer.inputs)]),
    ]
  }

  private func call(_ inputs: [Int]) -> JSONValue {
    switch generation {
    case .keras2:
      return .array(inputs.map { [.string(layers[$0].name), JSONValue(0), JSONValue(0), [:]] })
    case .keras3:
      let tensors = inputs.map { input -> JSONValue in
        [
          "class_name": "__keras_tensor__",
          "config": [
            "shape": Self.batchShape(layers[input].shape), "dtype": "float32", "keras_history": reference(to: input),
          ],
        ]
      }
      return ["args": .array(tensors.count == 1 ? tensors : [.array(tensors)]), "kwargs": [:]]
    }
  }

  static func batchShape(_ shape: [Int]) -> JSONValue {
    .array([.null] + shape.map { JSONValue($0) })
  }
}
