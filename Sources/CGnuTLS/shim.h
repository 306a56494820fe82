#include <gnutls/gnutls.h>
#include <gnutls/crypto.h>
#include <gnutls/abstract.h>
#include <limits.h>
#include <string.h>

// One call for what takes GnuTLS handles and structures of pointers, which Swift could lend only by
// closures in closures. All return 0 or GnuTLS's code.

// Signs bytes with a key of Ed25519; `signature` has room for 64 bytes.
static inline int gnutls_shim_ed25519_sign(
    const unsigned char *secret_half,
    const unsigned char *public_half,
    const unsigned char *content,
    size_t length,
    unsigned char *signature)
{
    if (length > UINT_MAX) return GNUTLS_E_INVALID_REQUEST;
    gnutls_datum_t x = {(unsigned char *)public_half, 32};
    gnutls_datum_t k = {(unsigned char *)secret_half, 32};
    gnutls_datum_t text = {(unsigned char *)content, (unsigned int)length};
    gnutls_datum_t made = {NULL, 0};
    gnutls_privkey_t key;
    int code = gnutls_privkey_init(&key);
    if (code < 0) return code;
    code = gnutls_privkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_ED25519, &x, NULL, &k);
    if (code >= 0) code = gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA512, 0, &text, &made);
    if (code >= 0 && made.size != 64) code = GNUTLS_E_INTERNAL_ERROR;
    if (code >= 0) memcpy(signature, made.data, 64);
    gnutls_free(made.data);
    gnutls_privkey_deinit(key);
    return code < 0 ? code : 0;
}

// Whether a signature of 64 bytes is that of some bytes.
static inline int gnutls_shim_ed25519_verify(
    const unsigned char *public_half,
    const unsigned char *content,
    size_t length,
    const unsigned char *signature)
{
    if (length > UINT_MAX) return GNUTLS_E_INVALID_REQUEST;
    gnutls_datum_t x = {(unsigned char *)public_half, 32};
    gnutls_datum_t text = {(unsigned char *)content, (unsigned int)length};
    gnutls_datum_t given = {(unsigned char *)signature, 64};
    gnutls_pubkey_t key;
    int code = gnutls_pubkey_init(&key);
    if (code < 0) return code;
    code = gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_ED25519, &x, NULL);
    if (code >= 0)
        code = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_EDDSA_ED25519, 0, &text, &given);
    gnutls_pubkey_deinit(key);
    return code < 0 ? code : 0;
}
