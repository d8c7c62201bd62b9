/// A question about an untrusted file that another process answers. It goes to the other process as JSON, with its name.
package protocol ReaderRequest: Codable, Sendable {
  /// By which the other process knows the kind of request.
  static var name: String { get }
  /// The file, for messages.
  var path: String { get }
  /// The bytes of all files that are read, by which the limits of the process are set.
  var byteCount: Int { get }

  /// Reads the file in this process and answers the one that asks.
  func answer(through channel: ReaderChannel) throws
}

/// The way between the process that reads a file and the one that asks for its content.
package struct ReaderChannel {
  /// Sends bytes to the process that asks.
  package let write: (UnsafeRawBufferPointer) throws -> Void
  /// Fills a buffer with what the process that asks sends; false where it asks no more.
  package let read: (UnsafeMutableRawBufferPointer) throws -> Bool

  /// Creates a channel of its two directions.
  package init(
    write: @escaping (UnsafeRawBufferPointer) throws -> Void,
    read: @escaping (UnsafeMutableRawBufferPointer) throws -> Bool
  ) {
    (self.write, self.read) = (write, read)
  }
}

/// A question with one answer, a `FlatMessage`. A new kind of file costs one conformance.
package protocol IsolatedRequest: ReaderRequest {
  /// What was read.
  associatedtype Content
  /// What passes between the processes beside arrays.
  associatedtype Head: Codable

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
  package func answer(through channel: ReaderChannel) throws {
    try Self.message(read()).write(to: channel.write)
  }
}

extension IsolatedRequest where Content == Head {
  /// An answer without arrays.
  package static func message(_ content: Content) throws -> FlatMessage<Head> { FlatMessage(head: content) }

  /// An answer without arrays.
  package func content(of message: FlatMessage<Head>) throws -> Content { message.head }
}
