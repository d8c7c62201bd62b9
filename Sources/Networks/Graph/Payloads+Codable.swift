// Payloads are written with all fields and read with defaults: this file alone defines what a missing field stands for.

extension Convolution {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case outputChannels, kernel, stride, padding, dilation, groups, hasBias
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    self.init(
      outputChannels: try fields.required(.outputChannels), kernel: try fields.required(.kernel),
      stride: try fields.optional(.stride, Extent(1)), padding: try fields.optional(.padding, Edges()),
      dilation: try fields.optional(.dilation, Extent(1)), groups: try fields.optional(.groups, 1),
      hasBias: try fields.optional(.hasBias, true))
  }
}

extension TransposedConvolution {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case outputChannels, kernel, stride, padding, outputPadding, dilation, groups, hasBias
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    self.init(
      outputChannels: try fields.required(.outputChannels), kernel: try fields.required(.kernel),
      stride: try fields.optional(.stride, Extent(1)), padding: try fields.optional(.padding, Edges()),
      outputPadding: try fields.optional(.outputPadding, Extent(0)),
      dilation: try fields.optional(.dilation, Extent(1)), groups: try fields.optional(.groups, 1),
      hasBias: try fields.optional(.hasBias, true))
  }
}

extension Dense {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case outputs, hasBias
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    self.init(outputs: try fields.required(.outputs), hasBias: try fields.optional(.hasBias, true))
  }
}

extension PoolingKind {
  /// Reads `"max"`, `"average"`, or an object of that one key; the mean counts zeros of the padding, as in PyTorch,
  /// unless it says otherwise.
  public init(from decoder: any Decoder) throws {
    let named = try NamedCase(decoder, of: ["max", "average"])
    if named.name == "max" {
      try named.withoutFields()
      self = .max
    } else {
      self = .average(countsPadding: try named.value("countsPadding", true))
    }
  }
}

extension Pooling {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, kernel, stride, padding, roundsUp
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    let kernel: Extent = try fields.required(.kernel)
    self.init(
      try fields.required(.kind), kernel: kernel, stride: try fields.optional(.stride, kernel),
      padding: try fields.optional(.padding, Edges()), roundsUp: try fields.optional(.roundsUp, false))
  }
}

extension GlobalPooling {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, keepsAxes
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    self.init(try fields.required(.kind), keepsAxes: try fields.optional(.keepsAxes, false))
  }
}

extension Activation {
  /// Reads `"relu"`, or `{"leakyReLU": {"slope": 0.2}}`; numbers that are left out are PyTorch's.
  public init(from decoder: any Decoder) throws {
    let named = try NamedCase(
      decoder,
      of: [
        "relu", "relu6", "leakyReLU", "elu", "selu", "gelu", "silu", "hardSwish", "sigmoid", "hardSigmoid", "tanh",
        "softplus",
      ])
    switch named.name {
    case "leakyReLU": self = .leakyReLU(slope: try named.value("slope", 0.01))
    case "elu": self = .elu(alpha: try named.value("alpha", 1))
    case "gelu": self = .gelu(approximate: try named.value("approximate", false))
    case "hardSigmoid": self = .hardSigmoid(slope: try named.value("slope", 1 / 6))
    default:
      try named.withoutFields()
      self =
        switch named.name {
        case "relu6": .relu6
        case "selu": .selu
        case "silu": .silu
        case "hardSwish": .hardSwish
        case "sigmoid": .sigmoid
        case "tanh": .tanh
        case "softplus": .softplus
        default: .relu
        }
    }
  }
}

extension ParametricReLU {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case isShared
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    self.init(isShared: try StrictContainer(decoder, keyedBy: CodingKeys.self).optional(.isShared, false))
  }
}

extension Reshape {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case shape, order
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    self.init(to: try fields.required(.shape), order: try fields.optional(.order, .channelsFirst))
  }
}

extension Upsampling {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case factor, method
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    self.init(factor: try fields.required(.factor), method: try fields.optional(.method, .nearest))
  }
}

extension BatchNormalization {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case epsilon, momentum, hasScale, hasShift
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    self.init(
      epsilon: try fields.optional(.epsilon, 1e-5), momentum: try fields.optional(.momentum, 0.1),
      hasScale: try fields.optional(.hasScale, true), hasShift: try fields.optional(.hasShift, true))
  }
}

extension LayerNormalization {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case axes, epsilon, hasScale, hasShift
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    self.init(
      axes: try fields.required(.axes), epsilon: try fields.optional(.epsilon, 1e-5),
      hasScale: try fields.optional(.hasScale, true), hasShift: try fields.optional(.hasShift, true))
  }
}

extension GroupNormalization {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case groups, epsilon, hasScale, hasShift
  }

  /// Reads the payload.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
    self.init(
      groups: try fields.required(.groups), epsilon: try fields.optional(.epsilon, 1e-5),
      hasScale: try fields.optional(.hasScale, true), hasShift: try fields.optional(.hasShift, true))
  }
}

extension Extent {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case height, width
  }

  /// Reads one number for both, `[height, width]`, or an object with both.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let side = try? value.decode(Int.self) {
      self.init(side)
    } else if let sides = try? value.decode([Int].self) {
      try requireTwo(sides, "height", "width", decoder)
      self.init(sides[0], sides[1])
    } else {
      let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
      self.init(try fields.required(.height), try fields.required(.width))
    }
  }
}

extension Edges {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case top, bottom, left, right
  }

  /// Reads one number for all sides, `[above and below, left and right]`, or an object in which a side left out is 0.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let width = try? value.decode(Int.self) {
      self.init(width)
    } else if let widths = try? value.decode([Int].self) {
      try requireTwo(widths, "above and below", "left and right", decoder)
      self.init(top: widths[0], bottom: widths[0], left: widths[1], right: widths[1])
    } else {
      let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
      self.init(
        top: try fields.optional(.top, 0), bottom: try fields.optional(.bottom, 0),
        left: try fields.optional(.left, 0), right: try fields.optional(.right, 0))
    }
  }
}

private func requireTwo(_ numbers: [Int], _ first: String, _ second: String, _ decoder: any Decoder) throws {
  guard numbers.count == 2 else {
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: decoder.codingPath, debugDescription: "expected [\(first), \(second)], found \(numbers)"))
  }
}
