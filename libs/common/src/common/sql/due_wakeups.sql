select w.* from wakeups w left join organizations o using (organization_id)
where w.state = 'waiting' and w.due_at <= case when o.is_test then o.clock_at else clock_timestamp() end
order by w.due_at, w.created_at limit 100
