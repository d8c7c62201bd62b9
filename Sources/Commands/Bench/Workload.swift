internal import Networks

/// Some steps on one batch of images.
struct Workload {
  /// What a step does.
  enum Activity: Hashable {
    /// A step of L∞ PGD from a random start, on the cross-entropy, without early stop.
    case attack(radius: Float, stepSize: Float)
    /// An update of fast adversarial training, with the settings of `train --defence fast-mnist` at a constant rate.
    case training
    /// The logits of the batch.
    case inference

    static let attackGrey = Activity.attack(radius: 0.3, stepSize: 0.01)
    static let attackColour = Activity.attack(radius: 8 / 255, stepSize: 2 / 255)
  }

  let architecture: String
  let imageShape: Shape
  let activity: Activity
  /// The number of images.
  var batchSize: Int
  /// The number of steps in one run.
  var steps: Int
  /// The number of classes of every network here.
  let classCount = 10

  init(_ architecture: String, _ imageShape: Shape, _ activity: Activity, batchSize: Int, steps: Int) {
    self.architecture = architecture
    self.imageShape = imageShape
    self.activity = activity
    self.batchSize = batchSize
    self.steps = steps
  }

  /// What is counted: a step makes one for each image.
  var unit: String {
    switch activity {
    case .attack: "gradients"
    case .training: "examples"
    case .inference: "images"
    }
  }

  /// Whether it takes gradients of attacks and nothing else.
  var isAttack: Bool {
    switch activity {
    case .attack: true
    case .training, .inference: false
    }
  }

  /// The units of one run.
  var unitCount: Int { batchSize * steps }
}
