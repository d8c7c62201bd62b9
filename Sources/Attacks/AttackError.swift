public import Hyperparameters
public import Networks

/// An attack that can't be run as asked.
public enum AttackError: Error, Equatable, CustomStringConvertible {
  /// A hyper-parameter out of its range.
  case hyperparameter(HyperparameterError)
  /// A norm that the attack does not work in.
  case norm(attack: String, found: Norm, expected: [Norm])
  /// A model that has no class but the label, so that it can't be wrong.
  case noOtherClass(attack: String, found: Int)
  /// A model with fewer classes than the loss needs.
  case classes(loss: Loss, found: Int)
  /// A model with fewer classes than an attack towards one class after the other needs, and the loss that needs fewer.
  case targetedClasses(attack: String, found: Int, expected: Int, instead: String)
  /// A suite of which no attack works in a norm, on a model.
  case nothingFits(suite: String, norm: Norm)
  /// An attack that needs gradients, on a model that has none.
  case noGradient(attack: String)
  /// Labels, ids or targets that don't match the images in number.
  case count(of: String, found: Int, expected: Int)
  /// Images of another shape than the model takes.
  case shape(found: Shape, expected: Shape)
  /// Vectors given to an attack that looks at rows and columns.
  case needsImages(attack: String, found: Shape)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .hyperparameter(let error): "\(error)"
    case .norm(let attack, let found, let expected):
      "\(attack) works in \(expected.map(\.symbol).joined(separator: ", ")), not in \(found.symbol)"
    case .noOtherClass(let attack, let found):
      "\(attack) needs a model of two classes or more, and the model has \(found)"
    case .classes(let loss, let found):
      "the loss '\(loss)' needs \(loss.minimumClasses) classes, the model has \(found)"
    case .targetedClasses(let attack, let found, let expected, let instead):
      "\(attack) with its loss needs \(expected) classes, the model has \(found)"
        + (found < 2 ? "" : "; 'loss=\(instead)' needs fewer")
    case .nothingFits(let suite, let norm): "no attack of '\(suite)' works in \(norm.symbol) on this model"
    case .noGradient(let attack): "\(attack) needs gradients, and the model has none"
    case .count(let of, let found, let expected): "expected \(expected) \(of), one for each image, found \(found)"
    case .shape(let found, let expected): "expected images of shape \(expected), as the model takes, found \(found)"
    case .needsImages(let attack, let found):
      "\(attack) works on images with rows and columns, and the model takes \(found); take an attack such as mi-fgsm"
    }
  }
}
