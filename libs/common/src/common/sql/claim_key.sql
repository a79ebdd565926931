insert into idempotency_keys (organization_id, subject, key, request_hash)
values (:organization, :subject, :key, :hash) on conflict do nothing returning 1
