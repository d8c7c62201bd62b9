internal import Glibc
internal import Networks

/// Layer and group normalisation: an example's scalars are divided into sets, each normalised by its own mean and
/// variance, then scaled and shifted. Two tables give the set and the scale of each scalar; sums are in double
/// precision.
struct SetNormalization {
  let count: Int
  let setCount: Int
  let parameterCount: Int
  private let sets: [Int32]
  private let parameters: [Int32]
  private let sizes: [Double]
  private let epsilon: Double

  private init(shape: Shape, epsilon: Float, set: (Int) -> Int, parameter: (Int) -> Int) {
    count = shape.count
    sets = (0..<shape.count).map { Int32(set($0)) }
    parameters = (0..<shape.count).map { Int32(parameter($0)) }
    setCount = Int(sets.max() ?? 0) + 1
    parameterCount = Int(parameters.max() ?? 0) + 1
    var sizes = Array(repeating: 0.0, count: setCount)
    for set in sets { sizes[Int(set)] += 1 }
    self.sizes = sizes
    self.epsilon = Double(epsilon)
  }

  /// A set consists of the scalars that differ in their indices on normalised axes only.
  init(layer: LayerNormalization, shape: Shape) {
    let normalised = Set(layer.axes)
    let others = Set(shape.extents.indices).subtracting(normalised)
    self.init(
      shape: shape, epsilon: layer.epsilon, set: { Self.rank(of: $0, in: shape, among: others) },
      parameter: { Self.rank(of: $0, in: shape, among: normalised) })
  }

  /// Sets are groups of channels; scale and shift are per channel.
  init(group: GroupNormalization, shape: Shape) {
    let area = shape.count / shape[0]
    let width = shape[0] / group.groups * area
    self.init(shape: shape, epsilon: group.epsilon, set: { $0 / width }, parameter: { $0 / area })
  }

  /// The row-major index of a scalar's coordinates on some of the axes.
  private static func rank(of position: Int, in shape: Shape, among axes: Set<Int>) -> Int {
    var (rest, factor, result) = (position, 1, 0)
    for axis in shape.extents.indices.reversed() {
      if axes.contains(axis) {
        result += rest % shape[axis] * factor
        factor *= shape[axis]
      }
      rest /= shape[axis]
    }
    return result
  }

  /// `normalised` receives (x − mean) / √(variance + ε), `inverseDeviations` 1 / √(variance + ε) per example and set.
  func forward(
    _ from: UnsafePointer<Float>, scale: UnsafePointer<Float>?, shift: UnsafePointer<Float>?,
    normalised: UnsafeMutablePointer<Float>, inverseDeviations: UnsafeMutablePointer<Double>,
    sums: UnsafeMutablePointer<Double>, to: UnsafeMutablePointer<Float>, batch: Int
  ) {
    for example in 0..<batch {
      let (from, to, normalised) = (from + example * count, to + example * count, normalised + example * count)
      let inverse = inverseDeviations + example * setCount
      sums.update(repeating: 0, count: setCount)
      for place in 0..<count { sums[Int(sets[place])] += Double(from[place]) }
      for set in 0..<setCount {
        sums[set] /= sizes[set]
        inverse[set] = 0
      }
      for place in 0..<count {
        let deviation = Double(from[place]) - sums[Int(sets[place])]
        inverse[Int(sets[place])] += deviation * deviation
      }
      for set in 0..<setCount { inverse[set] = 1 / (inverse[set] / sizes[set] + epsilon).squareRoot() }
      for place in 0..<count {
        let set = Int(sets[place])
        let value = Float((Double(from[place]) - sums[set]) * inverse[set])
        normalised[place] = value
        let parameter = Int(parameters[place])
        to[place] = value * (scale?[parameter] ?? 1) + (shift?[parameter] ?? 0)
      }
    }
  }

  /// With g = gradient · scale: (g − mean(g) − normalised · mean(g · normalised)) / deviation.
  func backward(
    _ gradient: UnsafePointer<Float>, scale: UnsafePointer<Float>?, normalised: UnsafePointer<Float>,
    inverseDeviations: UnsafePointer<Double>, sums: UnsafeMutablePointer<Double>, to: UnsafeMutablePointer<Float>,
    batch: Int
  ) {
    let products = sums + setCount
    for example in 0..<batch {
      let (gradient, to, normalised) = (gradient + example * count, to + example * count, normalised + example * count)
      let inverse = inverseDeviations + example * setCount
      sums.update(repeating: 0, count: 2 * setCount)
      for place in 0..<count {
        let scaled = Double(gradient[place]) * Double(scale?[Int(parameters[place])] ?? 1)
        sums[Int(sets[place])] += scaled
        products[Int(sets[place])] += scaled * Double(normalised[place])
      }
      for place in 0..<count {
        let set = Int(sets[place])
        let scaled = Double(gradient[place]) * Double(scale?[Int(parameters[place])] ?? 1)
        let centred = scaled - (sums[set] + Double(normalised[place]) * products[set]) / sizes[set]
        to[place] = Float(centred * inverse[set])
      }
    }
  }

  /// The gradients of scale and shift, summed over the batch.
  func parameterGradients(
    _ gradient: UnsafePointer<Float>, normalised: UnsafePointer<Float>, sums: UnsafeMutablePointer<Double>,
    scale: UnsafeMutablePointer<Float>?, shift: UnsafeMutablePointer<Float>?, batch: Int
  ) {
    let products = sums + parameterCount
    sums.update(repeating: 0, count: 2 * parameterCount)
    for example in 0..<batch {
      for place in 0..<count {
        let value = Double(gradient[example * count + place])
        sums[Int(parameters[place])] += value
        products[Int(parameters[place])] += value * Double(normalised[example * count + place])
      }
    }
    for parameter in 0..<parameterCount {
      shift?[parameter] = Float(sums[parameter])
      scale?[parameter] = Float(products[parameter])
    }
  }
}
