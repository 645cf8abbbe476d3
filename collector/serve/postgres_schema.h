// The tables of the server's PostgreSQL database and their versions. Used when a connection that writes is
// made, on that thread.
#ifndef ALIBI_COLLECTOR_SERVE_POSTGRES_SCHEMA_H_
#define ALIBI_COLLECTOR_SERVE_POSTGRES_SCHEMA_H_

#include <libpq-fe.h>

#include "tracer/base/result.h"

namespace alibi::serve {

// Brings the tables to the version that this Alibi knows, in one transaction; of several servers that begin
// at a time one does. An error when a later Alibi wrote them.
Result<void> migrate(PGconn* connection);

// "BEGIN", and nobody else writes until the end of the transaction.
extern const char* const kBeginWriting;

Error database_error(PGconn* connection, const char* doing);
// Statements without values; the first column of the last one's first row, else empty.
Result<std::string> execute(PGconn* connection, const char* sql, const char* doing);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_POSTGRES_SCHEMA_H_
