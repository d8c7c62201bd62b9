internal import Defences
internal import Hyperparameters
internal import Training

extension MethodList {
  /// Every defence that trains.
  static let defences = MethodList(
    command: "train", methods: PresetCatalog.all.summaries.map { Entry($0.method, $0.hyperparameters) })
  /// Every learning-rate schedule.
  static let schedules = MethodList(command: "train", methods: ScheduleCatalog.methods.map { Entry($0) })
  /// Every optimiser.
  static let optimizers = MethodList(command: "train", methods: OptimizerCatalog.methods.map { Entry($0) })
  /// Every augmentation.
  static let augmentations = MethodList(command: "train", methods: AugmentationCatalog.methods.map { Entry($0) })
}
