internal import Arguments
internal import Defences
internal import Hyperparameters
internal import Training

/// Lists of the methods that a training is put together from.
struct TrainingLists: OptionGroup {
  @Flag(help: "List the defences.", standsAlone: true) var listDefences: Bool
  @Flag(help: "List the optimisers.", standsAlone: true) var listOptimizers: Bool
  @Flag(help: "List the schedules.", standsAlone: true) var listSchedules: Bool
  @Flag(help: "List the augmentations.", standsAlone: true) var listAugmentations: Bool

  /// The list that was asked for.
  var chosen: MethodList? {
    if listDefences {
      .defences
    } else if listOptimizers {
      .optimizers
    } else if listSchedules {
      .schedules
    } else if listAugmentations {
      .augmentations
    } else {
      nil
    }
  }

  /// What there is to say about each method.
  static var topics: [HelpTopic] {
    PresetCatalog.all.summaries.map {
      HelpTopic($0.method, $0.hyperparameters, option: "--defence", dashes: "--")
    }
      + OptimizerCatalog.methods.map {
        HelpTopic($0, option: "--optimizer", dashes: "--", inWordAlone: TrainingOptions.setInWordAlone)
      }
      + ScheduleCatalog.methods.map { HelpTopic($0, option: "--schedule") }
      + AugmentationCatalog.methods.map { HelpTopic($0, option: "--augment") }
  }
}
