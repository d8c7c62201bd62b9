public import Hyperparameters

/// Every augmentation there is.
public enum AugmentationCatalog {
  /// The augmentations.
  public static let methods: [any Augmentation.Type] = [
    RandomCrop.self, HorizontalFlip.self, Rotation.self, Cutout.self, PixelNoise.self, Mixup.self,
  ]

  /// The names.
  public static var names: [String] { methods.map { $0.method.name } }

  /// The augmentation that a word such as `crop:padding=4` asks for; of the first hyper-parameter the value alone will do:
  /// `crop:4`.
  ///
  /// - Throws: `HyperparameterError`.
  public static func augmentation(_ text: String) throws(HyperparameterError) -> any Augmentation {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].contains("="), let name = firstHyperparameter(of: parts[0].lowercased()) else {
      return try reading(text)
    }
    return try reading("\(parts[0]):\(name)=\(parts[1])")
  }

  /// Augmentations one after the other, as records hold them: `crop:padding=4,flip`, or `none`.
  public static func text(_ augmentations: [any Augmentation]) -> String {
    augmentations.isEmpty ? "none" : augmentations.map { "\($0)" }.joined(separator: ",")
  }

  private static func reading(_ text: String) throws(HyperparameterError) -> any Augmentation {
    let (type, text) = try MethodText.method(of: text, among: methods, kind: "augmentation") { $0 }
    return try type.init(text)
  }

  private static func firstHyperparameter(of name: String) -> String? {
    methods.first { $0.method.name == name }?.descriptions.first?.name
  }
}
