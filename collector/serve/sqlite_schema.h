// The tables of the server's SQLite file and their versions. Used when a database is opened, on that thread.
#ifndef ALIBI_COLLECTOR_SERVE_SQLITE_SCHEMA_H_
#define ALIBI_COLLECTOR_SERVE_SQLITE_SCHEMA_H_

#include <sqlite3.h>

#include "tracer/base/result.h"

namespace alibi::serve {

inline constexpr int kSchemaVersion = 2;

// Brings the tables to kSchemaVersion, each version in a transaction of its own. An error when a later Alibi
// wrote them.
Result<void> migrate(sqlite3* database);

Error database_error(sqlite3* database, const char* doing);
Result<void> execute(sqlite3* database, const char* sql, const char* doing);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SQLITE_SCHEMA_H_
