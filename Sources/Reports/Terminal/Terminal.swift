import Glibc

/// The width and abilities of an output stream of this process.
public struct Terminal: Hashable, Sendable {
  /// Whether a person watches, so that a line may be drawn over.
  public let isInteractive: Bool
  /// Whether escape sequences for colour are welcome.
  public let usesColor: Bool
  /// The columns of a line.
  public let width: Int

  /// The columns that tables may take: those of a terminal, any number in a file or a pipe.
  public var tableWidth: Int? { isTerminal ? width : nil }

  private let isTerminal: Bool

  /// Creates a description.
  public init(isInteractive: Bool, usesColor: Bool, width: Int) {
    self.isInteractive = isInteractive
    self.usesColor = usesColor
    self.width = width
    isTerminal = isInteractive
  }

  /// Describes standard output as it is now.
  public static var standardOutput: Terminal { Terminal(descriptor: STDOUT_FILENO, environment: variable) }

  /// Describes standard error as it is now.
  public static var standardError: Terminal { Terminal(descriptor: STDERR_FILENO, environment: variable) }

  /// Describes an open file; colour follows the convention of no-color.org: any text in `NO_COLOR` forbids it.
  package init(descriptor: Int32, environment: (String) -> String?) {
    isTerminal = isatty(descriptor) == 1
    isInteractive = isTerminal && environment("TERM") != "dumb"
    usesColor = isInteractive && (environment("NO_COLOR") ?? "").isEmpty
    width = environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? Self.columns(of: descriptor)
  }

  /// The text in a style of the terminal, or as it is where colour is not welcome.
  public func styled(_ text: String, _ style: Style) -> String {
    usesColor && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// How pictures are shown: with all colours where the terminal says that it has them.
  public var pictureColors: TerminalPictures.Colors {
    guard usesColor else { return .none }
    return ["truecolor", "24bit"].contains(Self.variable("COLORTERM") ?? "") ? .full : .palette
  }

  /// The few styles in use, by their code.
  public enum Style: Int, Hashable, Sendable {
    /// Stands out.
    case bold = 1
    /// Stands back.
    case dim = 2
    /// Something failed.
    case red = 31
    /// Something holds.
    case green = 32
    /// Something deserves attention.
    case yellow = 33
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
