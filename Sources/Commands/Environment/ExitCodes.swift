internal import Arguments
internal import Attacks
internal import Certification
internal import Defences
internal import Exchange
internal import HDF5
internal import Hyperparameters
internal import Isolation
internal import Networks
internal import Training

// The one place where errors become exit codes (the parser's own 64 apart): 64 for what was typed, 65 for the content
// of a file, 66 for a file that cannot be read, 73 for one that cannot be written, 1 for the rest.

/// A requirement of the user that the results do not meet, although the command finished.
struct RequirementFailure: Error, CustomStringConvertible {
  let description: String
}

/// An interruption by Ctrl-C; the results so far have been printed and written.
struct Interruption: Error, CustomStringConvertible {
  let description: String
}

/// A file that does not fit the other things it is used with.
struct MismatchedFile: Error, CustomStringConvertible {
  let description: String
}

/// Training whose loss or weights are no longer finite; the last finite weights have been written.
struct DivergedRun: Error, CustomStringConvertible {
  let description: String
}

/// A certificate that an attack contradicts: one of them is wrong, and the lab has a defect.
struct ContradictedCertificate: Error, CustomStringConvertible {
  let description: String
}

/// Standard output that cannot be written to.
struct UnwritableOutput: Error, CustomStringConvertible {
  let description: String
}

extension RequirementFailure: ExitCodeProviding {
  package var exitCode: Int32 { 2 }
}

extension Interruption: ExitCodeProviding {
  static let exitCode: Int32 = 130
  package var exitCode: Int32 { Self.exitCode }
}

extension MismatchedFile: ExitCodeProviding {
  package var exitCode: Int32 { 65 }
}

extension ModelError: ExitCodeProviding {
  package var exitCode: Int32 { 65 }
}

extension UnwritableOutput: ExitCodeProviding {
  package var exitCode: Int32 { ExitCode.cannotWrite.rawValue }
}

extension ExchangeError: ExitCodeProviding {
  package var exitCode: Int32 {
    switch kind {
    case .missing: 66
    case .content: 65
    case .cannotWrite: 73
    case .request: 64
    }
  }
}

extension ReaderFailure: ExitCodeProviding {}

extension FlatMessageError: ExitCodeProviding {
  package var exitCode: Int32 { 65 }
}

extension HDF5Error: ExitCodeProviding {
  package var exitCode: Int32 { ExchangeError(self).exitCode }
}

extension NetworkError: ExitCodeProviding {
  package var exitCode: Int32 { 65 }
}

extension ArchitectureError: ExitCodeProviding {
  package var exitCode: Int32 { 64 }
}

extension HyperparameterError: ExitCodeProviding {
  package var exitCode: Int32 { 64 }
}

extension AttackError: ExitCodeProviding {
  package var exitCode: Int32 { 64 }
}

extension DefenceError: ExitCodeProviding {
  package var exitCode: Int32 { 64 }
}

extension ThreatModelError: ExitCodeProviding {
  package var exitCode: Int32 { 64 }
}

extension CertificationError: ExitCodeProviding {
  package var exitCode: Int32 {
    switch self {
    case .norm, .singlePrecision: 64
    case .pixel, .unsupported, .notFinite, .mismatch: 65
    case .tooLarge: 1
    }
  }
}

extension CleverError: ExitCodeProviding {
  package var exitCode: Int32 {
    switch self {
    case .norm: 64
    case .gradient: 65
    }
  }
}

extension TrainingError: ExitCodeProviding {
  package var exitCode: Int32 {
    switch self {
    case .invalidSetting: 64
    case .diverged: 1
    }
  }
}
