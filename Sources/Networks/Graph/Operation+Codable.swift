/// Operations in JSON: one key, the operation's name, with its payload: `{"dense": {"outputs": 10, "hasBias": true}}`.
extension Operation: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case input, convolution, transposedConvolution, dense, pooling, globalPooling, activation, parametricReLU, softmax
    case logSoftmax
    case flatten, reshape, permute, zeroPadding, cropping, upsampling, batchNormalization, layerNormalization
    case groupNormalization, affine, dropout, add, multiply, concatenate
  }

  /// The names operations have in JSON, in the order of the cases.
  public static let kindNames: [String] = Key.allCases.map(\.rawValue)

  /// The name of this operation in JSON, messages and listings.
  public var kindName: String { key.rawValue }

  private var key: Key {
    switch self {
    case .input: .input
    case .convolution: .convolution
    case .transposedConvolution: .transposedConvolution
    case .dense: .dense
    case .pooling: .pooling
    case .globalPooling: .globalPooling
    case .activation: .activation
    case .parametricReLU: .parametricReLU
    case .softmax: .softmax
    case .logSoftmax: .logSoftmax
    case .flatten: .flatten
    case .reshape: .reshape
    case .permute: .permute
    case .zeroPadding: .zeroPadding
    case .cropping: .cropping
    case .upsampling: .upsampling
    case .batchNormalization: .batchNormalization
    case .layerNormalization: .layerNormalization
    case .groupNormalization: .groupNormalization
    case .affine: .affine
    case .dropout: .dropout
    case .add: .add
    case .multiply: .multiply
    case .concatenate: .concatenate
    }
  }

  /// Writes the one-key object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .input(let shape): try container.encode(shape, forKey: key)
    case .convolution(let payload): try container.encode(payload, forKey: key)
    case .transposedConvolution(let payload): try container.encode(payload, forKey: key)
    case .dense(let payload): try container.encode(payload, forKey: key)
    case .pooling(let payload): try container.encode(payload, forKey: key)
    case .globalPooling(let payload): try container.encode(payload, forKey: key)
    case .activation(let payload): try container.encode(payload, forKey: key)
    case .parametricReLU(let payload): try container.encode(payload, forKey: key)
    case .flatten(let order): try container.encode(order, forKey: key)
    case .reshape(let payload): try container.encode(payload, forKey: key)
    case .permute(let axes): try container.encode(axes, forKey: key)
    case .zeroPadding(let edges), .cropping(let edges): try container.encode(edges, forKey: key)
    case .upsampling(let payload): try container.encode(payload, forKey: key)
    case .batchNormalization(let payload): try container.encode(payload, forKey: key)
    case .layerNormalization(let payload): try container.encode(payload, forKey: key)
    case .groupNormalization(let payload): try container.encode(payload, forKey: key)
    case .affine(let payload): try container.encode(payload, forKey: key)
    case .dropout(let rate): try container.encode(rate, forKey: key)
    case .concatenate(let axis): try container.encode(axis, forKey: key)
    case .softmax, .logSoftmax, .add, .multiply: try container.encode(true, forKey: key)
    }
  }

  /// Reads the one-key object.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let kind = try NamedCase(decoder, of: Operation.kindNames).name
    guard let key = Key(rawValue: kind) else {
      throw DecodingError.dataCorruptedError(in: try decoder.singleValueContainer(), debugDescription: "no '\(kind)'")
    }
    func payload<T: Decodable>(_ type: T.Type = T.self) throws -> T { try container.decode(type, forKey: key) }
    func nothing(_ operation: Operation) throws -> Operation {
      guard try container.decode(Bool.self, forKey: key) else {
        throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "expected true")
      }
      return operation
    }
    self =
      switch key {
      case .input: .input(try payload())
      case .convolution: .convolution(try payload())
      case .transposedConvolution: .transposedConvolution(try payload())
      case .dense: .dense(try payload())
      case .pooling: .pooling(try payload())
      case .globalPooling: .globalPooling(try payload())
      case .activation: .activation(try payload())
      case .parametricReLU: .parametricReLU(try payload())
      case .softmax: try nothing(.softmax)
      case .logSoftmax: try nothing(.logSoftmax)
      case .flatten: try (try? nothing(.flatten(.channelsFirst))) ?? .flatten(payload())
      case .reshape: .reshape(try payload())
      case .permute: .permute(try payload())
      case .zeroPadding: .zeroPadding(try payload())
      case .cropping: .cropping(try payload())
      case .upsampling: .upsampling(try payload())
      case .batchNormalization: .batchNormalization(try payload())
      case .layerNormalization: .layerNormalization(try payload())
      case .groupNormalization: .groupNormalization(try payload())
      case .affine: .affine(try payload())
      case .dropout: .dropout(rate: try payload())
      case .add: try nothing(.add)
      case .multiply: try nothing(.multiply)
      case .concatenate: .concatenate(axis: try payload())
      }
  }
}
