select request_hash, status, headers, body from idempotency_keys
where organization_id = :organization and subject = :subject and key = :key
