internal import Exchange
internal import Networks
internal import Reference
internal import Reports
internal import Wording

/// A linear node as a matrix, for `inspect --matrix`: a row for each output, a column for each input. That of a
/// convolution repeats its few weights along the diagonals: a Toeplitz matrix, of blocks for images.
struct NodeMatrix: Encodable {
  let command = "inspect"
  let kind = "matrix"
  let name: String
  let node: String
  let operation: String
  let input: [Int]
  let output: [Int]
  /// What is added to every output; nil where that is nothing.
  let constants: [Double]?
  let matrix: [[Double]]
  /// The file with the picture.
  let picture: String?

  /// Rows and columns that can be read.
  private static let mostShown = 64
  /// Rows and columns of a picture.
  private static let most = 4096

  /// - Parameters:
  ///   - path: The model's file.
  ///   - model: The model.
  ///   - name: The node.
  ///   - picture: The file that a picture will be written to.
  /// - Throws: `MismatchedFile` where there is no such node, or it is not one linear map, or one that is too large.
  init(_ path: String, _ model: ModelFile, node name: String, picture: String?) throws {
    let network = model.network
    guard let index = network.index(of: name) else {
      let advice = NearestNames.advice(for: name, among: network.nodes.map(\.name))
      throw MismatchedFile(description: "\(path): there is no node '\(name)'. \(advice)")
    }
    let operation = try network.affineOperation(of: index, model.parameters)
    guard let operation, operation.maps.count == 1 else {
      throw MismatchedFile(
        description: "\(path): a matrix is that of a linear map of one input; '\(name)' is "
          + "\(network.nodes[index].operation.kindName)")
    }
    let map = operation.maps[0]
    let most = picture == nil ? Self.mostShown : Self.most
    guard map.input.count <= most, map.output.count <= most else {
      let advice = picture == nil ? "; --picture takes up to \(NumberFormat.count(Self.most))" : ""
      throw MismatchedFile(
        description: "\(path): the matrix of '\(name)' has \(NumberFormat.count(map.output.count)) rows and "
          + "\(NumberFormat.count(map.input.count)) columns; expected at most \(NumberFormat.count(most))\(advice)")
    }
    (self.name, node, self.operation) = (path, name, network.nodes[index].operation.kindName)
    (input, output, constants) = (map.input.extents, map.output.extents, operation.constants)
    self.picture = picture
    matrix = Self.rows(of: map)
    guard matrix.joined().allSatisfy(\.isFinite), constants?.allSatisfy(\.isFinite) ?? true else {
      throw MismatchedFile(
        description: "\(path): expected a matrix of finite numbers, found NaN or infinity in '\(name)'")
    }
  }

  private static func rows(of map: LinearMap) -> [[Double]] {
    let (rows, columns) = (map.output.count, map.input.count)
    var scalars = [Double](repeating: 0, count: rows * columns)
    let kernel = ReferenceKernels().kernel(for: map)
    // One at a time: a unit vector for each would take as much memory again.
    scalars.withUnsafeMutableBufferPointer { scalars in
      for row in 0..<rows {
        kernel.copyRows([row], into: UnsafeMutableBufferPointer(rebasing: scalars[row * columns..<(row + 1) * columns]))
      }
    }
    return (0..<rows).map { Array(scalars[$0 * columns..<($0 + 1) * columns]) }
  }

  /// Writes the picture: a square for each number, grey for 0, black and white for the largest.
  ///
  /// - Throws: `ExchangeError` where it cannot be written.
  func write(to path: String) throws {
    let tile = matrix.joined().map(GreyScale(of: matrix.joined(), isSigned: true).level)
    let (height, width) = (matrix.count, matrix.first?.count ?? 0)
    let layout = TileSheet(
      width: width, height: height, channels: 1, scale: max(1, 480 / max(height, width)), margin: 0)
    guard let sheet = layout.picture("matrix", [tile]) else { return }
    try PlainFile.replace(path, with: sheet.png)
  }
}

extension NodeMatrix: Report {
  var document: Document {
    var document = Document("Matrix")
    var facts = Facts()
    facts.add("model", name)
    facts.add("node", "\(node), \(operation): \(Shape(input)) to \(Shape(output))")
    facts.add("matrix", "\(matrix.count) rows, \(matrix.first?.count ?? 0) columns; \(weights)")
    if let picture { facts.add("picture", picture) }
    document.add(facts)
    if max(matrix.count, matrix.first?.count ?? 0) <= Self.mostShown { document.add(table) }
    return document
  }

  private var weights: String {
    let numbers = matrix.joined()
    let zeros = numbers.count { $0 == 0 }
    return "\(NumberFormat.percentage(Double(zeros) / Double(max(numbers.count, 1)))) zeros, "
      + "\(counted(Set(numbers.filter { $0 != 0 }).count, "other number", "different other numbers"))"
  }

  /// Zeros are dots, so that the pattern is seen.
  private var table: Table {
    let (rows, columns) = (Self.places(Shape(output)), Self.places(Shape(input)))
    var table = Table(
      [.left("")] + columns.map { .right($0) } + (constants == nil ? [] : [.right("+")]))
    for (index, row) in matrix.enumerated() {
      let constant: [Cell] = constants.map { [.number($0[index], digits: 3)] } ?? []
      table.append([.text(rows[index])] + row.map { $0 == 0 ? "·" : .number($0, digits: 3) } + constant)
    }
    return table
  }

  /// Where each scalar is: `row,column`, with the channel before them where there are several.
  private static func places(_ shape: Shape) -> [String] {
    let extents = shape.rank == 3 && shape[0] == 1 ? Array(shape.extents.dropFirst()) : shape.extents
    return (0..<shape.count).map { place in
      var (rest, words) = (place, [String]())
      for extent in extents.reversed() {
        words.append(String(rest % extent))
        rest /= extent
      }
      return words.reversed().joined(separator: ",")
    }
  }
}
