#pragma once

#include <stddef.h>

#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

/* The functions of libpq that Vigie uses. X(name) names one of them. */
#define VIGIE_LIBPQ_FUNCTIONS(X)                                                                         \
    X(PQconnectdbParams) X(PQfinish) X(PQstatus) X(PQerrorMessage) X(PQserverVersion) X(PQdb) X(PQuser)   \
    X(PQhost) X(PQport) X(PQlibVersion) X(PQsendQuery) X(PQsendQueryParams) X(PQsetSingleRowMode)         \
    X(PQgetResult) X(PQclear) X(PQresultStatus) X(PQresultErrorField) X(PQresultErrorMessage)             \
    X(PQntuples) X(PQnfields) X(PQfname) X(PQftype) X(PQgetisnull) X(PQgetvalue) X(PQgetlength)           \
    X(PQcmdStatus) X(PQcmdTuples) X(PQsetNoticeReceiver) X(PQencryptPasswordConn) X(PQfreemem)            \
    X(PQputCopyEnd) X(PQgetCopyData) X(PQtransactionStatus) X(PQconnectionUsedPassword)

typedef struct {
#define X(name) __typeof__(&name) name;
    VIGIE_LIBPQ_FUNCTIONS(X)
#undef X
} vigie_libpq;

/* Opens libpq once per process and resolves its functions.
   Returns NULL and a reason in `reason` (always terminated) when the library or a function is missing. */
const vigie_libpq *vigie_libpq_open(char *reason, size_t reason_size);
