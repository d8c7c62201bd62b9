internal import COneDNN

/// Owns one C object of oneDNN and destroys it.
struct OneDNNObject<Pointer>: ~Copyable {
  let pointer: Pointer
  private let destroy: (Pointer) -> dnnl_status_t

  init(_ pointer: Pointer, destroy: @escaping (Pointer) -> dnnl_status_t) {
    self.pointer = pointer
    self.destroy = destroy
  }

  deinit {
    _ = destroy(pointer)
  }
}

/// Calls a C constructor that writes a handle through its first argument.
func make<Pointer>(
  _ function: StaticString, _ create: (UnsafeMutablePointer<Pointer?>) -> dnnl_status_t
) throws(OneDNNError) -> Pointer {
  var pointer: Pointer?
  try check(function, create(&pointer))
  guard let pointer else { throw OneDNNError(function: "\(function)", status: "returned nothing") }
  return pointer
}
