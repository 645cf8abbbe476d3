#include "collector/serve/postgres_address.h"

#include <libpq-fe.h>

#include <memory>
#include <string_view>

#include "collector/model/error_codes.h"

namespace alibi::serve {

bool is_postgres_url(const std::string& store) {
  return store.starts_with("postgresql://") || store.starts_with("postgres://");
}

Result<PostgresAddress> read_postgres_url(const std::string& url) {
  struct Freed {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
  };
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, Freed> options(PQconninfoParse(url.c_str(), &complaint));
  PQfreemem(complaint);  // it repeats the URL, with the password
  const Error not_understood{collector::kBadServeOption, 0,
                             "the URL of --store is not understood: its form is "
                             "postgresql://USER@HOST:PORT/DATABASE?sslmode=require, in which special "
                             "characters are written as %XX"};
  if (options == nullptr) return not_understood;
  PostgresAddress address;
  std::string user, host, port, database;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "user") user = std::string(option->val) + "@";
    if (keyword == "host") host = option->val;
    if (keyword == "port") port = std::string(":") + option->val;
    if (keyword == "dbname") database = option->val;
    if (keyword == "password" || keyword == "sslpassword") address.has_password = true;
  }
  // A password with a slash in it, read as a host and a database.
  if ((host + port + database).find('@') != std::string::npos) return not_understood;
  const bool is_folder = host.starts_with('/');
  address.shown = "postgresql://" + user + (is_folder ? "" : host) + port + "/" + database +
                  (is_folder ? "?host=" + host : "");
  return address;
}

}  // namespace alibi::serve
