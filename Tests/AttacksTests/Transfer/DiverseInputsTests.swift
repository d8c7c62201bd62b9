import Attacks
import Networks
import TestSupport
import Testing

private let shape: Shape = [2, 10, 13]
private let model = LinearClassifier.random(inputShape: shape, classCount: 2, seed: 8)

/// What the model sees of images under one id, so that all are changed alike.
private func seen(_ images: Tensor<Float>, id: Int, _ word: String, bounds: ClosedRange<Float> = 0...1) throws
  -> (seen: Tensor<Float>, candidates: Tensor<Float>)
{
  let ids = Array(repeating: id, count: images.exampleCount)
  let set = try EvaluationSet(images: images, labels: ids.map { _ in 0 }, ids: ids)
  let found = try trace(word, on: model, set, ThreatModel(norm: .l2, radius: 0.1, bounds: bounds))
  return (found.seen[0], found.candidates)
}

/// The gradient of a linear model through a linear change D is Dᵀ w. D is found by showing the change single pixels; the
/// step in L2 goes along its direction.
@Test(arguments: [0, 1, 2, 3]) func theGradientIsThatThroughTheChange(id: Int) throws {
  let size = shape.count
  let word = "di-fgsm:steps=1,diversity-prob=1,resize-rate=0.6"
  var pixels = [Float](repeating: 0, count: size * size)
  for k in 0..<size { pixels[k * size + k] = 1 }
  let columns = try seen(Tensor(shape: shape.batched(size), scalars: pixels), id: id, word).seen.scalars
  let weights = (0..<size).map { Double(model.weights.scalars[size + $0] - model.weights.scalars[$0]) }
  let slope = (0..<size).map { k in (0..<size).reduce(0) { $0 + Double(columns[k * size + $1]) * weights[$1] } }
  let gray = Tensor<Float>(shape: shape.batched(1), repeating: 0.5)
  let move = zip(try seen(gray, id: id, word).candidates.scalars, gray.scalars).map { Double($0) - Double($1) }
  let length = slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
  // The default step is 1.25 ε, and the ball ends at ε. Single precision in the sums of a hundred products.
  let worst = zip(move, slope).map { abs($0 - 0.1 * $1 / length) }.max() ?? 1
  #expect(worst < 1e-6, "\(worst)")
}

/// A white image becomes a white rectangle of the drawn size in black, whose sides are those of the documentation.
@Test func sizesAndPlacesVaryByExample() throws {
  let white = Tensor<Float>(shape: shape.batched(1), repeating: 1)
  var (sizes, places) = (Set<[Int]>(), Set<Int>())
  for id in 0..<200 {
    let image = try seen(white, id: id, "di-fgsm:steps=1,diversity-prob=1,resize-rate=0.6").seen.scalars
    let rows = (0..<10).filter { y in (0..<13).contains { image[y * 13 + $0] > 0 } }
    let columns = (0..<13).filter { x in (0..<10).contains { image[$0 * 13 + x] > 0 } }
    #expect(image.allSatisfy { $0 == 0 || abs($0 - 1) < 1e-6 })
    sizes.insert([rows.count, columns.count])
    places.insert(rows[0])
    #expect((6...9).contains(rows.count) && (7...12).contains(columns.count))
  }
  #expect(sizes.count > 4)
  #expect(places.contains(0) && places.contains(4), "the last place is one too")
}

@Test func halfOfTheImagesStayAsTheyAre() throws {
  let gray = Tensor<Float>(shape: shape.batched(1), repeating: 0.5)
  let same = try (0..<400).count { try seen(gray, id: $0, "di-fgsm:steps=1").seen == gray }
  // Four standard deviations of 400 tosses.
  #expect(abs(same - 200) < 40, "\(same)")
  #expect(try trace("di-fgsm:diversity-prob=0").candidates == trace("bim").candidates)
}

/// Empty is the lowest value, also where that is not zero.
@Test func whatIsEmptyIsBlack() throws {
  let gray = Tensor<Float>(shape: shape.batched(1), repeating: 0.5)
  let image = try seen(gray, id: 0, "di-fgsm:steps=1,diversity-prob=1,resize-rate=0.6", bounds: -2...2).seen
  #expect(image.scalars.contains { abs($0 + 2) < 1e-6 })
  #expect(image.scalars.allSatisfy { abs($0 + 2) < 1e-6 || abs($0 - 0.5) < 1e-6 })
}
