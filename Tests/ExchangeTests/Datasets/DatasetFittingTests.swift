import Exchange
import Networks
import Testing

/// Two examples whose numbers count up from 0.
private func dataset(_ shape: Shape, areRows: Bool = false) throws -> Dataset {
  let place = Dataset.Origin.Place(file: "set.h5")
  return try Dataset(
    name: "set", split: "test",
    images: Tensor(shape: shape.batched(2), scalars: (0..<2 * shape.count).map(Float.init)), labels: [0, 1],
    classCount: 2, pixelRange: PixelBox(0...255), areRows: areRows, origin: Dataset.Origin(images: place, labels: place)
  )
}

@Test func colourImagesAreFlattenedAsTheToolDoesIt() throws {
  let images = try dataset([3, 2, 2])
  let first = try #require(images.fitted(to: [12], flattening: .channelsFirst))
  #expect(first.images.shape == [2, 12])
  #expect(first.images.scalars == (0..<24).map(Float.init))
  #expect(first.fit == "images 3×2×2 flattened to vectors of 12, channels first (C, H, W)")
  let last = try #require(images.fitted(to: [12], flattening: .channelsLast))
  #expect(Array(last.images.scalars.prefix(12)) == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
  #expect(Array(last.images.scalars.suffix(12)) == [12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23])
  #expect(last.fit == "images 3×2×2 flattened to vectors of 12, channels last (H, W, C), as Keras does")
}

@Test(arguments: AxisOrder.allCases)
func grayImagesAndRowsKeepTheirOrder(order: AxisOrder) throws {
  let gray = try #require(try dataset([1, 4, 3]).fitted(to: [12], flattening: order))
  #expect(gray.images.scalars == (0..<24).map(Float.init))
  // Rows that look like a colour image stay in the order of the file.
  let rows = try #require(try dataset([3, 2, 2], areRows: true).fitted(to: [12], flattening: order))
  #expect(rows.images.scalars == (0..<24).map(Float.init))
  #expect(rows.fit == "rows of 12 numbers as they are stored")
}

@Test func vectorsBecomeImagesOfOneChannelAlone() throws {
  let vectors = try dataset([12], areRows: true)
  #expect(try #require(vectors.fitted(to: [1, 3, 4], flattening: .channelsLast)).images.shape == [2, 1, 3, 4])
  #expect(vectors.fitted(to: [3, 2, 2], flattening: .channelsFirst) == nil)
  let rows = try dataset([3, 2, 2], areRows: true)
  #expect(rows.fitted(to: [1, 3, 4], flattening: .channelsFirst)?.images.shape == [2, 1, 3, 4])
  #expect(try dataset([3, 2, 2]).fitted(to: [1, 3, 4], flattening: .channelsFirst) == nil)
  #expect(vectors.fitted(to: [13], flattening: .channelsFirst) == nil)
}

@Test func whatFitsStaysAsItIs() throws {
  let images = try #require(try dataset([1, 2, 2]).fitted(to: [1, 2, 2], flattening: .channelsLast))
  #expect(images.fit == nil)
  let part = try #require(try dataset([1, 2, 2]).fitted(to: [4], flattening: .channelsLast)).selecting([1])
  #expect(part.ids == [1])
  #expect(part.fit == "images 1×2×2 flattened to vectors of 4, row by row")
}
