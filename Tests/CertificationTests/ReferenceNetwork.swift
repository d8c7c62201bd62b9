import Certification
import Compute
import Foundation
import HDF5
import Networks

/// The folder of reference bounds; tests that need it are skipped where it is missing.
let certificationFixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../../shared/fixtures2/certification").standardizedFileURL

/// Whether the reference bounds are there; prints a line where they are not.
func hasCertificationFixtures() -> Bool {
  let isThere = FileManager.default.fileExists(atPath: certificationFixtures.path)
  if !isThere { print("skipped: no reference bounds at \(certificationFixtures.path)") }
  return isThere
}

/// A network of the reference bounds, with weights under PyTorch's names and a description of its own.
struct ReferenceNetwork {
  let network: Network
  let parameters: Parameters

  private struct Graph: Decodable {
    let input: [Int]
    let nodes: [Node]
  }

  private struct Node: Decodable {
    let name: String
    let op: String
    let inputs: [String]
    var out: Int?
    var kernel: Int?
    var stride: Int?
    var padding: Int?
    var dilation: Int?
    var groups: Int?
    var bias: Bool?
    var slope: Float?
    var eps: Float?
    var mean: [Float]?
    var std: [Float]?
  }

  init(named name: String) throws {
    try self.init(path: certificationFixtures.appending(path: "\(name).weights.h5").path)
  }

  init(path: String) throws {
    let root = try File(reading: path).root
    let text = try root.attributes.string("graph") ?? ""
    let graph = try JSONDecoder().decode(Graph.self, from: Data(text.utf8))
    var network = try Network(inputShape: Shape(graph.input))
    var parameters = Parameters()
    var indices = ["x": 0]
    for node in graph.nodes {
      let inputs = try node.inputs.map { try required(indices[$0]) }
      let operation = try Self.operation(of: node)
      let index = try network.append(operation, named: node.name, to: inputs)
      indices[node.name] = index
      if let mean = node.mean, let std = node.std {
        parameters[node.name, .scale] = Tensor(shape: [std.count], scalars: std.map { 1 / $0 })
        parameters[node.name, .shift] = Tensor(shape: [std.count], scalars: zip(mean, std).map { -$0 / $1 })
        continue
      }
      for specification in network.parameterSpecifications(of: index) {
        let stored = try root.dataset("\(node.name).\(Self.name(of: specification.key.role, operation))")
        parameters.tensors[specification.key] = Tensor(
          shape: specification.shape, scalars: try stored.read(as: Float.self))
      }
    }
    (self.network, self.parameters) = (network, parameters)
  }

  private static func name(of role: ParameterRole, _ operation: Networks.Operation) -> String {
    switch role {
    case .weight, .scale: "weight"
    case .bias, .shift: "bias"
    case .mean: "running_mean"
    case .variance: "running_var"
    case .slope: "slope"
    }
  }

  private static func operation(of node: Node) throws -> Networks.Operation {
    let kernel = Extent(node.kernel ?? 1)
    switch node.op {
    case "conv2d":
      return .convolution(
        Convolution(
          outputChannels: try required(node.out), kernel: kernel, stride: Extent(node.stride ?? 1),
          padding: Edges(node.padding ?? 0), dilation: Extent(node.dilation ?? 1), groups: node.groups ?? 1,
          hasBias: node.bias ?? true))
    case "linear": return .dense(Dense(outputs: try required(node.out), hasBias: node.bias ?? true))
    case "relu": return .activation(.relu)
    case "leaky_relu": return .activation(.leakyReLU(slope: node.slope ?? 0.01))
    case "sigmoid": return .activation(.sigmoid)
    case "tanh": return .activation(.tanh)
    case "gelu": return .activation(.gelu(approximate: false))
    case "softplus": return .activation(.softplus)
    case "flatten": return .flatten(.channelsFirst)
    case "add": return .add
    case "concat": return .concatenate(axis: 0)
    case "maxpool2d": return .pooling(Pooling(.max, kernel: kernel, stride: node.stride.map { Extent($0) }))
    case "avgpool2d":
      return .pooling(Pooling(.average(countsPadding: true), kernel: kernel, stride: node.stride.map { Extent($0) }))
    case "globalavgpool": return .globalPooling(GlobalPooling(.average))
    case "batchnorm2d", "batchnorm1d": return .batchNormalization(BatchNormalization(epsilon: node.eps ?? 1e-5))
    case "normalize": return .affine(Affine())
    default: throw CertificationError.mismatch(expected: "a known operation", found: node.op)
    }
  }

  /// The network as bounds see it, with the oracle's kernels.
  func bounded() throws -> BoundedNetwork {
    try BoundedNetwork(network: network, parameters: parameters, kernels: DoubleKernels())
  }
}

/// The bounds of one ball and method for some images.
struct ReferenceBounds {
  let root: Group
  let images: [Double]
  let labels: [Int]

  init(named name: String) throws {
    root = try File(reading: certificationFixtures.appending(path: "\(name).bounds.h5").path).root
    images = try root.dataset("x").read(as: Double.self)
    labels = try root.dataset("y").read(as: Int.self)
  }

  /// The balls: `Linf_0.03` and so on.
  func balls() throws -> [String] {
    try root.children().map(\.path).filter { $0.hasPrefix("L2_") || $0.hasPrefix("Linf_") }
  }

  /// The inputs of a ball around one image.
  func region(_ ball: String, of index: Int) throws -> InputRegion {
    let size = images.count / labels.count
    let range = index * size..<(index + 1) * size
    guard !ball.hasPrefix("L2") else {
      return InputRegion(
        ball: InputRegion.Ball(
          norm: .l2, radius: try required(Double(ball.dropFirst(3))), center: Array(images[range])))
    }
    return InputRegion(
      lower: Array(try root.dataset("\(ball)/x_lower").read(as: Double.self)[range]),
      upper: Array(try root.dataset("\(ball)/x_upper").read(as: Double.self)[range]))
  }

  /// One array of a ball and method, by image; nil where it was not computed.
  func values(_ path: String, of index: Int) throws -> [Double]? {
    guard try root.kind(of: path) != nil else { return nil }
    let all = try root.dataset(path).read(as: Double.self)
    let size = all.count / labels.count
    return Array(all[index * size..<(index + 1) * size])
  }
}

extension ReferenceBounds {
  /// A number that stands beside a method's bounds.
  func number(_ name: String, of path: String) throws -> Double? {
    try root.group(path).attributes.number(name, as: Double.self)
  }

  /// The options that a method had.
  func options(of path: String) throws -> String { try root.group(path).attributes.string("options") ?? "" }
}

func required<Value>(_ value: Value?) throws -> Value {
  guard let value else { throw CertificationError.mismatch(expected: "a value", found: "none") }
  return value
}
