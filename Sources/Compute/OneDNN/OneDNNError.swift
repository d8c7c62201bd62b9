internal import COneDNN

/// A call of oneDNN that failed.
public struct OneDNNError: Error, CustomStringConvertible {
  /// The C function.
  public let function: String
  /// The library's name for the status.
  public let status: String

  /// One sentence.
  public var description: String { "oneDNN refused \(function): \(status)." }
}

/// Throws where a C function did not succeed. Every call of oneDNN goes through here.
func check(_ function: StaticString, _ status: dnnl_status_t) throws(OneDNNError) {
  guard status == dnnl_success else {
    throw OneDNNError(function: "\(function)", status: name(of: status))
  }
}

private func name(of status: dnnl_status_t) -> String {
  switch status {
  case dnnl_out_of_memory: "out of memory"
  case dnnl_invalid_arguments: "invalid arguments"
  case dnnl_unimplemented: "not implemented"
  case dnnl_not_required: "not required"
  case dnnl_runtime_error: "runtime error"
  default: "status \(status.rawValue)"
  }
}
