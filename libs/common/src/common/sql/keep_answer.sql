update idempotency_keys set status = :status, headers = cast(:headers as jsonb), body = :body
where organization_id = :organization and subject = :subject and key = :key
