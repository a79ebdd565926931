create or replace function record_change() returns trigger language plpgsql as $$
-- One row of an audited table was changed: say what, by whom, in the outbox of the same transaction.
-- Arguments: service; columns whose values stay hidden; columns that do not count; columns of the key.
declare
    hidden constant text[] := string_to_array(tg_argv[1], ',');
    uncounted constant text[] := string_to_array(tg_argv[2], ',');
    who constant jsonb := coalesce(nullif(current_setting('app.actor', true), '')::jsonb, '{}');
    change_id constant uuid := gen_random_uuid();
    done_at constant text := to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    old_values jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - uncounted end;
    new_values jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - uncounted end;
    whole constant jsonb := coalesce(new_values, old_values);
    row_id text;
begin
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(name, old_values -> name), jsonb_object_agg(name, new_values -> name)
            into old_values, new_values
            from jsonb_object_keys(whole) as name where old_values -> name is distinct from new_values -> name;
        if new_values is null then
            return null;
        end if;
    end if;
    select string_agg(whole ->> name, '/') into row_id from unnest(string_to_array(tg_argv[3], ',')) as name;
    select jsonb_object_agg(name, case when name = any (hidden) and value <> 'null' then '"(hidden)"' else value end)
        into old_values from jsonb_each(old_values) as one (name, value);
    select jsonb_object_agg(name, case when name = any (hidden) and value <> 'null' then '"(hidden)"' else value end)
        into new_values from jsonb_each(new_values) as one (name, value);
    insert into outbox (event_id, organization_id, topic, key, headers, body) values (
        change_id, (whole ->> 'organization_id')::uuid, 'audit.change', row_id,
        jsonb_build_object(
            'ce_specversion', '1.0', 'ce_id', change_id, 'ce_type', 'audit.change.recorded.v1',
            'ce_source', tg_argv[0], 'ce_subject', row_id, 'ce_time', done_at,
            'ce_dataschema', 'schemas/audit.change.recorded.v1.json',
            'ce_organizationid', whole ->> 'organization_id', 'content-type', 'application/json'
        ),
        convert_to(jsonb_build_object(
            'row_id', row_id, 'service', tg_argv[0], 'table', tg_table_name, 'operation', lower(tg_op),
            'before', old_values, 'after', new_values, 'subject', coalesce(who ->> 'subject', 'system:' || tg_argv[0]),
            'actor', who -> 'actor', 'address', who -> 'address', 'approval_id', who -> 'approval',
            'customer_id', whole -> 'customer_id', 'occurred_at', done_at
        )::text, 'UTF8')
    );
    perform pg_notify('outbox', '');
    return null;
end
$$
