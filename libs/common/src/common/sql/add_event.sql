with added as (
    insert into outbox (event_id, organization_id, topic, key, headers, body)
    values (:id, :organization, :topic, :key, cast(:headers as jsonb), :body)
)
select pg_notify('outbox', '')
