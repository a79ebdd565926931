delete from wakeups where organization_id = :organization and target_id = :target_id and kind = 'timer'
