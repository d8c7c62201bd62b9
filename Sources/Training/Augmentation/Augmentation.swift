public import Hyperparameters
public import Networks

/// A random change of a training image. Every image has random numbers of its own, keyed by seed, its id, the epoch and
/// the place in the list of augmentations: neither its batch nor its place in it matters.
public protocol Augmentation: Configurable, Hashable, CustomStringConvertible {
  /// Whether it works on images C×H×W only.
  static var needsAxes: Bool { get }

  /// Changes one image in place.
  func apply(to image: UnsafeMutableBufferPointer<Float>, shape: Shape, stream: inout RandomStream)
}

extension Augmentation {
  /// True, as for most.
  public static var needsAxes: Bool { true }

  /// The augmentation in one word with all its values, as records hold it: `crop:padding=4`.
  public var description: String { "\(fullText)" }

  /// Checks the settings, and that images have the axes they need.
  public func check(imageShape: Shape) throws(TrainingError) {
    do {
      try check()
    } catch {
      guard case .value(let name, let method, let expected, let found) = error else { return }
      throw .invalidSetting("augmentation", expected: "\(method) with \(name) \(expected)", found: found)
    }
    guard !Self.needsAxes || imageShape.rank == 3 else {
      throw .invalidSetting("augmentation", expected: "images C×H×W for \(self)", found: "\(imageShape)")
    }
  }
}
