import Attacks
import Foundation
import Networks
import TestSupport
import Testing

/// In the place of the codec, which is elsewhere.
struct NoCompression: Corruption {
  let name = "jpeg_compression"
  let kind = CorruptionKind.digital
  func change(_ severity: Severity, of size: Picture.Size) -> Change { { _, _ in } }
}

private func family(_ name: String, of suite: CorruptionSuite.Name) throws -> any Corruption {
  let suite = CorruptionSuite(suite, jpeg: NoCompression())
  return try #require((suite.families + suite.extras).first { $0.name == name })
}

private let all = CorruptionSuite.Name.allCases.flatMap { name in
  let suite = CorruptionSuite(name, jpeg: NoCompression())
  return suite.families + suite.extras
}

private func corrupted(
  _ corruption: any Corruption, _ severity: Severity, _ images: Tensor<Float>, ids: [Int]? = nil,
  bounds: PixelBox = PixelBox(0...1), seed: UInt64 = 3, workers: Int = 1
) throws -> Tensor<Float> {
  try corruption.images(
    severity, of: images, ids: ids ?? Array(0..<images.exampleCount), bounds: bounds, random: RandomSource(seed: seed),
    workers: Workers(count: workers))
}

@Test func theFamiliesAreThePublishedOnes() {
  let cifar = CorruptionSuite(.cifar, jpeg: NoCompression())
  #expect(
    cifar.families.map(\.name) == [
      "gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "snow",
      "frost", "fog", "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression",
    ])
  #expect(cifar.extras.map(\.name) == ["speckle_noise", "gaussian_blur", "spatter", "saturate"])
  #expect(
    CorruptionSuite(.mnist, jpeg: NoCompression()).families.map(\.name) == [
      "shot_noise", "impulse_noise", "glass_blur", "motion_blur", "shear", "scale", "rotate", "brightness", "translate",
      "stripe", "fog", "spatter", "dotted_line", "zigzag", "canny_edges",
    ])
}

/// Odd sizes and channels, and pixels at the ends of their range.
@Test(arguments: [[1, 1, 1], [1, 8, 8], [3, 5, 7], [2, 9, 4], [3, 33, 32]])
func everyFamilyStaysInTheBoxAndDependsOnTheExampleAlone(extents: [Int]) throws {
  let bounds = try #require(PixelBox(channels: (0..<extents[0]).map { -1...Float($0 + 1) }))
  let unit = images(3, shape: Shape(extents))
  let area = extents[1] * extents[2]
  let scaled = Tensor<Float>(
    shape: unit.shape,
    scalars: unit.scalars.enumerated().map { index, value in -1 + value * Float(index / area % extents[0] + 2) })
  for corruption in all {
    for severity in [Severity.one, .five] {
      let found = try corrupted(corruption, severity, scaled, bounds: bounds)
      #expect(bounds.contains(found), "\(corruption.name)")
      let order = [2, 0, 1]
      let other = try corrupted(
        corruption, severity, scaled.gathering(order), ids: order, bounds: bounds, workers: 2)
      #expect(other == found.gathering(order), "\(corruption.name)")
    }
  }
}

@Test func everyFamilyChangesImagesAndSeveritiesDifferUnlessTheySayNot() throws {
  let samples = images(4, shape: [3, 32, 32])
  for corruption in all where corruption.name != "jpeg_compression" {
    let weak = try corrupted(corruption, .one, samples)
    let strong = try corrupted(corruption, .five, samples)
    #expect(strong != samples, "\(corruption.name)")
    #expect((weak != strong) == corruption.hasSeverities, "\(corruption.name)")
  }
}

@Test func vectorsAreRefused() {
  #expect(throws: AttackError.self) { try corrupted(all[0], .one, Tensor(shape: [2, 64])) }
}

/// Moments of 3 · 64 · 64 values of 0.5; tolerances are five standard deviations of the estimates.
@Test func noiseHasItsMoments() throws {
  let gray = Tensor<Float>(shape: [1, 3, 64, 64], repeating: 0.5)
  func moments(_ name: String, _ severity: Severity) throws -> (mean: Double, deviation: Double) {
    let values = try corrupted(family(name, of: .cifar), severity, gray).scalars.map(Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
  }
  let expected: [(String, Severity, Double)] = [
    ("gaussian_noise", .five, 0.1), ("speckle_noise", .five, 0.1), ("shot_noise", .one, (0.5 / 500).squareRoot()),
    ("shot_noise", .five, 0.1), ("impulse_noise", .five, (0.07 * 0.25).squareRoot()),
  ]
  for (name, severity, deviation) in expected {
    let found = try moments(name, severity)
    let error = 5 * deviation / 12288.0.squareRoot()
    #expect(abs(found.mean - 0.5) < error, "\(name) \(found)")
    // The fourth moment of impulses is 1/0.07 times the square of the second.
    #expect(abs(found.deviation - deviation) < error * (name == "impulse_noise" ? 2 : 1), "\(name) \(found)")
  }
}

/// Below ten photons another method draws them.
@Test func fewPhotonsAreCountedTrue() throws {
  let dim = Tensor<Float>(shape: [1, 1, 64, 64], repeating: 0.3)
  let shot = try family("shot_noise", of: .mnist)
  let counts = try corrupted(shot, .five, dim).scalars.map { Double($0) * 3 }
  // P(0) = e^−0.9; more than three photons are cut off, and told apart by nothing but their share.
  let none = Double(counts.count { $0 == 0 }) / 4096
  let one = Double(counts.count { abs($0 - 1) < 1e-3 }) / 4096
  #expect(abs(none - 0.4066) < 0.04 && abs(one - 0.3659) < 0.04, "\(none) \(one)")
}

/// A picture of one bright pixel: what moves it, moves it where the published code does.
@Test func geometryGoesTheRightWay() throws {
  var dot = Tensor<Float>(shape: [1, 1, 9, 9])
  dot.withUnsafeMutableScalars { $0[4 * 9 + 4] = 1 }
  let shifted = try corrupted(family("translate", of: .mnist), .two, dot).scalars
  let place = try #require(shifted.firstIndex(of: 1))
  #expect([2, 6].contains(place / 9) && [2, 6].contains(place % 9))
  for name in ["shear", "rotate", "scale"] {
    // The centre stays.
    #expect(try corrupted(family(name, of: .mnist), .three, dot).scalars[4 * 9 + 4] > 0.999, "\(name)")
  }
  let ramp = Tensor<Float>(shape: [1, 1, 8, 8], scalars: (0..<64).map { Float($0 % 8) / 8 })
  let striped = try corrupted(family("stripe", of: .mnist), .one, ramp).scalars
  #expect(Array(striped[0..<8]) == [1, 0.875, 0.25, 0.375, 0.5, 0.625, 0.25, 0.125])
  let black = Tensor<Float>(shape: [1, 1, 28, 28])
  let dotted = try corrupted(family("dotted_line", of: .mnist), .one, black).scalars
  let lit = (0..<28).map { x in (0..<28).contains { dotted[$0 * 28 + x] > 0 } }
  #expect(lit == (0..<28).map { (x: Int) -> Bool in x < 27 && x / 2 % 2 == 1 })
  let zigzag = try corrupted(family("zigzag", of: .mnist), .one, black).scalars
  #expect((0..<28).allSatisfy { y in zigzag[y * 28] == 0 && zigzag[y * 28 + 1] == 0 })
  #expect(zigzag.count { $0 > 0.5 } > 20)
}

/// A motion blur of a constant picture is none, and of a point lies on a line through it.
@Test func motionBlurIsALine() throws {
  var dot = Tensor<Float>(shape: [1, 1, 21, 21])
  dot.withUnsafeMutableScalars { $0[10 * 21 + 10] = 1 }
  let blurred = try corrupted(family("motion_blur", of: .cifar), .five, dot).scalars
  let lit = blurred.indices.filter { blurred[$0] > 0 }
  #expect(lit.count >= 4 && abs(blurred.reduce(0, +) - 1) < 1e-4)
  // ±45° of the rows: never steeper than one row for each column, up to rounding.
  #expect(lit.allSatisfy { abs($0 / 21 - 10) <= abs($0 % 21 - 10) + 1 && $0 % 21 <= 10 + 1 })
}

private struct Golden: Decodable {
  let suite: String
  let name: String
  let severity: Int
  let values: [Int]
}

/// What scikit-image, SciPy, OpenCV and Pillow make of the same pictures: see Tests/Golden/corruptions.py.
@Test func deterministicFamiliesAreThePublishedLibraries() throws {
  let cases: [Golden] = try goldenFile("corruptions.json")
  #expect(cases.count >= 10)
  let interleaved = (0..<192).map { (k: Int) -> Float in
    let byte: Int = (k * 29 + k / 7 * 13 + 5 * (k % 3) * k) % 256
    return Float(byte) / 255
  }
  let planes = (0..<192).map { (k: Int) -> Float in interleaved[k % 64 * 3 + k / 64] }
  let colour = Tensor<Float>(shape: [1, 3, 8, 8], scalars: planes)
  let bright = (0..<196).map { (index: Int) -> Float in
    let (down, right) = (index / 14 - 7, index % 14 - 6)
    return down * down + right * right < 17 ? 0.9 : 0.02 * Float(index % 14)
  }
  let disc = Tensor<Float>(shape: [1, 1, 14, 14], scalars: bright)
  for golden in cases {
    let suite = try #require(CorruptionSuite.Name(rawValue: golden.suite))
    let severity = try #require(Severity(rawValue: golden.severity))
    let found = try corrupted(
      family(golden.name, of: suite), severity, suite == .cifar ? colour : disc)
    let worst = zip(found.scalars, golden.values).map { abs(Double($0) - Double($1) / 1000) }.max() ?? 1
    // Values are stored in thousandths; Pillow rounds to bytes twice.
    let tolerance = golden.name == "pixelate" ? 1.0 / 255 + 0.0006 : 0.0006
    #expect(found.scalars.count == golden.values.count && worst < tolerance, "\(golden.name) \(worst)")
  }
}
