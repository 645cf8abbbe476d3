#include "collector/serve/sqlite_database.h"

#include <utility>

#include "collector/serve/sql_database.h"
#include "collector/serve/sqlite_connection.h"

namespace alibi::serve {

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, UnixClock now_ns) {
  Result<std::unique_ptr<SqlSource>> file = SqliteFile::open(path);
  if (!file) return std::move(file).error();
  return SqlDatabase::open(std::move(*file), std::move(now_ns));
}

}  // namespace alibi::serve
