/// What a PostgreSQL server is asked, under the names of postgres_exporter.
enum PostgresQueries {
    private static func query(
        _ name: String,
        _ text: String,
        help: String,
        _ columns: [String: PostgresQuery.Usage] = [:],
        isOptional: Bool = false
    ) -> PostgresQuery {
        var query = PostgresQuery(name: name, text: text)
        (query.help, query.columns, query.isOptional) = (help, columns, isOptional)
        return query
    }

    private static func counters(_ names: String) -> [String: PostgresQuery.Usage] {
        Dictionary(
            names.split(separator: " ").map { (String($0), PostgresQuery.Usage.counter) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// All of them; works with the rights of `pg_monitor`, most without.
    static let builtIn: [PostgresQuery] = [
        query(
            "pg_stat_database",
            """
            SELECT datid::text AS datid, datname, numbackends, xact_commit, xact_rollback, blks_read, \
            blks_hit, tup_returned, tup_fetched, tup_inserted, tup_updated, tup_deleted, conflicts, \
            temp_files, temp_bytes, deadlocks, blk_read_time, blk_write_time \
            FROM pg_stat_database WHERE datname IS NOT NULL
            """,
            help: "From pg_stat_database",
            counters(
                "xact_commit xact_rollback blks_read blks_hit tup_returned tup_fetched tup_inserted "
                    + "tup_updated tup_deleted conflicts temp_files temp_bytes deadlocks blk_read_time "
                    + "blk_write_time"
            ).merging(["datid": .label, "datname": .label]) { first, _ in first }
        ),
        query(
            "pg_database_size_bytes",
            """
            SELECT datname, pg_database_size(datname) AS value FROM pg_database \
            WHERE datallowconn AND has_database_privilege(datname, 'CONNECT')
            """,
            help: "The disk space of a database"
        ),
        query(
            "pg_stat_activity",
            """
            SELECT datname, state, count(*) AS count, \
            COALESCE(max(EXTRACT(EPOCH FROM now() - xact_start)), 0)::float AS max_tx_duration \
            FROM pg_stat_activity WHERE datname IS NOT NULL AND state IS NOT NULL GROUP BY 1, 2
            """,
            help: "From pg_stat_activity",
            ["count": .gauge, "max_tx_duration": .gauge]
        ),
        query(
            "pg_locks",
            """
            SELECT d.datname, lower(l.mode) AS mode, count(*) AS count FROM pg_locks l \
            JOIN pg_database d ON d.oid = l.database GROUP BY 1, 2
            """,
            help: "From pg_locks",
            ["count": .gauge]
        ),
        query(
            "pg_replication",
            """
            SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0 \
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 \
            ELSE GREATEST(0, COALESCE(EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()), 0)) \
            END::float AS lag_seconds, pg_is_in_recovery()::int AS is_replica
            """,
            help: "How far a standby is behind, and whether this is one"
        ),
        query(
            "pg_stat_replication",
            """
            SELECT application_name, state, \
            pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float AS pg_wal_lsn_diff \
            FROM pg_stat_replication WHERE NOT pg_is_in_recovery()
            """,
            help: "How many bytes a standby is behind",
            isOptional: true
        ),
        query(
            "pg_stat_bgwriter",
            "SELECT * FROM pg_stat_bgwriter",
            help: "From pg_stat_bgwriter",
            counters(
                "checkpoints_timed checkpoints_req checkpoint_write_time checkpoint_sync_time "
                    + "buffers_checkpoint buffers_clean maxwritten_clean buffers_backend "
                    + "buffers_backend_fsync buffers_alloc"
            ).merging(["stats_reset": .ignore]) { first, _ in first }
        ),
        query(
            "pg_stat_user_tables",
            """
            SELECT current_database() AS datname, schemaname, relname, seq_scan, seq_tup_read, \
            COALESCE(idx_scan, 0) AS idx_scan, COALESCE(idx_tup_fetch, 0) AS idx_tup_fetch, n_tup_ins, \
            n_tup_upd, n_tup_del, n_tup_hot_upd, n_live_tup, n_dead_tup, vacuum_count, \
            autovacuum_count, analyze_count, autoanalyze_count \
            FROM pg_stat_user_tables ORDER BY n_live_tup DESC LIMIT 1000
            """,
            help: "From pg_stat_user_tables",
            counters(
                "seq_scan seq_tup_read idx_scan idx_tup_fetch n_tup_ins n_tup_upd n_tup_del "
                    + "n_tup_hot_upd vacuum_count autovacuum_count analyze_count autoanalyze_count"
            )
        ),
        query(
            "pg_settings",
            """
            SELECT current_setting('max_connections')::int AS max_connections, \
            current_setting('superuser_reserved_connections')::int AS superuser_reserved_connections
            """,
            help: "From pg_settings"
        ),
        query(
            "pg_postmaster",
            """
            SELECT EXTRACT(EPOCH FROM pg_postmaster_start_time())::float AS start_time_seconds
            """,
            help: "When the server began, in seconds since 1970"
        ),
        query(
            "pg_static",
            """
            SELECT current_setting('server_version') AS short_version, 1 AS value
            """,
            help: "The version of the server",
            ["short_version": .label]
        ),
    ]
}
