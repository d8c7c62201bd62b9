import Networks

/// A directory with a folder of PNG and JPEG images for each class.
struct ImageFolderDataset {
  let directory: String

  /// The most classes whose names are shown where a dataset is described.
  private static let mostNamesShown = 12

  /// Finds the images, and reads the head of each.
  func open(_ selection: DatasetSelection) throws -> OpenDataset {
    let place = Dataset.Origin.Place(file: directory)
    try selection.checkNoOverrides(at: place)
    let split = try ImageFolders(directory: directory).split(selection)
    // Of all images, whichever are selected, so that each is understood in one way.
    let form = try ImageSetForm(of: split.paths.map { "\(directory)/\($0)" })
    let rows = try selection.rows(of: split.paths.count, at: place)
    let scale = PixelScale(of: form.samples, selection)
    let labels = split.labels[rows]
    let head = OpenDataset.Head(
      name: Dataset.name(ofPath: directory), split: split.name, imageShape: form.imageShape,
      classCount: split.classes.count, classNames: split.classes, pixelRange: scale.range, pixelDivisor: scale.divisor,
      digest: try FileDigest(ofDirectory: directory, split.paths),
      detection: detection(split, form, scale, chosen: Array(labels)),
      origin: Dataset.Origin(images: place, labels: place))
    return try OpenDataset(rows, labels: labels, head) { rows in
      (try images(rows, of: split, form, scale), Array(split.labels[rows]))
    }
  }

  private func images(
    _ rows: Range<Int>, of split: ImageFolders.Split, _ form: ImageSetForm, _ scale: PixelScale
  ) throws -> Tensor<Float> {
    let shape = form.imageShape.batched(rows.count)
    guard let total = shape.checkedCount, total <= StoredImages.mostPixels else {
      throw ExchangeError(
        file: directory, expected: "at most \(StoredImages.mostPixels) pixels; select fewer images",
        found: "\(rows.count) images of \(form.imageShape)")
    }
    let scaled = scale.pixels(for: form.samples)
    let scalars = try [Float](unsafeUninitializedCapacity: total) { pixels, count in
      for path in split.paths[rows] {
        let file = "\(directory)/\(path)"
        let image = try ImageFile(file)
        try form.check(image.header, file)
        count += form.copy(image, to: UnsafeMutableBufferPointer(rebasing: pixels[count...]), scaled)
      }
    }
    return Tensor(shape: shape, scalars: scalars)
  }

  /// What was found, in one sentence.
  private func detection(
    _ split: ImageFolders.Split, _ form: ImageSetForm, _ scale: PixelScale, chosen: [Int]
  ) -> String {
    let classes = split.classes
    let names = classes.prefix(Self.mostNamesShown).joined(separator: ", ")
    let more = classes.count - Self.mostNamesShown
    var parts = [
      "\(split.paths.count) images \(form.imageShape) of \(form.bitDepth) bits, \(scale.detection)",
      "class folders: \(names)" + (more > 0 ? " and \(more) more" : ""),
    ]
    parts += form.remarks + split.remarks
    let (there, here) = (Set(split.labels).count, Set(chosen).count)
    if here < there { parts.append("class by class: these \(chosen.count) images are of \(here) of \(there) classes") }
    return parts.joined(separator: "; ")
  }
}

/// What all images of a set have in common, and in how many ways they differ otherwise.
struct ImageSetForm {
  /// 8 or 16.
  let bitDepth: Int

  private let first: (path: String, header: ImageFile.Header)
  private var grey = 0
  private var colored = 0
  private var withAlpha = 0

  /// Reads the headers of images, of which there is at least one.
  ///
  /// - Throws: `ExchangeError` for the first that differs in size or depth.
  init(of paths: [String]) throws(ExchangeError) {
    first = (paths[0], try ImageFile.header(paths[0]))
    bitDepth = first.header.bitDepth
    for path in paths {
      let header = try ImageFile.header(path)
      try check(header, path)
      if header.channels == 1 { grey += 1 } else { colored += 1 }
      if header.hasAlpha { withAlpha += 1 }
    }
  }

  /// What a sample is stored as.
  var samples: PixelScale.Whole { bitDepth == 16 ? .word : .byte }

  /// The shape of an image: three channels if one of them has colors.
  var imageShape: Shape { [colored > 0 ? 3 : 1, first.header.height, first.header.width] }

  /// How images were made alike.
  var remarks: [String] {
    var remarks: [String] = []
    if grey > 0, colored > 0 { remarks.append("grey images among colored ones, taken as RGB: \(grey)") }
    if withAlpha > 0 { remarks.append("images whose alpha is left out: \(withAlpha)") }
    return remarks
  }

  /// Refuses an image of another size or depth.
  func check(_ header: ImageFile.Header, _ path: String) throws(ExchangeError) {
    let expected = first.header
    guard header.width == expected.width, header.height == expected.height else {
      throw ExchangeError(
        file: path, expected: "\(expected.width)×\(expected.height) pixels (width×height), as \(first.path) has",
        found: "\(header.width)×\(header.height); resize all images to one size first")
    }
    guard header.bitDepth == bitDepth else {
      throw ExchangeError(
        file: path, expected: "\(bitDepth) bits for a sample, as \(first.path) has",
        found: "\(header.bitDepth); save all images with one depth first")
    }
  }

  /// Copies an image that was checked, channels first, every sample as `scaled` gives it; grey into each channel.
  ///
  /// - Returns: The number of samples written.
  func copy(_ image: ImageFile, to pixels: UnsafeMutableBufferPointer<Float>, _ scaled: [Float]) -> Int {
    let (area, channels, stored) = (imageShape[1] * imageShape[2], imageShape[0], image.header.channels)
    for channel in 0..<channels {
      for pixel in 0..<area {
        let sample = pixel * stored + min(channel, stored - 1)
        let value =
          bitDepth == 16
          ? Int(image.samples[2 * sample]) << 8 | Int(image.samples[2 * sample + 1]) : Int(image.samples[sample])
        pixels[channel * area + pixel] = scaled[value]
      }
    }
    return channels * area
  }
}
