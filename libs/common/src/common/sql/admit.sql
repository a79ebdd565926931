with closed as (
    select 1 from dead_letters
    where consumer = :consumer and topic = :topic and key = :key and state = 'open' limit 1
), admitted as (
    insert into inbox (consumer, event_id, organization_id)
    select :consumer, :id, :organization where not exists (select from closed) on conflict do nothing returning 1
)
select case when exists (select from closed) then 'parked'
    when exists (select from admitted) then 'handled' else 'repeated' end
