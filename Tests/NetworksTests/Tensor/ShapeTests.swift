import FoundationEssentials
import Networks
import Testing

@Suite struct ShapeTests {
  @Test func countIsTheProductOfTheExtents() {
    #expect(Shape([3, 32, 32]).count == 3072)
    #expect(Shape([]).count == 1)
    #expect(Shape([4, 0, 2]).count == 0)
  }

  @Test func checkedCountRefusesWhatNoTensorCanHave() {
    #expect(Shape([3, 32, 32]).checkedCount == 3072)
    #expect(Shape([2, -1]).checkedCount == nil)
    #expect(Shape([1 << 40, 1 << 40]).checkedCount == nil)
  }

  @Test func batchesAndExamples() {
    let shape: Shape = [3, 4, 5]
    #expect(shape.batched(7) == [7, 3, 4, 5])
    #expect(shape.batched(7).example == shape)
    #expect(shape[1] == 4 && shape.rank == 3)
  }

  @Test func descriptions() {
    #expect("\(Shape([3, 32, 32]))" == "3×32×32")
    #expect("\(Shape([]))" == "scalar")
  }

  @Test func isAPlainArrayInJSON() throws {
    let data = try JSONEncoder().encode(Shape([3, 32, 32]))
    #expect(String(decoding: data, as: UTF8.self) == "[3,32,32]")
    #expect(try JSONDecoder().decode(Shape.self, from: data) == [3, 32, 32])
  }
}
