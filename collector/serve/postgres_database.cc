#include "collector/serve/postgres_database.h"

#include "collector/serve/postgres_connection.h"
#include "collector/serve/sql_database.h"

namespace alibi::serve {

Result<std::unique_ptr<Database>> open_postgres(const std::string& url) {
  return SqlDatabase::open(std::make_unique<PostgresServer>(url));
}

}  // namespace alibi::serve
