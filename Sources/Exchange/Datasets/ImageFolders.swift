/// Where the images of a directory lie that has a folder for each class, `DIR/cat/1.png`, or such folders for each
/// split, `DIR/test/cat/1.png`: as torchvision's `ImageFolder` and Keras' `image_dataset_from_directory` take them.
struct ImageFolders {
  let directory: String
  private let content: DirectoryContent

  /// The images of one split.
  struct Split {
    /// The name of the split.
    let name: String
    /// The names of the classes, in the order of their bytes: an image of the first has label 0.
    let classes: [String]
    /// The paths of the images below the directory, in the order in which they are numbered.
    let paths: [String]
    /// The class of each image.
    let labels: [Int]
    /// What a user should know about them.
    let remarks: [String]
  }

  /// A folder for the classes of a split: of the directory itself, the empty path.
  private struct Place {
    let folder: String
    let split: String
    let remark: String?
  }

  /// Enough to find one image if there are any.
  private static let searchedFolders = 1000

  init(directory: String) throws(ExchangeError) {
    self.directory = directory
    content = try DirectoryContent(directory)
  }

  /// Whether there is an image in a directory, or in folders of it.
  static func isPresent(in directory: String) -> Bool {
    var folders = [directory]
    var next = 0
    while next < min(folders.count, searchedFolders) {
      let folder = folders[next]
      next += 1
      guard let content = try? DirectoryContent(folder) else { continue }
      if content.files.contains(where: { ImageFile.kind(ofName: $0) != .none }) { return true }
      folders += content.folders.prefix(searchedFolders).map { "\(folder)/\($0)" }
    }
    return false
  }

  /// The images of the split that is selected, or of the whole directory where it has no splits.
  ///
  /// - Throws: `ExchangeError` where there are no class folders, one without images, or none for the split.
  func split(_ selection: DatasetSelection) throws(ExchangeError) -> Split {
    let splits = try splitFolders(selection.split)
    let place = try place(of: selection, among: splits)
    let own = try DirectoryContent(path(place.folder))
    guard !own.folders.isEmpty else { throw withoutClasses(place.folder, own) }
    let (classes, classRemark) = try classes(own.folders, of: place, among: splits)
    let present = Set(own.folders)
    var walk = ImageWalk(directory: directory)
    var labels: [Int] = []
    for (label, name) in classes.enumerated() where present.contains(name) {
      let folder = place.folder.isEmpty ? name : "\(place.folder)/\(name)"
      let count = try walk.collect(folder)
      guard count > 0 else {
        throw ExchangeError(file: path(folder), expected: "PNG or JPEG images of a class", found: "none")
      }
      labels += Array(repeating: label, count: count)
    }
    let beside = own.files.count { ImageFile.kind(ofName: $0) != .none }
    let besideRemark = beside > 0 ? "images beside the class folders, which are not read: \(beside)" : nil
    return Split(
      name: place.split, classes: classes, paths: walk.paths, labels: labels,
      remarks: [place.remark, classRemark, besideRemark].compactMap(\.self))
  }

  /// The folders of splits; none where the directory holds the classes themselves.
  private func splitFolders(_ wanted: String) throws(ExchangeError) -> [String] {
    let named = content.folders.filter { ArrayNaming.isSplit($0) || $0 == wanted }
    var splits: [String] = []
    for folder in named where !(try DirectoryContent(path(folder))).folders.isEmpty { splits.append(folder) }
    guard !splits.isEmpty else {
      // A class may be called train, but not all of them like splits.
      guard let first = named.first, named.count == content.folders.count else { return [] }
      throw withoutClasses(first, try DirectoryContent(path(first)))
    }
    let others = content.folders.filter { !named.contains($0) && Self.isPresent(in: path($0)) }
    guard others.isEmpty else {
      throw ExchangeError(
        file: directory, expected: "folders of classes alone or of splits alone",
        found: "images in \(others[0]) beside those in \(splits[0]); name the folder of the classes itself")
    }
    return named.filter { splits.contains($0) || $0 == wanted }
  }

  /// Where the classes lie that are read.
  private func place(of selection: DatasetSelection, among splits: [String]) throws(ExchangeError) -> Place {
    guard !splits.isEmpty else {
      return Place(
        folder: "", split: Dataset.allRows, remark: "no splits: all images are read as \(selection.split)")
    }
    var canonical = selection
    canonical.split = ArrayNaming.canonical(split: selection.split)
    let names = Set(splits.map { ArrayNaming.canonical(split: $0) }).sorted()
    guard let chosen = canonical.split(among: names) else {
      throw ExchangeError(
        file: directory, expected: "a folder for the split \(selection.split); --split names another",
        found: splits.joined(separator: ", "))
    }
    let folders = splits.filter { ArrayNaming.canonical(split: $0) == chosen.name }
    guard let folder = folders.first(where: { $0 == selection.split }) ?? folders.first,
      folders.count == 1 || folder == selection.split
    else {
      throw ExchangeError(
        file: directory, expected: "one folder for the split \(selection.split)",
        found: folders.joined(separator: ", "))
    }
    return Place(folder: folder, split: chosen.remark == nil ? selection.split : chosen.name, remark: chosen.remark)
  }

  /// The classes: those of the training images where there are some, so that a class has one number in every split.
  private func classes(
    _ own: [String], of place: Place, among splits: [String]
  ) throws(ExchangeError) -> (names: [String], remark: String?) {
    guard let train = splits.first(where: { ArrayNaming.canonical(split: $0) == "train" }), train != place.folder else {
      return (own, nil)
    }
    let all = try DirectoryContent(path(train)).folders
    let known = Set(all)
    if let other = own.first(where: { !known.contains($0) }) {
      throw ExchangeError(
        file: path(place.folder), expected: "class folders that \(train) has, too", found: other)
    }
    let missing = all.count - own.count
    return (all, missing == 0 ? nil : "classes as in \(train); without a folder here: \(missing)")
  }

  private func path(_ folder: String) -> String { folder.isEmpty ? directory : "\(directory)/\(folder)" }

  private func withoutClasses(_ folder: String, _ content: DirectoryContent) -> ExchangeError {
    let images = content.files.count { ImageFile.kind(ofName: $0) != .none }
    return ExchangeError(
      file: path(folder),
      expected: "a folder for each class: DIRECTORY/cat/1.png, or with splits DIRECTORY/test/cat/1.png",
      found: images > 0 ? "images without class folders: \(images)" : "no folders")
  }
}

/// Collects images folder by folder.
private struct ImageWalk {
  let directory: String
  private(set) var paths: [String] = []
  private var folderCount = 0

  /// Deeper than any dataset; links may lead in circles that are not noticed before.
  private static let mostDepth = 32
  private static let mostFolders = 1 << 18

  init(directory: String) { self.directory = directory }

  /// Adds the images in a folder and below it, in torchvision's order: by the path of the folder, then by name.
  ///
  /// - Returns: Their number.
  mutating func collect(_ folder: String) throws(ExchangeError) -> Int {
    var found: [(folder: String, images: [String])] = []
    try look(into: folder, above: [], &found)
    let before = paths.count
    for (folder, images) in found.sorted(by: { DirectoryContent.areInOrder($0.folder, $1.folder) }) {
      paths += images.map { "\(folder)/\($0)" }
    }
    guard paths.count <= FileDigest.mostFilesInDirectory else {
      throw ExchangeError(
        file: directory, expected: "at most \(FileDigest.mostFilesInDirectory) images in a split", found: "more")
    }
    return paths.count - before
  }

  private mutating func look(
    into folder: String, above: [DirectoryContent.Identity], _ found: inout [(folder: String, images: [String])]
  ) throws(ExchangeError) {
    let path = "\(directory)/\(folder)"
    let content = try DirectoryContent(path)
    folderCount += 1
    guard !above.contains(content.identity), above.count < Self.mostDepth, folderCount < Self.mostFolders else {
      throw ExchangeError(
        file: path, expected: "folders of images, at most \(Self.mostDepth) deep", found: "links that lead in circles")
    }
    found.append((folder, try images(among: content.files, in: path)))
    for name in content.folders { try look(into: "\(folder)/\(name)", above: above + [content.identity], &found) }
  }

  private func images(among files: [String], in folder: String) throws(ExchangeError) -> [String] {
    var images: [String] = []
    for name in files {
      switch ImageFile.kind(ofName: name) {
      case .none: break
      case .readable where !name.utf8.contains(UInt8(ascii: "\n")): images.append(name)
      case .readable: throw ExchangeError(file: folder, expected: "names of one line", found: "one with a line break")
      // Left out, it would be missing where another tool takes it.
      case .other:
        throw ExchangeError(
          file: "\(folder)/\(name)", expected: "PNG or JPEG images", found: "another kind; convert it to PNG")
      }
    }
    return images
  }
}
