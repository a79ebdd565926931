insert into wakeups (id, organization_id, kind, target, target_id, payload, trace, due_at)
values (:id, :organization, :kind, :target, :target_id, cast(:payload as jsonb), cast(:trace as jsonb), :due_at)
