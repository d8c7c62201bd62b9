import Networks

/// The mean and standard deviation of an image normalisation, stored in a file beside the weights of the network.
struct FileNormalization {
  let mean: StateDictionary.Entry
  let deviation: StateDictionary.Entry
  private let means: [Double]
  private let deviations: [Double]

  /// The only one in a file; nil where there is none. Copies of it do not count.
  ///
  /// - Throws: `ExchangeError` where there are two that differ, or one without its other half.
  static func only(in modules: [StateModule], file: String) throws -> FileNormalization? {
    var found: FileNormalization?
    for module in modules {
      let mean = module.entries[.mean]
      let deviation = module.entries[.deviation]
      guard let mean, let deviation else {
        guard let lone = mean ?? deviation else { continue }
        throw ExchangeError(
          file: file, object: lone.tensor.path, expected: "a mean and a standard deviation, or neither",
          found: "\(lone.name) alone; state both by --normalize and leave it out of the file")
      }
      let other = try FileNormalization(mean, deviation, file: file)
      if let found, (found.means, found.deviations) != (other.means, other.deviations) {
        throw ExchangeError(
          file: file, object: mean.tensor.path, expected: "one normalisation of the images",
          found: "\(found.mean.name) and \(mean.name) with other values")
      }
      found = found ?? other
    }
    return found
  }

  private init(_ mean: StateDictionary.Entry, _ deviation: StateDictionary.Entry, file: String) throws {
    self.mean = mean
    self.deviation = deviation
    means = try mean.tensor.preciseScalars()
    deviations = try TensorSource.divisors(deviation, file: file)
    guard means.count == deviations.count, means.allSatisfy(\.isFinite) else {
      throw ExchangeError(
        file: file, object: mean.tensor.path,
        expected: "a finite mean for each standard deviation of \(deviation.name)",
        found: "\(means)")
    }
  }

  /// As values for a network.
  func normalization() throws -> PixelNormalization {
    func list(_ values: [Double]) -> String { values.map { "\(Float($0))" }.joined(separator: ",") }
    return try PixelNormalization("mean=\(list(means)),std=\(list(deviations))")
  }

  /// Whether values that an architecture states are these: written with the four digits that are usual, or computed in
  /// single precision.
  func agrees(with stated: Affine, channels: Int) -> Bool {
    guard stated.hasShift else { return false }
    return (0..<channels).allSatisfy { channel in
      func value<T>(_ values: [T]) -> T { values[values.count == 1 ? 0 : channel] }
      let scale = 1 / value(deviations)
      let shift = -value(means) * scale
      let tolerance = 1e-5 * (scale + abs(shift))
      return abs(Double(value(stated.initialScale)) - scale) <= tolerance
        && abs(Double(value(stated.initialShift)) - shift) <= tolerance
    }
  }

  /// Whether there is one value for all channels of an image, or one for each.
  func fits(channels: Int) -> Bool { means.count == 1 || means.count == channels }

  /// `mean 0.4914, 0.4822, 0.4465 and std 0.2471, 0.2435, 0.2616`.
  var text: String {
    func list(_ values: [Double]) -> String {
      values.prefix(4).map { "\(($0 * 1e5).rounded() / 1e5)" }.joined(separator: ", ") + (values.count > 4 ? ", …" : "")
    }
    return "mean \(list(means)) and std \(list(deviations))"
  }
}
