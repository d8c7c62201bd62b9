internal import Arguments
internal import Defences
internal import Exchange
internal import Networks

/// Paths of models joined by commas: `a.h5,b.h5`.
struct ModelPaths: ArgumentValue {
  let paths: [String]

  init(argument: String) throws {
    paths = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !paths.contains("") else {
      throw InvalidValue(description: "expected files of models joined by commas, none of them empty")
    }
  }

  var argumentText: String { paths.joined(separator: ",") }

  /// Reads the models for some data.
  func load(_ reader: Reader, for data: DataForm, _ engine: any Engine) throws -> [LoadedModel] {
    try paths.map { try LoadedModel(ModelRequest(path: $0, data: data), reader, engine) }
  }
}

/// Models on which an attack finds candidates that another one judges.
struct SurrogateModels {
  let models: [LoadedModel]
  /// The one, or the mean of the logits of several.
  let classifier: any DifferentiableClassifier

  /// Reads the models.
  ///
  /// - Throws: `MismatchedFile` where one takes other images or has other classes than the model that judges.
  init(
    _ paths: ModelPaths, _ reader: Reader, for data: DataForm, judge: LoadedModel
  ) throws {
    models = try paths.load(reader, for: data, judge.engine)
    for model in models { try model.checkIsLike(judge) }
    classifier =
      models.count == 1 ? models[0].classifier : try Ensemble(of: models.map(\.classifier), averaging: .logits)
  }
}

extension LoadedModel {
  /// Checks that it takes the images and has the classes of another model.
  func checkIsLike(_ other: LoadedModel) throws(MismatchedFile) {
    let (own, expected) = (classifier, other.classifier)
    guard own.inputShape != expected.inputShape || own.classCount != expected.classCount else { return }
    throw MismatchedFile(
      description: "\(path): expected a network for \(expected.inputShape.examples) in \(expected.classCount) classes, "
        + "like \(other.path), found one for \(own.inputShape.examples) in \(own.classCount)")
  }
}
