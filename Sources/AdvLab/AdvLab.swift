/// The lab as one module: `import AdvLab`.
///
/// ```swift
/// let data = try Dataset.read(from: "digits.h5")
/// let model = try Model(contentsOf: "digits-cnn.h5", for: data)
/// let found = try model.attack(ProjectedGradient(), on: data, eps: 0.1)
/// print(found.evaluation.robustAccuracy)
/// ```
@_exported public import Attacks
@_exported public import Certification
@_exported public import Compute
@_exported public import Defences
@_exported public import Exchange
@_exported public import Hyperparameters
@_exported public import Networks
@_exported public import Training
