select seq, topic, key, headers, body from outbox
where published_at is null and xid < pg_snapshot_xmin(pg_current_snapshot()) order by seq limit 500
