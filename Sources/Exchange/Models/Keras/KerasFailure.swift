/// Something in a Keras model that is not supported: which layer of which class, and why. The reader adds the file.
struct KerasFailure: Error {
  /// `layer 'conv1' (Conv2D)`, or nil where it is not one layer's fault.
  let place: String?
  let message: String

  init(_ message: String, at place: String? = nil) {
    self.place = place
    self.message = message
  }

  init(expected: String, found: String, at place: String? = nil) {
    self.init("expected \(expected), found \(found)", at: place)
  }

  func exchangeError(file: String) -> ExchangeError {
    ExchangeError(kind: .content, file: file, object: place, message: message)
  }
}
