import Exchange
import Networks
import Testing

/// What h5py shows of a dataset that another tool wrote.
struct DatasetFixture: Sendable, CustomTestStringConvertible {
  let file: String
  var split = "test"
  let shape: Shape
  /// The first pixels of channel 0 of the first image, in stored units.
  let pixels: [Float]
  let range: ClosedRange<Float>
  let labels: [Int]
  let detection: String

  var testDescription: String { "\(file) \(split)" }

  static let all = [
    DatasetFixture(
      file: "ds_keras_split.h5", shape: [8, 3, 8, 8], pixels: [156 / 255, 86 / 255], range: 0...1,
      labels: [4, 6, 3, 7, 9, 0, 3, 6],
      detection: "x_test: 8 images 3×8×8 as NHWC uint8, divided by 255; y_test: int64 labels"),
    DatasetFixture(
      file: "ds_keras_split.h5", split: "train", shape: [24, 3, 8, 8], pixels: [168 / 255, 171 / 255], range: 0...1,
      labels: [0, 8, 9, 0, 7, 1, 3, 9, 2, 8],
      detection: "x_train: 24 images 3×8×8 as NHWC uint8, divided by 255; y_train: int64 labels"),
    DatasetFixture(
      file: "ds_be.h5", shape: [8, 3, 8, 8], pixels: [0.96862745, 0.58039216], range: 0...1,
      labels: [9, 5, 4, 3, 4, 2, 3, 2],
      detection: "x_test: 8 images 3×8×8 as NHWC float64, pixels in [0, 1] as stored; "
        + "y_test: int16 labels from 2 to 9: class 0 does not occur"),
    DatasetFixture(
      file: "ds_caffe.h5", shape: [24, 1, 28, 28], pixels: [0.6328125, 0.95703125, 0.12890625], range: 0...1,
      labels: [6, 5, 5, 1, 5, 7, 5, 3, 7, 9],
      detection: "data: 24 images 1×28×28 as NCHW float32, pixels in [0, 1] as stored; label: float32 labels; "
        + "no splits: all rows are read as test"),
    DatasetFixture(
      file: "ds_groups.h5", shape: [8, 3, 8, 8], pixels: [211 / 255, 242 / 255], range: 0...1,
      labels: [4, 5, 5, 3, 5, 0, 6, 0],
      detection: "test/images: 8 images 3×8×8 as NHWC uint8, divided by 255; test/labels: int8 labels; "
        + "3 names for 10 classes: left out"),
    DatasetFixture(
      file: "ds_images_labels.h5", shape: [24, 3, 8, 8], pixels: [0.27450982, 0.16862746, 0.6745098], range: 0...1,
      labels: [4, 8, 4, 8, 3, 4, 0, 4, 2, 1],
      detection: "images: 24 images 3×8×8 as NCHW float32, pixels in [0, 1] as stored; labels: int32 labels; "
        + "no splits: all rows are read as test"),
    DatasetFixture(
      file: "ds_onehot.h5", shape: [24, 1, 8, 8], pixels: [66, 35, 41], range: 0...255, labels: [8],
      detection: "X: 24 images 1×8×8 as NHWC float64, whole pixels up to 255 left as they are: "
        + "ε is in units of 0 to 255; Y: one-hot float32 rows of 10; no splits: all rows are read as test"),
  ]
}

@Test(arguments: DatasetFixture.all)
func datasetsOfOtherToolsLoad(fixture: DatasetFixture) throws {
  guard let path = SharedFiles.path("fixtures/\(fixture.file)") else { return }
  let dataset = try Exchange.Dataset.read(from: path, DatasetSelection(split: fixture.split))
  #expect(dataset.images.shape == fixture.shape)
  #expect(Array(dataset.images.scalars.prefix(fixture.pixels.count)) == fixture.pixels)
  #expect(dataset.pixelRange == fixture.range)
  #expect(Array(dataset.labels.prefix(fixture.labels.count)) == fixture.labels)
  #expect(dataset.classCount == 10)
  #expect(dataset.detection == fixture.detection)
}

@Test func svhnInMATLABIsTurnedTheRightWay() throws {
  guard let path = SharedFiles.path("fixtures/ds_svhn73.mat") else { return }
  let dataset = try Exchange.Dataset.read(from: path)
  #expect(dataset.images.shape == [8, 3, 32, 32])
  // The file's second value is the pixel below the first, not the one beside it.
  #expect(dataset.images.scalars[0] == Float(34) / 255)
  #expect(dataset.images.scalars[32] == Float(197) / 255)
  #expect(dataset.labels == [9, 3, 4, 6, 7, 5, 7, 5])
  #expect(dataset.detection.contains("as NCWH uint8"))
}

@Test func cifarSubsetLoads() throws {
  guard let path = SharedFiles.path("data/cifar10/cifar10-jpeg-subset.h5") else { return }
  let dataset = try Exchange.Dataset.read(from: path, DatasetSelection(offset: 1990, count: 100))
  #expect(dataset.images.shape == [10, 3, 32, 32])
  #expect(dataset.ids == Array(1990..<2000))
  #expect(dataset.classNames?.last == "truck")
  #expect(try Exchange.Dataset.read(from: path, DatasetSelection(split: "train", count: 1)).count == 1)
}
