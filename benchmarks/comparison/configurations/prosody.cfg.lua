-- Prosody for the comparison: rooms archived in SQLite, no rate limits, plain TCP, no news of who comes and goes
-- (with which joining is quadratic). The environment says where its data lie and where it listens.
run_as_root = true
daemonize = false
data_path = ENV_BENCH_FOLDER
pidfile = ENV_BENCH_FOLDER .. "/prosody.pid"
log = { warn = ENV_BENCH_FOLDER .. "/prosody.log" }
interfaces = { "127.0.0.1" }
c2s_ports = { tonumber(ENV_BENCH_PORT) }
c2s_direct_tls_ports = {}
s2s_ports = {}
modules_enabled = { "disco", "roster", "saslauth", "register", "time", "version", "posix" }
modules_disabled = { "s2s", "offline", "tls" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
allow_registration = true
consider_bosh_secure = true
default_storage = "internal"
storage = { muc_log = "sql" }
sql = { driver = "SQLite3", database = ENV_BENCH_FOLDER .. "/archive.sqlite" }

VirtualHost "localhost"

Component "conference.localhost" "muc"
    modules_enabled = { "muc_mam" }
    muc_log_by_default = true
    muc_log_all_rooms = true
    muc_log_expires_after = "never"
    muc_log_presences = false
    storage_archive_item_limit = 10000000
    max_archive_query_results = 200
    restrict_room_creation = false
    muc_room_locking = false
    muc_room_default_persistent = true
    muc_room_default_history_length = 0
    muc_room_default_presence_broadcast = { visitor = false, participant = false, moderator = false }
