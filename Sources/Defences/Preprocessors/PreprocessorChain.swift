public import Networks

/// Several preprocessors, one after the other.
public struct PreprocessorChain: Preprocessor {
  /// `chain`; on the command line the preprocessors are listed one by one.
  public static let name = "chain"

  /// The preprocessors, the one that sees the image first.
  public let stages: [any Preprocessor]

  /// Creates a chain.
  public init(_ stages: [any Preprocessor]) {
    self.stages = stages
  }

  /// The stages in order.
  public var description: String { stages.map(\.description).joined(separator: " + ") }

  /// Exact where all of them are; otherwise the surrogates of those that are not.
  public var derivative: DerivativeKind {
    let surrogates = stages.filter { $0.derivative != .exact }
    guard !surrogates.isEmpty else { return .exact }
    let texts = surrogates.map { stage -> String in
      guard case .surrogate(let text) = stage.derivative, stages.count > 1 else { return stage.derivative.surrogate }
      return "\(text) for \(type(of: stage).name)"
    }
    return .surrogate(texts.joined(separator: ", "))
  }

  /// Whether one of them is.
  public var isRandomized: Bool { stages.contains { $0.isRandomized } }

  /// From the last stage back to the first.
  public func inputShape(producing shape: Shape) throws -> Shape {
    try stages.reversed().reduce(shape) { try $1.inputShape(producing: $0) }
  }

  /// All of them.
  public func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    try stages.reduce(images) { try $1.apply($0, draw: draw) }
  }

  /// The chain rule.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    var inputs = [images]
    for stage in stages.dropLast() { inputs.append(try stage.apply(inputs[inputs.count - 1], draw: draw)) }
    return try zip(stages, inputs).reversed().reduce(cotangent) { gradient, stage in
      try stage.0.pullback(gradient, at: stage.1, draw: draw)
    }
  }
}

extension DerivativeKind {
  fileprivate var surrogate: String {
    switch self {
    case .exact: "itself"
    case .surrogate(let text): text
    }
  }
}
