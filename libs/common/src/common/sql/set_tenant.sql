select set_config('app.organization_id', :organization, true), set_config('app.customer_id', :customer, true),
    set_config('app.scope', :scope, true), set_config('app.actor', :actor, true)
