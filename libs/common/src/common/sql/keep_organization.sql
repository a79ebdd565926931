insert into organizations (organization_id, slug, name, timezone, currency, billing_day, due_days,
    default_rate_per_kwh, is_test, clock_at, version)
values (:organization_id, :slug, :name, :timezone, :currency, :billing_day, :due_days,
    :default_rate_per_kwh, :is_test, :clock_at, :version)
on conflict (organization_id) do update set (slug, name, timezone, currency, billing_day, due_days,
    default_rate_per_kwh, version) = (excluded.slug, excluded.name, excluded.timezone, excluded.currency,
    excluded.billing_day, excluded.due_days, excluded.default_rate_per_kwh, excluded.version)
where organizations.version < excluded.version
