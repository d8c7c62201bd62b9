import HDF5
import Networks

/// A column of classes: whole numbers of any numeric type, or rows with one 1 at the class.
struct StoredLabels {
  let place: Dataset.Origin.Place
  let values: [Int]
  /// How the labels were interpreted, for the user.
  let detection: String
  /// The number of classes that follows from one-hot labels: K of rows N×K.
  let statedClassCount: Int?

  /// The number of labels that are read at once.
  private static let blockCount = 1 << 20

  /// Reads arrays of shape (N), (N, 1, …), (N, K), and MATLAB's (1, N).
  init(_ array: StoredArray, tenIsZero: Bool) throws {
    place = array.place
    guard array.elementType.isNumeric else {
      throw place.error(expected: "labels that are whole numbers", found: array.elementType.description)
    }
    var shape = array.shape
    if array.isMATLAB, shape.count == 2, shape[0] == 1 { shape = [shape[1]] }
    let isColumn = shape.count >= 1 && shape.dropFirst().allSatisfy { $0 == 1 }
    guard isColumn || shape.count == 2 && shape[1] > 1 && shape[1] <= DatasetCheck.mostClasses else {
      throw place.error(expected: "labels of shape N, N×1 or N×K", found: "\(Shape(array.shape))")
    }
    guard isColumn else {
      values = try Self.oneHot(array, place)
      statedClassCount = shape[1]
      detection = "one-hot \(array.elementType) rows of \(shape[1])"
      return
    }
    let numbers = try Self.column(array, place)
    values = tenIsZero ? try Self.movingTenToZero(numbers, place) : numbers
    statedClassCount = nil
    for (index, label) in values.enumerated() where !(0..<DatasetCheck.mostClasses).contains(label) {
      throw place.error(
        example: index, expected: "a label from 0 to \(DatasetCheck.mostClasses - 1)", found: "\(label)")
    }
    var text = "\(array.elementType) labels"
    if let least = values.min(), let most = values.max(), least > 0 {
      text += " from \(least) to \(most): class 0 does not occur"
    }
    detection = text + (tenIsZero ? ", 10 read as 0" : "")
  }

  private static func column(_ array: StoredArray, _ place: Dataset.Origin.Place) throws -> [Int] {
    let rows = 0..<array.shape[0]
    guard array.elementType.isFloatingPoint else { return try array.rows(rows, as: Int.self) }
    var result: [Int] = []
    for (index, number) in try array.rows(rows, as: Double.self).enumerated() {
      guard let label = Int(exactly: number) else {
        throw place.error(example: index, expected: "a whole number as label", found: "\(number)")
      }
      result.append(label)
    }
    return result
  }

  private static func oneHot(_ array: StoredArray, _ place: Dataset.Origin.Place) throws -> [Int] {
    let (count, classes) = (array.shape[0], array.shape[1])
    let rowsAtOnce = max(1, blockCount / classes)
    var result: [Int] = []
    for start in stride(from: 0, to: count, by: rowsAtOnce) {
      let block = try array.rows(start..<min(start + rowsAtOnce, count), as: Float.self)
      for row in stride(from: 0, to: block.count, by: classes) {
        let values = block[row..<row + classes]
        guard let one = values.firstIndex(of: 1), values.allSatisfy({ $0 == 0 || $0 == 1 }),
          values.lastIndex(of: 1) == one
        else {
          throw place.error(
            example: start + row / classes, expected: "one 1 among zeros in a row of \(classes)",
            found: "\(values.prefix(12).map { $0 })")
        }
        result.append(one - row)
      }
    }
    return result
  }

  private static func movingTenToZero(_ labels: [Int], _ place: Dataset.Origin.Place) throws(ExchangeError) -> [Int] {
    for (index, label) in labels.enumerated() where !(1...10).contains(label) {
      throw place.error(
        example: index, expected: "labels from 1 to 10 where 10 stands for 0", found: "\(label)")
    }
    return labels.map { $0 % 10 }
  }
}
