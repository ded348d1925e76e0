#include <mysql.h>
#include <errmsg.h>

/* What libmariadb offers only as a function of variable arguments, which Swift can't call. */

/* Whether the server executes a statement for a whole array of values (MariaDB 10.2 and later; never MySQL). */
static inline int sip_mariadb_executes_arrays(MYSQL *connection) {
    unsigned long capabilities = 0;
    if (!mariadb_connection(connection)) return 0;
    if (mariadb_get_infov(
            connection, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &capabilities))
        return 0;
    return (capabilities & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

/* As in mysql/client_plugin.h, which can't be included: Debian ships it without a header that it wants. */
struct st_mysql_client_plugin *mysql_load_plugin(
    MYSQL *connection, const char *name, int type, int argc, ...);

/* Loads a way to log in; when its file is not there, connecting says so. */
static inline void sip_mariadb_load_authentication(MYSQL *connection, const char *name) {
    mysql_load_plugin(connection, name, 2 /* authentication */, 0);
}
