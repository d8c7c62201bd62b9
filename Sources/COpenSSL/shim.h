#ifndef ADVLAB_COPENSSL_SHIM_H
#define ADVLAB_COPENSSL_SHIM_H

// SHA-256 by its plain functions, which OpenSSL 3 calls deprecated in favour of EVP: those look algorithms up in what a
// configuration file or the environment makes available, so that a digest might fail; these cannot.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>
#endif
