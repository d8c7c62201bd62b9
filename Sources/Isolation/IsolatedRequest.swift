/// A question about an untrusted file that another process answers. A new kind of file costs one conformance.
///
/// The request goes to the other process as JSON, with its name; the answer comes back as a `FlatMessage`.
package protocol IsolatedRequest: Codable, Sendable {
  /// What was read.
  associatedtype Content
  /// What passes between the processes beside arrays.
  associatedtype Head: Codable

  /// By which the other process knows the kind of request.
  static var name: String { get }
  /// The file, for messages.
  var path: String { get }
  /// The bytes of all files that are read, by which the limits of the process are set.
  var byteCount: Int { get }

  /// Reads the file in this process.
  func read() throws -> Content
  /// What was read, as it is sent.
  static func message(_ content: Content) throws -> FlatMessage<Head>
  /// What was sent; everything is checked as if it were read here.
  ///
  /// - Throws: `FlatMessageError` where the parts do not fit together.
  func content(of message: FlatMessage<Head>) throws -> Content
}

extension IsolatedRequest {
  /// Reads the file and writes the answer.
  package func answer(to write: (UnsafeRawBufferPointer) throws -> Void) throws {
    try Self.message(read()).write(to: write)
  }
}

extension IsolatedRequest where Content == Head {
  /// An answer without arrays.
  package static func message(_ content: Content) throws -> FlatMessage<Head> { FlatMessage(head: content) }

  /// An answer without arrays.
  package func content(of message: FlatMessage<Head>) throws -> Content { message.head }
}
