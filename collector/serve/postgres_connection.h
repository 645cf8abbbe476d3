// A PostgreSQL database as a source of connections (libpq). Its tables are in a schema of their own, "alibi".
// Several servers may use one database: who writes holds a lock, so that what is concluded from bodies, and
// the order in which new names become visible, are as with one writer.
//
// Connections are made when they are needed; one that broke says so and is thrown away by its user. A
// statement for many rows is sent as a pipeline. Never shows a password.
#ifndef ALIBI_COLLECTOR_SERVE_POSTGRES_CONNECTION_H_
#define ALIBI_COLLECTOR_SERVE_POSTGRES_CONNECTION_H_

#include <memory>
#include <string>
#include <utility>

#include "collector/serve/sql_connection.h"

namespace alibi::serve {

class PostgresServer : public SqlSource {
 public:
  explicit PostgresServer(std::string url) : url_(std::move(url)) {}

  // One that writes makes the tables when there are none.
  Result<std::unique_ptr<SqlConnection>> connect(bool writes) override;

 private:
  std::string url_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_POSTGRES_CONNECTION_H_
