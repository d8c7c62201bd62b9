internal import Arguments
internal import Attacks
internal import Exchange
internal import Hyperparameters
internal import Networks

/// Which universal attack, and how far it may go.
struct UniversalOptions: OptionGroup {
  static let title = "Attack"

  @Option(
    help: "What is fitted: \(UniversalCatalog.names.joined(separator: " or ")).", valueName: "name",
    completion: .list(UniversalCatalog.names))
  var method = UniversalPatch.Settings.name
  @Option(help: "uap and sgd-uap: the radius, in stored pixel units: 0.1, 8/255, 1e-2.", valueName: "pixels")
  var eps: PixelLength?
  @Option(help: "uap and sgd-uap: the norm of the ball, linf or l2 (default: linf).") var norm: Norm?
  @Option(help: "universal-patch and sgd-uap: aim at this label; its own images are left out.", valueName: "label")
  var targets: Int?
  private let hyperparameters = OptionList(of: UniversalCatalog.attacks)
  @Option(help: "Images on which the change is fitted, at most.", valueName: "number") var fitCount = 500

  func validate() throws {
    try requireCount(fitCount, "fit-count")
    if let targets { try require(targets >= 0, "targets", "a label of at least 0", targets) }
    let type = type(of: try makeAttack())
    guard targets == nil || type.aimsAtClasses else {
      throw foreign("targets", "which takes images to any other class")
    }
    switch type.budget {
    case .fixed, .minimal:
      guard eps != nil else { throw ValidationError("Missing expected argument '--eps <pixels>'") }
    case .transformation:
      if eps != nil { throw foreign("eps", "which has limits of its own: give --size") }
      if norm != nil { throw foreign("norm", "which has limits of its own: give --size") }
    }
  }

  /// The attack with the options that were given.
  func makeAttack() throws -> any UniversalAttack {
    do {
      let (type, text) = try MethodText.method(of: method, among: UniversalCatalog.attacks, kind: "universal attack") {
        $0
      }
      var attack = type.init()
      try attack.set(text, hyperparameters.given, of: "--method")
      return attack
    } catch let error as HyperparameterError {
      throw ValidationError("\(error)")
    }
  }

  /// Norm and radius for some images; without a radius the whole box.
  func threat(for data: Dataset) -> (model: ThreatModel, epsilon: PixelLength) {
    let norm = norm ?? .linf
    let radius = eps ?? PixelLength(whole: data.pixelRange.diameter(norm, of: data.imageShape))
    return (ThreatModel(norm: norm, radius: radius.value, bounds: data.pixelRange), radius)
  }

  private func foreign(_ option: String, _ reason: String) -> ValidationError {
    ValidationError("--\(option) is no option of '\(method)', \(reason).")
  }
}
