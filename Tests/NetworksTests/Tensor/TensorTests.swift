import Networks
import Testing

@Suite struct TensorTests {
  @Test func holdsItsScalarsInRowMajorOrder() {
    var tensor = Tensor<Float>(shape: [2, 3], scalars: [1, 2, 3, 4, 5, 6])
    tensor.withUnsafeMutableScalars { $0[1 * 3 + 2] = 60 }
    #expect(tensor.scalars == [1, 2, 3, 4, 5, 60])
    #expect(tensor.withUnsafeScalars { $0[3] } == 4)
  }

  @Test func aCopyDoesNotChangeWithTheOriginal() {
    var tensor = Tensor<Float>(shape: [2], repeating: 7)
    let copy = tensor
    tensor.withUnsafeMutableScalars { $0[0] = 8 }
    #expect(copy.scalars == [7, 7])
    #expect(tensor != copy)
  }

  @Test func reshapingKeepsTheScalars() {
    let tensor = Tensor<Float>(shape: [2, 3], scalars: [1, 2, 3, 4, 5, 6]).reshaped(to: [3, 2])
    #expect(tensor.shape == [3, 2] && tensor.scalars == [1, 2, 3, 4, 5, 6])
  }

  @Test func precisionsConvert() {
    let tensor = Tensor<Float>(shape: [2], scalars: [0.1, -3])
    #expect(tensor.double.scalars == [Double(Float(0.1)), -3])
    #expect(tensor.double.float == tensor)
    #expect(Tensor<Double>(shape: [1], scalars: [0.1]).float.scalars == [Float(0.1)])
  }

  @Test func errorsLeaveTheClosures() {
    struct Refusal: Error {}
    var tensor = Tensor<Float>(shape: [1])
    #expect(throws: Refusal.self) { try tensor.withUnsafeScalars { _ in throw Refusal() } }
    #expect(throws: Refusal.self) { try tensor.withUnsafeMutableScalars { _ in throw Refusal() } }
  }
}
