select
  (select count(*) from outbox where published_at is null) as unpublished,
  (select coalesce(max(seq), 0) from outbox) as written,
  (select count(*) from wakeups w left join organizations o using (organization_id)
    where (cast(:organization as uuid) is null or w.organization_id = :organization)
      and (w.state = 'sent' or (w.state = 'waiting'
        and w.due_at <= case when o.is_test then o.clock_at else clock_timestamp() end))) as open_wakeups,
  (select min(due_at) from wakeups where organization_id = :organization and state = 'waiting') as next_due_at,
  (select count(*) from dead_letters where state = 'open') as dead_letters,
  (select clock_at from organizations where organization_id = :organization) as clock_at,
  (select max(error) from wakeups where organization_id = :organization and state = 'waiting'
    and attempts > 2) as stuck
