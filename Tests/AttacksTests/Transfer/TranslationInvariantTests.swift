import Attacks
import Foundation
import Networks
import TestSupport
import Testing

/// One step in L2 goes along the gradient convolved with the kernel of the paper's code: Gaussian densities at evenly spaced
/// places from −3 to 3, here 5 of them, zeros outside. Height and width differ.
@Test func theStepGoesAlongTheSmoothedGradient() throws {
  let shape: Shape = [1, 6, 9]
  let model = LinearClassifier.random(inputShape: shape, classCount: 2, seed: 8)
  let gray = Tensor<Float>(shape: shape.batched(1), repeating: 0.5)
  let set = try EvaluationSet(images: gray, labels: [0])
  let found = try trace(
    "ti-fgsm:steps=1,kernel-size=5", on: model, set, ThreatModel(norm: .l2, radius: 0.1)
  ).candidates.scalars
  let density = (0..<5).map { exp(-0.5 * pow(-3 + 1.5 * Double($0), 2)) }
  let weights = (0..<54).map { Double(model.weights.scalars[54 + $0] - model.weights.scalars[$0]) }
  var smooth = [Double](repeating: 0, count: 54)
  for (y, x) in (0..<54).map({ ($0 / 9, $0 % 9) }) {
    for (dy, dx) in (0..<25).map({ ($0 / 5 - 2, $0 % 5 - 2) })
    where (0..<6).contains(y + dy) && (0..<9).contains(x + dx) {
      smooth[y * 9 + x] += density[dy + 2] * density[dx + 2] * weights[(y + dy) * 9 + x + dx]
    }
  }
  let length = smooth.reduce(0) { $0 + $1 * $1 }.squareRoot()
  let worst = zip(found, smooth).map { abs(Double($0) - 0.5 - 0.1 * $1 / length) }.max() ?? 1
  #expect(worst < 1e-6, "\(worst)")
}

@Test func aKernelOfOnePixelChangesNothing() throws {
  #expect(try trace("ti-fgsm:kernel-size=1").candidates == trace("mi-fgsm").candidates)
  #expect(try trace("ti-fgsm:kernel-size=3").candidates != trace("mi-fgsm").candidates)
}

/// A kernel larger than the image, and one of even size.
@Test(arguments: [2, 4, 15, 101]) func anyKernelIsDefined(size: Int) throws {
  let found = try trace("ti-fgsm:kernel-size=\(size)").candidates
  #expect(found.scalars.allSatisfy { (0...1).contains($0) })
}
