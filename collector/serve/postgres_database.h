// The server's database in PostgreSQL, for teams: several servers may use one. Any thread.
#ifndef ALIBI_COLLECTOR_SERVE_POSTGRES_DATABASE_H_
#define ALIBI_COLLECTOR_SERVE_POSTGRES_DATABASE_H_

#include <memory>
#include <string>

#include "collector/serve/database.h"

namespace alibi::serve {

// Makes the tables when there are none.
Result<std::unique_ptr<Database>> open_postgres(const std::string& url, UnixClock now_ns = unix_now_ns);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_POSTGRES_DATABASE_H_
