import Exchange
import Networks
import Reference
import Testing

/// Layers that change the size of images, or nothing when a model predicts.
struct KerasResizingTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// k² mod 17 of the places of a 4×6 image.
  private static let image = (0..<24).map { Double($0 * $0 % 17) }

  private func outcome(_ className: String, _ settings: String) throws -> [Double] {
    let network = try directory.network([4, 6, 1], KerasText.layer(className, "r", settings))
    let model = try ReferenceModel(network: network, parameters: ParameterSet())
    return model.logits(of: Tensor(shape: [1, 1, 4, 6], scalars: Self.image)).scalars
  }

  /// Keras 3.15 on PyTorch and Keras 2.21 on TensorFlow give these, in single precision: 2⁻²⁴ of 16 is 1e-6, and
  /// weights of thirds are rounded too.
  @Test(arguments: [
    ("\"height\": 2, \"width\": 3", [4.5, 9.75, 10.25, 7.25, 9.5, 2.75]),
    ("\"height\": 2, \"width\": 2", [8, 15.5, 10, 4.5]),
    (
      "\"height\": 1, \"width\": 12",
      [5, 7.625, 12.875, 14.375, 12.125, 10.375, 9.125, 8.375, 8.125, 6.25, 2.75, 1]
    ),
    ("\"height\": 4, \"width\": 6, \"interpolation\": \"bicubic\"", Self.image),
    ("\"height\": 2, \"width\": 3, \"crop_to_aspect_ratio\": true", [4.5, 9.75, 10.25, 7.25, 9.5, 2.75]),
  ])
  func resizing(settings: String, expected: [Double]) throws {
    let found = try outcome("Resizing", settings)
    #expect(found.count == expected.count)
    let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 1e-5, "\(found)")
  }

  @Test func enlarging() throws {
    let operations = { (settings: String) in
      try directory.network([4, 6, 1], KerasText.layer("Resizing", "r", settings)).nodes.dropFirst().map(\.operation)
    }
    #expect(
      try operations("\"height\": 8, \"width\": 6, \"interpolation\": \"nearest\"")
        == [.upsampling(Upsampling(factor: Extent(2, 1), method: .nearest))])
    #expect(
      try operations("\"height\": 8, \"width\": 18, \"antialias\": true")
        == [.upsampling(Upsampling(factor: Extent(2, 3), method: .bilinear))])
    let row = try outcome("Resizing", "\"height\": 4, \"width\": 18").prefix(18)
    // The first row of Keras' outcome.
    let expected = [
      0, 0, 0.333333, 0.666667, 1, 2, 3, 4, 5.666667, 7.333334, 9, 11.333334, 13.666667, 16, 13.333332, 10.666664, 8, 8,
    ]
    #expect(zip(row, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// Of an odd rest one row or column more is taken off at the end.
  @Test func centerCrop() throws {
    #expect(try outcome("CenterCrop", "\"height\": 3, \"width\": 3") == [1, 4, 9, 15, 13, 13, 16, 9, 4])
    #expect(
      try directory.network([4, 6, 1], KerasText.layer("CenterCrop", "c", "\"height\": 4, \"width\": 6")).nodes.count
        == 1)
  }

  @Test(arguments: [
    ("Resizing", "\"height\": 5, \"width\": 6", "whole multiples"),
    ("Resizing", "\"height\": 2, \"width\": 3, \"interpolation\": \"nearest\"", "nearest depends"),
    ("Resizing", "\"height\": 2, \"width\": 3, \"antialias\": true", "antialias"),
    ("Resizing", "\"height\": 8, \"width\": 12, \"interpolation\": \"lanczos3\"", "\"nearest\" or \"bilinear\""),
    ("Resizing", "\"height\": 8, \"width\": 6, \"pad_to_aspect_ratio\": true", "proportions of 4×6"),
    ("Resizing", "\"height\": 0, \"width\": 6", "height to be a whole number"),
    ("Resizing", "\"height\": 16777216, \"width\": 12582912", "at most"),
    ("CenterCrop", "\"height\": 5, \"width\": 3", "larger than its images of 4×6"),
    ("RandomCrop", "\"height\": 2, \"width\": 2", "CenterCrop or Resizing"),
  ])
  func refusals(_ className: String, settings: String, reason: String) throws {
    let message = try directory.refusal(
      KerasText.sequential([KerasText.input([4, 6, 1]), KerasText.layer(className, "r", settings)]))
    #expect(message.contains("layer 'r' (\(className))") && message.contains(reason), "\(message)")
  }

  /// Keras 3 writes `training` with the calls of its preprocessing; it predicts without.
  @Test(arguments: ["RandomFlip", "RandomShear", "RandAugment"]) func augmentationsAreLeftOut(_ name: String) throws {
    let call = { (layer: String, kwargs: String) in
      "[{\"args\": [{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"\(layer)\", 0, 0]}}], "
        + "\"kwargs\": {\(kwargs)}}]"
    }
    let layers = [
      KerasText.input([4, 6, 1], calls: "[]"),
      KerasText.layer(name, "a", calls: call("in", "\"training\": true")),
      KerasText.layer("CenterCrop", "c", "\"height\": 4, \"width\": 4", calls: call("a", "\"training\": true")),
    ]
    let network = try directory.network(KerasText.functional(layers, output: "[[\"c\", 0, 0]]"))
    #expect(network.nodes.map(\.name) == ["input", "c"])
    // In Keras 2 the layer acts in prediction too where it is called so.
    let keras2 = [
      KerasText.layer("InputLayer", "in", "\"batch_input_shape\": [null, 4, 6, 1]", calls: "[]"),
      KerasText.layer(name, "a", calls: "[[[\"in\", 0, 0, {\"training\": true}]]]"),
    ]
    let message = try directory.refusal(KerasText.functional(keras2, output: "[[\"a\", 0, 0]]"))
    #expect(message.contains("layer 'a' (\(name)): is called with training = true"), "\(message)")
  }
}
