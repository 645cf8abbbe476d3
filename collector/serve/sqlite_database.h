// The server's database in one SQLite file. Any thread.
#ifndef ALIBI_COLLECTOR_SERVE_SQLITE_DATABASE_H_
#define ALIBI_COLLECTOR_SERVE_SQLITE_DATABASE_H_

#include <memory>
#include <string>

#include "collector/serve/database.h"

namespace alibi::serve {

// Makes the file when there is none.
Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, UnixClock now_ns = unix_now_ns);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SQLITE_DATABASE_H_
