#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int resolve(void *library, const char *symbol, void *slot, vigie_crypto_problem *problem) {
    void *found = dlsym(library, symbol);
    if (found == NULL) {
        snprintf(problem->symbol, sizeof problem->symbol, "%s", symbol);
        return 0;
    }
    memcpy(slot, &found, sizeof found);
    return 1;
}

#define RESOLVE(name) resolve(library, #name, (void *)&table->name, problem)

const vigie_crypto *vigie_crypto_open(const char *path, vigie_crypto_problem *problem) {
    problem->symbol[0] = problem->detail[0] = '\0';
    // RTLD_LOCAL keeps this OpenSSL apart from the one another client library may bring along.
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        snprintf(problem->detail, sizeof problem->detail, "%s", reason ? reason : "unknown reason");
        return NULL;
    }
    vigie_crypto *table = calloc(1, sizeof *table);
    if (table == NULL) {
        snprintf(problem->detail, sizeof problem->detail, "out of memory");
        dlclose(library);
        return NULL;
    }
    if (RESOLVE(EVP_MD_CTX_new) && RESOLVE(EVP_MD_CTX_free) &&
        RESOLVE(EVP_DigestInit_ex) && RESOLVE(EVP_DigestUpdate) && RESOLVE(EVP_DigestFinal_ex) &&
        RESOLVE(EVP_sha256) && RESOLVE(EVP_md5) && RESOLVE(HMAC) && RESOLVE(PKCS5_PBKDF2_HMAC) &&
        RESOLVE(RAND_bytes)) {
        return table;
    }
    snprintf(problem->detail, sizeof problem->detail, "%s has no function %s", path, problem->symbol);
    free(table);
    dlclose(library);
    return NULL;
}
