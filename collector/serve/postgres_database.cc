#include "collector/serve/postgres_database.h"

#include <utility>

#include "collector/serve/postgres_connection.h"
#include "collector/serve/sql_database.h"

namespace alibi::serve {

Result<std::unique_ptr<Database>> open_postgres(const std::string& url, UnixClock now_ns) {
  return SqlDatabase::open(std::make_unique<PostgresServer>(url), std::move(now_ns));
}

}  // namespace alibi::serve
