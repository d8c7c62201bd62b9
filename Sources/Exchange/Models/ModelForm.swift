public import Networks

/// A form of file in which models are written.
public enum ModelForm: Hashable, Sendable, CaseIterable {
  /// A model of the lab.
  case native
  /// A whole model of Keras in HDF5.
  case kerasModel
  /// A whole model of Keras in a `.keras` archive.
  case kerasArchive
  /// Weights of Keras 3 alone.
  case kerasWeights
  /// A state dictionary of PyTorch in HDF5.
  case stateDictionary
  /// A state dictionary of PyTorch in a safetensors file.
  case safetensors
  /// A state dictionary of PyTorch as `torch.save` writes it.
  case torchArchive
  /// A network with its weights in ONNX.
  case onnx
  /// A network with its weights as text.
  case json

  /// What messages call such a file.
  public var title: String {
    switch self {
    case .native: "a model of the lab"
    case .kerasModel: "a model of Keras in HDF5"
    case .kerasArchive: "a model of Keras"
    case .kerasWeights: "weights of Keras"
    case .stateDictionary: "a state dictionary of PyTorch in HDF5"
    case .safetensors: "a safetensors file"
    case .torchArchive: "a file of PyTorch"
    case .onnx: "an ONNX model"
    case .json: "a model as JSON"
    }
  }

  /// Whether the name of such a file does not tell it from other HDF5.
  public var isPlainHDF5: Bool { endings.contains(".h5") }

  /// What the names of such files end in; the first is the usual one.
  public var endings: [String] {
    switch self {
    case .native, .kerasModel, .stateDictionary: [".h5", ".hdf5"]
    case .kerasArchive: [".keras"]
    case .kerasWeights: [".weights.h5"]
    case .safetensors: [".safetensors"]
    case .torchArchive: [".pt", ".pth", ".ckpt"]
    case .onnx: [".onnx"]
    case .json: [".json"]
    }
  }

  /// The order in which the tool that the file is for flattens images.
  public var vectorOrder: AxisOrder {
    switch self {
    case .kerasModel, .kerasArchive, .kerasWeights: .channelsLast
    case .native, .stateDictionary, .safetensors, .torchArchive, .onnx, .json: .channelsFirst
    }
  }

  /// Writes a network with its weights; a file that is replaced stays as it is until the new one is complete.
  ///
  /// - Parameters:
  ///   - network: The network. In the native form it is written without a probe.
  ///   - parameters: Its weights.
  ///   - path: The file, whatever its name ends in.
  /// - Returns: What a user should know of the file.
  /// - Throws: `ExchangeError` where the form cannot hold the network, or the file cannot be written.
  public func write(
    _ network: Network, _ parameters: Parameters, to path: String
  ) throws(ExchangeError) -> [String] {
    switch self {
    case .native:
      try exchanging(path) { try ModelFile(network: network, parameters: parameters).write(to: path) }
    case .kerasModel: try KerasFormat.write(network, parameters, to: path, as: .legacyModel)
    case .kerasArchive: try KerasFormat.write(network, parameters, to: path, as: .archive)
    case .kerasWeights: try KerasFormat.write(network, parameters, to: path, as: .weights)
    case .stateDictionary: return try PyTorchFormat.write(network, parameters, to: path, as: HDF5Weights.self)
    case .safetensors: return try PyTorchFormat.write(network, parameters, to: path, as: SafetensorsFile.self)
    case .torchArchive: return try PyTorchFormat.write(network, parameters, to: path, as: TorchArchive.self)
    case .onnx: try ONNXFormat.write(network, parameters, to: path)
    case .json: return try PyTorchFormat.write(network, parameters, to: path, as: JSONWeights.self)
    }
    return []
  }
}
