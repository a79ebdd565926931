insert into wakeups (id, organization_id, kind, target, target_id, payload, due_at)
values (:id, :organization, 'timer', :target, :target_id, '{}', :due_at)
on conflict (organization_id, target_id) where kind = 'timer'
do update set id = excluded.id, due_at = excluded.due_at, state = 'waiting', attempts = 0
