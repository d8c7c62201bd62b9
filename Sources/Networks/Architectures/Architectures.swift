internal import Hyperparameters

/// The built-in architectures.
public enum Architectures {
  /// All of them, small ones first.
  public static let all: [any Architecture.Type] = [
    TinyCNN.self, MultilayerPerceptron.self, LeNet5.self, DigitsCNN.self, WongKolterSmall.self, MadryNetwork.self,
    WongKolterLarge.self, TRADESNetwork.self, IBPSmall.self, IBPMedium.self, IBPLarge.self, ResNet18.self,
    ResNet34.self, ResNet50.self, ResNet18CIFAR.self, ResNet20CIFAR.self, ResNet56CIFAR.self,
    PreactivationResNet18.self, WideResNet28.self, WideResNet34.self, DenseNet121.self, DenseNetCIFAR.self,
    MobileNet.self, MobileNetV3Small.self, MobileNetV3Large.self, EfficientNetB0.self, RegNetX400MF.self,
    RegNetX800MF.self, RegNetY400MF.self, RegNetY800MF.self, ConvNeXtTiny.self, ConvNeXtSmall.self, ConvNeXtBase.self,
    InceptionResNetV2.self, AlexNet.self, VGG11.self, VGG13.self, VGG16.self, VGG19.self, VGG11BatchNormalized.self,
    VGG13BatchNormalized.self, VGG16BatchNormalized.self, VGG19BatchNormalized.self,
  ]

  /// Their names.
  public static var names: [String] { all.map { $0.method.name } }

  /// The names of the hyper-parameters of an architecture.
  package static func hyperparameterNames(of type: any Architecture.Type) -> Set<String> {
    func names<Type: Architecture>(_ type: Type.Type) -> Set<String> { Set(type.hyperparameters.map(\.name)) }
    return names(type)
  }

  /// The architecture that a text such as `mlp:hidden=256-128` asks for.
  public static func architecture(_ text: String) throws(ArchitectureError) -> any Architecture {
    do {
      let (type, text) = try MethodText.method(of: text, among: all, kind: "architecture") { $0 }
      return try type.init(text)
    } catch .unknownMethod(let name, _, _) {
      throw .unknownName(name)
    } catch {
      throw .hyperparameter(error)
    }
  }

  /// The network that a text such as `mlp:hidden=256-128` asks for, for the images and classes of a dataset.
  public static func network(_ text: String, inputShape: Shape, classCount: Int) throws(ArchitectureError) -> Network {
    try architecture(text).network(inputShape: inputShape, classCount: classCount)
  }

  /// Whether `text` starts with the name of a built-in; else it may be the path of a JSON file.
  public static func isKnown(_ text: String) -> Bool {
    names.contains(text.prefix { $0 != ":" }.lowercased())
  }
}
