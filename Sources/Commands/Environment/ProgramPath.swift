internal import CKernels
internal import Glibc

/// The path of the executable of this process; nil where the system does not report it.
let executablePath: String? = {
  // /proc may be missing; what the kernel was given may be relative, so this is asked before anybody changes directory.
  for candidate in ["/proc/self/exe", advlab_program_path().map { String(cString: $0) }].compactMap(\.self) {
    guard let path = realpath(candidate, nil) else { continue }
    defer { free(path) }
    return String(cString: path)
  }
  return nil
}()
