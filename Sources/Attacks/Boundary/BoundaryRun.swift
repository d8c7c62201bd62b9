import Networks

/// One run of a walk over some examples.
struct BoundaryRun {
  private let walk: BoundaryWalk
  private var active: ActivePoints
  /// Of each example at work, its row in the nearest points and the other class of its boundary.
  private var rows: [Int]
  private var others: [Int]?
  private let projection: BoundaryProjection
  /// The ways from a point and from its image.
  private var ways: (point: [Double], image: [Double])

  /// A run from the images.
  init(_ walk: BoundaryWalk, _ task: AttackTask, rows: [Int], others: [Int]?) {
    (self.walk, self.rows, self.others) = (walk, rows, others)
    active = ActivePoints(task, points: task.images)
    projection = BoundaryProjection(norm: task.threat.norm, box: task.threat.bounds, of: task.images.shape.example)
    let none = Array(repeating: 0.0, count: task.images.exampleSize)
    ways = (none, none)
  }

  /// Lets the run begin at random points. `number` tells the runs of an example apart; `distances` are those of the
  /// nearest adversarial points, by row.
  ///
  /// Uniform numbers for L∞, normal ones else, stretched to half the radius, as in the reference.
  mutating func scatter(by number: Int, distances: [Float]) {
    let (task, norm) = (active.task, active.task.threat.norm)
    let size = task.images.exampleSize
    var change = Tensor<Float>(shape: [1, size])
    for (position, row) in rows.enumerated() {
      var stream = task.random.stream(.randomStart, example: task.ids[position], step: number)
      change.withUnsafeMutableScalars { change in
        for index in change.indices { change[index] = norm == .linf ? stream.uniform(in: -1...1) : stream.normal() }
      }
      let length = norm.distances(from: Tensor(shape: change.shape), to: change)[0]
      let radius = min(walk.restartRadius(norm), distances[row]) / 2
      guard length > 0 else { continue }
      active.points.withUnsafeMutableScalars { points in
        change.withUnsafeScalars { change in
          for index in 0..<size {
            let moved = Double(points[position * size + index]) + Double(change[index]) * Double(radius / length)
            points[position * size + index] = projection.boxed(moved, index)
          }
        }
      }
    }
  }

  /// Makes the steps. Points that are adversarial, by the logits that count, are entered where they are nearer.
  mutating func walk(_ nearest: inout NearestPoints, model: AttackedModel) throws {
    let queries = others == nil && !active.task.goal.isTargeted ? model.classCount : 2
    for _ in 0..<walk.steps {
      keep(active.retireUnaffordable(queries, model: model.queried))
      guard !active.isEmpty else { return }
      move(to: try LinearBoundary(active.task, at: active.points, others: others, model: model))
      let reached = active.task.goal.isReached(by: try active.task.logits(of: active.points, model: model.queried))
      nearest.enter(active.points, where: reached, rows: rows)
      stepBack(where: reached)
      if walk.stopRadius != nil { keep(active.retire(where: rows.map { walk.isDone(nearest.distances[$0]) })) }
    }
  }

  private mutating func keep(_ open: [Int]?) {
    guard let open else { return }
    rows = open.map { rows[$0] }
    others = others.map { others in open.map { others[$0] } }
  }

  /// The step to the boundary and beyond, between the two ways to it.
  private mutating func move(to boundary: LinearBoundary) {
    let size = active.task.images.exampleSize
    var points = active.points
    active.task.images.withUnsafeScalars { images in
      boundary.gradients.withUnsafeScalars { gradients in
        points.withUnsafeMutableScalars { points in
          for row in boundary.values.indices {
            let range = row * size..<(row + 1) * size
            step(
              UnsafeMutableBufferPointer(rebasing: points[range]), from: UnsafeBufferPointer(rebasing: images[range]),
              value: boundary.values[row], gradient: UnsafeBufferPointer(rebasing: gradients[range]))
          }
        }
      }
    }
    active.points = points
  }

  /// Below this the length of a way counts as this, so that their ratio is a number.
  private static let leastLength = 1e-8

  private mutating func step(
    _ point: UnsafeMutableBufferPointer<Float>, from image: UnsafeBufferPointer<Float>, value: Double,
    gradient: UnsafeBufferPointer<Float>
  ) {
    var imageValue = value
    for index in point.indices where gradient[index].isFinite {
      imageValue += Double(gradient[index]) * (Double(image[index]) - Double(point[index]))
    }
    let (alphaMax, eta, projection) = (Double(walk.alphaMax), Double(walk.eta), projection)
    ways.point.withUnsafeMutableBufferPointer { way in
      ways.image.withUnsafeMutableBufferPointer { imageWay in
        let own = projection.way(
          from: UnsafeBufferPointer(point), value: value, gradient: gradient, to: way)
        let other = projection.way(from: image, value: imageValue, gradient: gradient, to: imageWay)
        let (near, far) = (max(own, Self.leastLength), max(other, Self.leastLength))
        let alpha = min(near / (near + far), alphaMax)
        for index in point.indices {
          let along = (Double(point[index]) + eta * way[index]) * (1 - alpha)
          let fresh = (Double(image[index]) + eta * imageWay[index]) * alpha
          point[index] = projection.boxed(along + fresh, index)
        }
      }
    }
  }

  private mutating func stepBack(where reached: [Bool]) {
    let (size, beta) = (active.task.images.exampleSize, Double(walk.beta))
    let images = active.task.images
    images.withUnsafeScalars { images in
      active.points.withUnsafeMutableScalars { points in
        for row in reached.indices where reached[row] {
          for index in row * size..<(row + 1) * size {
            let image = Double(images[index])
            points[index] = Float(image + (Double(points[index]) - image) * beta)
          }
        }
      }
    }
  }
}
