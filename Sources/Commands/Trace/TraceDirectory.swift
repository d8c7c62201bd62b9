internal import Exchange
internal import Networks
internal import Reports

/// The directory of `--save-images`: for every example a folder with a picture of each node, `000003/02-conv.png`, and
/// where it was attacked, of the same and of the change: `02-conv-attacked.png`, `02-conv-change.png`. `sheet.png` has all
/// nodes of the image in their order.
struct TraceDirectory {
  let path: String

  /// Makes the directory.
  ///
  /// - Throws: `ExchangeError` where it cannot be made, or holds something already.
  init(_ path: String, force: Bool) throws {
    self.path = path
    try makeEmptyDirectory(path, force: force)
  }

  /// Writes the pictures of an example.
  ///
  /// - Throws: `ExchangeError` where one cannot be written.
  func write(_ layers: [TracedLayer], _ sheets: [[Gallery.Picture]], of example: TracedExample) throws {
    guard Launch.ranks.isFirst else { return }
    let folder = "\(path)/\(padded(example.id, to: 6))"
    try makeDirectory(folder)
    var all: [Gallery.Picture] = []
    for (index, pictures) in sheets.enumerated() {
      let name = "\(padded(index, to: 2))-\(fileName(layers[index].node.name))"
      all += pictures.prefix(1)
      for (picture, ending) in zip(pictures, ["", "-attacked", "-change"]) {
        try PlainFile.replace("\(folder)/\(name)\(ending).png", with: picture.png)
      }
    }
    guard let sheet = Gallery.Picture.flowing("sheet", all) else { return }
    try PlainFile.replace("\(folder)/sheet.png", with: sheet.png)
  }
}
