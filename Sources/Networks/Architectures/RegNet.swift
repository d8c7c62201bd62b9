public import Hyperparameters

/// The four stages of a RegNet.
public protocol RegNetForm: Sendable {
  /// The authors' name: X, or Y where channels are weighed, and the cost in multiply-accumulates.
  static var name: String { get }
  /// Blocks of each stage.
  static var blocks: [Int] { get }
  /// Channels of each stage.
  static var widths: [Int] { get }
  /// Channels of each group of the 3×3 convolutions.
  static var groupWidth: Int { get }
  /// Whether the channels of each block are weighed (Y).
  static var squeezes: Bool { get }
}

/// A RegNet in torchvision's form, whose stages the paper's rule of widths gives; nodes are named as its modules.
public struct RegNet<Form: RegNetForm>: Architecture {
  /// Name, title and source.
  public static var method: Method {
    Method(
      name: "regnet-\(Form.name.lowercased())", title: "RegNet\(Form.name)",
      summary: "Bottlenecks of grouped convolutions" + (Form.squeezes ? " with squeeze-and-excitation." : "."),
      citation: "Radosavovic et al., arXiv 2003.13678")
  }

  /// The stride of the first convolution.
  public var stride = 2
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static var hyperparameters: [Hyperparameter<RegNet>] { [.firstStride(\.stride), .normalize(\.normalize)] }

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    try network.convolutionBlock("stem", 32, stride: stride, activation: .relu)
    for (stage, (count, width)) in zip(Form.blocks, Form.widths).enumerated() {
      for index in 0..<count {
        try network.groupedBottleneck(
          "trunk_output.block\(stage + 1).block\(stage + 1)-\(index)", width, groups: width / Form.groupWidth,
          squeezes: Form.squeezes, isFirst: index == 0)
      }
    }
    try network.globalAveragePooling()
    try network.dense("fc", classCount)
  }
}

/// RegNetX of 400 million multiply-accumulates.
public typealias RegNetX400MF = RegNet<RegNetX400MFForm>
/// RegNetX of 800 million multiply-accumulates.
public typealias RegNetX800MF = RegNet<RegNetX800MFForm>
/// RegNetY of 400 million multiply-accumulates.
public typealias RegNetY400MF = RegNet<RegNetY400MFForm>
/// RegNetY of 800 million multiply-accumulates.
public typealias RegNetY800MF = RegNet<RegNetY800MFForm>

/// The stages of `RegNetX400MF`.
public enum RegNetX400MFForm: RegNetForm {
  /// See `RegNetForm`.
  public static let name = "X-400MF", blocks = [1, 2, 7, 12], widths = [32, 64, 160, 400]
  /// See `RegNetForm`.
  public static let groupWidth = 16, squeezes = false
}

/// The stages of `RegNetX800MF`.
public enum RegNetX800MFForm: RegNetForm {
  /// See `RegNetForm`.
  public static let name = "X-800MF", blocks = [1, 3, 7, 5], widths = [64, 128, 288, 672]
  /// See `RegNetForm`.
  public static let groupWidth = 16, squeezes = false
}

/// The stages of `RegNetY400MF`.
public enum RegNetY400MFForm: RegNetForm {
  /// See `RegNetForm`.
  public static let name = "Y-400MF", blocks = [1, 3, 6, 6], widths = [48, 104, 208, 440]
  /// See `RegNetForm`.
  public static let groupWidth = 8, squeezes = true
}

/// The stages of `RegNetY800MF`; torchvision's, which differ from the paper's in two widths.
public enum RegNetY800MFForm: RegNetForm {
  /// See `RegNetForm`.
  public static let name = "Y-800MF", blocks = [1, 3, 8, 2], widths = [64, 144, 320, 784]
  /// See `RegNetForm`.
  public static let groupWidth = 16, squeezes = true
}

extension Network {
  /// relu(shortcut(x) + weights(x)); the first block of a stage halves the image, with a 1×1 convolution as shortcut.
  fileprivate mutating func groupedBottleneck(
    _ name: String, _ width: Int, groups: Int, squeezes: Bool, isFirst: Bool
  ) throws(NetworkError) {
    let input = outputIndex
    let stride = isFirst ? 2 : 1
    var shortcut = input
    if isFirst {
      try convolutionBlock("\(name).proj", width, kernel: 1, stride: stride, activation: nil)
      shortcut = outputIndex
    }
    try convolutionBlock("\(name).f.a", width, kernel: 1, activation: .relu, to: input)
    try convolutionBlock("\(name).f.b", width, stride: stride, groups: groups, activation: .relu)
    if squeezes {
      // A quarter of the channels that enter the block.
      let excitation = SqueezeAndExcitation(squeezed: nodes[input].shape[0] / 4, activation: .relu, gate: .sigmoid)
      try squeezeAndExcitation("\(name).f.se", excitation)
    }
    try convolutionBlock("\(name).f.c", width, kernel: 1, activation: nil)
    try append(.add, named: "\(name).add", to: [shortcut, outputIndex])
    try activation("\(name).activation")
  }
}
