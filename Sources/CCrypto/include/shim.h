// libcrypto, opened at run time. The prototypes are declared here, so that neither headers nor a link to
// OpenSSL are needed to build; they hold for OpenSSL 1.1.1 and every 3.x.
#pragma once

#include <stddef.h>

#pragma clang assume_nonnull begin

/// The functions of libcrypto that this project calls; every pointer is set once the library is open.
typedef struct vigie_crypto {
    void *_Nullable (*_Nonnull EVP_MD_CTX_new)(void);
    void (*_Nonnull EVP_MD_CTX_free)(void *_Nullable context);
    int (*_Nonnull EVP_DigestInit_ex)(void *context, const void *type, void *_Nullable engine);
    int (*_Nonnull EVP_DigestUpdate)(void *context, const void *_Nullable bytes, size_t count);
    int (*_Nonnull EVP_DigestFinal_ex)(void *context, unsigned char *digest, unsigned int *_Nullable count);
    const void *_Nullable (*_Nonnull EVP_sha256)(void);
    const void *_Nullable (*_Nonnull EVP_md5)(void);
    unsigned char *_Nullable (*_Nonnull HMAC)(const void *type, const void *key, int key_count,
                                     const unsigned char *_Nullable bytes, size_t count,
                                     unsigned char *digest, unsigned int *_Nullable digest_count);
    int (*_Nonnull PKCS5_PBKDF2_HMAC)(const char *password, int password_count, const unsigned char *salt,
                             int salt_count, int iterations, const void *type, int key_count,
                             unsigned char *key);
    int (*_Nonnull RAND_bytes)(unsigned char *bytes, int count);
} vigie_crypto;

/// Why a library could not be opened: `symbol` is empty when the library itself is missing.
typedef struct vigie_crypto_problem {
    char symbol[64];
    char detail[512];
} vigie_crypto_problem;

/// Opens the library at `path` (a soname or a file) for the rest of the process.
///
/// Returns NULL with `problem` filled when the library or one of the functions is missing.
const vigie_crypto *_Nullable vigie_crypto_open(const char *path, vigie_crypto_problem *problem);

#pragma clang assume_nonnull end
