import Networks
import Reference
import TestSupport
import Testing

@Suite struct ResamplingTests {
  private func enlarged(_ method: Upsampling.Method, _ factor: Extent, _ row: [Double]) throws -> [Double] {
    try ReferenceModel.single(
      .upsampling(Upsampling(factor: factor, method: method)), from: [1, 1, row.count])(row)
  }

  @Test func nearest() throws {
    #expect(try enlarged(.nearest, Extent(2, 2), [1, 2]) == [1, 1, 2, 2, 1, 1, 2, 2])
  }

  @Test func bilinear() throws {
    // Centres of the fine pixels, in coarse pixels: −1/4 (the edge goes on), 1/4, 3/4, 5/4.
    #expect(try enlarged(.bilinear, Extent(1, 2), [0, 4]) == [0, 1, 3, 4])
  }

  @Test func bilinearWithCorners() throws {
    // Four pixels spread evenly from the first to the last.
    let row = try enlarged(.bilinearAlignedCorners, Extent(1, 2), [0, 3])
    // Thirds are rounded.
    #expect(largestDifference(row, [0, 1, 2, 3]) < 1e-15)
  }

  @Test(arguments: Upsampling.Method.allCases)
  func onePixelStaysWhatItIs(method: Upsampling.Method) throws {
    #expect(try enlarged(method, Extent(3, 2), [7]) == Array(repeating: 7, count: 6))
    #expect(try enlarged(method, Extent(1), [7, 8, 9]) == [7, 8, 9])
  }
}
