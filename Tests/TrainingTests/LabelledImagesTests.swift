import Networks
import Testing
import Training

@Suite struct LabelledImagesTests {
  /// 40 images of class 0, 20 of class 1, 1 of class 2; each holds its index; ids start at 1000.
  private func examples() throws -> LabelledImages {
    let labels = (0..<61).map { $0 == 60 ? 2 : $0 % 3 == 0 ? 1 : 0 }
    return try LabelledImages(
      images: Tensor(shape: [61, 1, 1, 1], scalars: (0..<61).map(Float.init)), labels: labels,
      ids: (0..<61).map { 1000 + $0 })
  }

  @Test func gatheringKeepsImagesLabelsAndIDsTogether() throws {
    let part = try examples().gathering([3, 60, 4])
    #expect(part.images.scalars == [3, 60, 4] && part.labels == [1, 2, 0] && part.ids == [1003, 1060, 1004])
  }

  @Test func splitsAreStratifiedAndComplete() throws {
    let whole = try examples()
    let (training, validation) = try whole.split(validationFraction: 0.1, random: RandomSource(seed: 1))
    #expect((training.ids + validation.ids).sorted() == whole.ids)
    #expect(training.ids == training.ids.sorted() && validation.ids == validation.ids.sorted())
    #expect((0..<3).map { label in validation.labels.count { $0 == label } } == [4, 2, 0])
    #expect(zip(validation.ids, validation.images.scalars).allSatisfy { $0 == 1000 + Int($1) })
    let again = try whole.split(validationFraction: 0.1, random: RandomSource(seed: 1))
    #expect(again.validation.ids == validation.ids)
    let other = try whole.split(validationFraction: 0.1, random: RandomSource(seed: 2))
    #expect(other.validation.ids != validation.ids)
  }

  @Test func everyClassKeepsAnImageForTraining() throws {
    let (training, _) = try examples().split(validationFraction: 0.99, random: RandomSource(seed: 1))
    #expect(Set(training.labels) == [0, 1, 2])
  }

  @Test func refusals() throws {
    #expect(throws: TrainingError.self) { try LabelledImages(images: Tensor(shape: [2, 1]), labels: [0]) }
    #expect(throws: TrainingError.self) {
      try LabelledImages(images: Tensor(shape: [1, 1]), labels: [0], ids: [1, 2])
    }
    for fraction in [-0.1, 1, .nan] {
      #expect(throws: TrainingError.self) {
        try examples().split(validationFraction: fraction, random: RandomSource(seed: 1))
      }
    }
  }
}
