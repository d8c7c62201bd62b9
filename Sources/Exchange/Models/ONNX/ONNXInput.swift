import Networks

/// The images of a graph: how many axes they have, in which order, and how many images it is made for.
struct ONNXInput {
  let name: String
  /// The shape of one image as the lab has it: `[C, H, W]`, or `[D]`.
  let shape: Shape
  /// The number of images that the file is made for; nil where it is open.
  let batch: Int?
  let isHalf: Bool
  private(set) var notes: [Note] = []
  /// The extents of one image in the graph.
  private let extents: [Int]
  private let isChannelsLast: Bool

  init(
    _ graph: ONNXGraph, _ nodes: [ONNXNode], producer: String, file: String, inputShape: Shape?
  ) throws {
    let constants = Set(graph.initializers.map(\.name))
    // In early versions the constants are inputs too.
    let inputs = graph.inputs.filter { !constants.contains($0.name) }
    guard inputs.count == 1 else {
      let names = inputs.prefix(4).map { "'\($0.name)'" }.joined(separator: ", ")
      throw ExchangeError(file: file, expected: "one input, the images", found: "\(inputs.count): \(names)")
    }
    let input = inputs[0]
    let type = input.elementType ?? 0
    guard ONNXTensor.isFloatingPoint(type) || type == 2 else {
      throw ExchangeError(
        file: file, object: "input '\(input.name)'", expected: "images of real numbers or bytes",
        found: ONNXTensor.typeName(type))
    }
    name = input.name
    isHalf = type == 10
    let stated = input.shape ?? []
    guard (2...4).contains(stated.count), stated.allSatisfy({ $0.map { $0 >= 0 } ?? true }) else {
      throw ExchangeError(
        file: file, object: "input '\(input.name)'", expected: "images N×C×H×W or vectors N×D",
        found: "the extents \(stated.map { $0.map(String.init) ?? "?" }.joined(separator: "×"))")
    }
    batch = stated[0].flatMap { $0 > 0 ? $0 : nil }
    isChannelsLast = Self.isChannelsLast(
      Array(stated.dropFirst()), Self.consumers(of: input.name, nodes), producer: producer)
    extents = try Self.extents(
      Array(stated.dropFirst()), isChannelsLast, inputShape, file: file, input: input.name)
    shape =
      switch extents.count {
      case 3 where isChannelsLast: [extents[2], extents[0], extents[1]]
      case 2: [1, extents[0], extents[1]]
      default: Shape(extents)
      }
    if isChannelsLast {
      notes.append("The file takes images rows×columns×channels; here they are channels×rows×columns, as everywhere.")
    }
    if let batch, batch > 1 {
      notes.append(Note("The file is made for \(batch) images at a time; here for any number."))
    }
    if type == 2 {
      notes.append("The file takes bytes; here the pixels 0 to 255 are real numbers, also those between whole ones.")
    }
  }

  /// The operators that read the images, behind casts.
  private static func consumers(of name: String, _ nodes: [ONNXNode]) -> [ONNXNode] {
    var names: Set = [name]
    var consumers: [ONNXNode] = []
    for node in nodes where node.inputs.contains(where: names.contains) {
      if ["Cast", "Identity", "CastLike"].contains(node.type) {
        names.formUnion(node.outputs)
      } else if node.type != "Shape" {
        consumers.append(node)
      }
    }
    return consumers
  }

  /// Whether the channels of images are last in the graph, as TensorFlow has them: a transposition follows, or they are
  /// flattened as they are and can hardly be anything else. The lab and PyTorch have channels first.
  private static func isChannelsLast(_ stated: [Int?], _ consumers: [ONNXNode], producer: String) -> Bool {
    guard stated.count == 3, producer != ONNXFormat.producer,
      !consumers.contains(where: { ["Conv", "BatchNormalization", "MaxPool"].contains($0.type) })
    else { return false }
    if consumers.contains(where: { $0.type == "Transpose" && $0.integers("perm") == [0, 3, 1, 2] }) { return true }
    let isImage = [1, 3].contains(stated[2]) && stated[0].map { $0 > 4 } ?? true
    return producer != "pytorch" && isImage
  }

  /// The extents of one image in the graph.
  private static func extents(
    _ stated: [Int?], _ isLast: Bool, _ inputShape: Shape?, file: String, input: String
  ) throws -> [Int] {
    guard stated.contains(where: { $0 == nil || $0 == 0 }) else { return stated.compactMap(\.self) }
    guard let inputShape, inputShape.rank == stated.count else {
      throw ExchangeError(
        file: file, object: "input '\(input)'", expected: "the extents of an image in the file, or --input-shape",
        found: stated.map { $0.map(String.init) ?? "?" }.joined(separator: "×"))
    }
    let given =
      isLast ? [inputShape[1], inputShape[2], inputShape[0]] : inputShape.extents
    guard zip(stated, given).allSatisfy({ $0 == nil || $0 == 0 || $0 == $1 }) else {
      throw ExchangeError(
        file: file, object: "input '\(input)'",
        expected: stated.map { $0.map(String.init) ?? "?" }.joined(separator: "×"), found: "\(inputShape)")
    }
    return given
  }

  /// The images as the graph sees them.
  func reference(in draft: inout ONNXDraft) throws -> ONNXReference {
    if extents.count == 2 {
      let rows = try draft.append(.reshape(Reshape(to: Shape(extents))), to: [0], named: "input.rows")
      return ONNXReference(rows, rank: 2)
    }
    return ONNXReference(0, axes: isChannelsLast ? [1, 2, 0] : Array(extents.indices))
  }
}
