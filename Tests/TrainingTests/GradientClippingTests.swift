import Networks
import Testing
import Training

@Suite struct GradientClippingTests {
  private let keys = [ParameterKey("a", .weight), ParameterKey("b", .bias)]

  private var gradients: Parameters {
    Parameters([
      keys[0]: Tensor(shape: [3], scalars: [3, -4, 0]), keys[1]: Tensor(shape: [2], scalars: [12, 0.5]),
    ])
  }

  @Test func normMatchesPyTorch() {
    // torch.nn.utils.clip_grad_norm_([p, q], 2.0); the norm is 13.009612.
    var clipped = gradients
    GradientClipping.norm(2)(&clipped)
    let expected: [[Float]] = [
      [0.4611974358558655, -0.6149299144744873, 0], [1.844789743423462, 0.07686623930931091],
    ]
    for (key, values) in zip(keys, expected) {
      // One rounding of the factor and one of each product.
      for (a, b) in zip(clipped.tensors[key]?.scalars ?? [], values) { #expect(abs(a - b) <= 2.4e-7) }
      #expect(clipped.tensors[key]?.scalars.count == values.count)
    }
    var short = gradients
    GradientClipping.norm(14)(&short)
    #expect(short == gradients)
  }

  @Test func valuesArePutBetweenTheLimits() {
    var clipped = gradients
    GradientClipping.value(3.5)(&clipped)
    #expect(clipped.tensors[keys[0]]?.scalars == [3, -3.5, 0])
    #expect(clipped.tensors[keys[1]]?.scalars == [3.5, 0.5])
  }
}
