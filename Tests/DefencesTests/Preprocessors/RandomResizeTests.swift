import Defences
import Networks
import Testing

@Suite struct RandomResizeTests {
  private let preprocessor = RandomResize(smallest: 0.7)

  /// At one image the map is linear: ⟨Jᵀ c, x⟩ = ⟨c, J x⟩, with empty pixels at 0. Sums of 84 products in double precision
  /// of results that are copies or short sums: 1e-6 of them.
  @Test func theGradientIsTheTranspose() throws {
    let images = randomImages(count: 20)
    let cotangent = randomImages(count: 20, seed: 9)
    let forwards = inner(cotangent, try preprocessor.apply(images, draw: Draw()))
    let backwards = inner(try preprocessor.pullback(cotangent, at: images, draw: Draw()), images)
    #expect(abs(forwards - backwards) < 1e-6 * abs(forwards), "\(forwards) and \(backwards)")
  }

  @Test func everySizeAndPositionOccurs() throws {
    let image = Tensor<Float>(shape: [1, 1, 10, 10], repeating: 1)
    var counts: [Int: Int] = [:]
    var corners: Set<Int> = []
    for number in 0..<400 {
      let resized = try preprocessor.apply(image, draw: Draw(number: number)).scalars
      let first = try #require(resized.firstIndex(of: 1))
      let side = resized[(first / 10 * 10)..<(first / 10 * 10 + 10)].count { $0 == 1 }
      #expect(resized.count { $0 == 1 } == side * side)
      counts[side, default: 0] += 1
      if side == 7 { corners.insert(first) }
    }
    // Four sizes, each expected 100 times with a standard deviation of 8.7; 16 corners of the smallest.
    #expect(counts.keys.sorted() == [7, 8, 9, 10])
    #expect(counts.values.allSatisfy { (60...140).contains($0) }, "\(counts)")
    #expect(corners.count > 12)
  }

  /// Nearest neighbours of 10 pixels on 7: ⌊i · 10 / 7⌋.
  @Test func pixelsAreThoseOfTheNearestNeighbour() throws {
    let image = Tensor<Float>(shape: [1, 1, 10, 10], scalars: (0..<100).map { Float($0 % 10 + 1) })
    let all = try (0..<100).map { try preprocessor.apply(image, draw: Draw(number: $0)).scalars }
    let smallest = try #require(all.first { $0.count { $0 > 0 } == 49 })
    #expect(smallest.filter { $0 > 0 }.prefix(7) == [1, 2, 3, 5, 6, 8, 9])
  }

  @Test func aWholeImageStays() throws {
    let images = randomImages()
    #expect(try RandomResize(smallest: 1).apply(images, draw: Draw()) == images)
  }
}
