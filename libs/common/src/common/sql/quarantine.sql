insert into dead_letters (id, organization_id, consumer, topic, partition, position, key, headers, body, error)
values (:id, :organization, :consumer, :topic, :partition, :position, :key, cast(:headers as jsonb), :body, :error)
on conflict do nothing
