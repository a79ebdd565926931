#!/bin/sh
# Run once by PostgreSQL's image on an empty volume: a database and two roles for each service.
set -eu
for service in identity customers contracts metering invoicing payments revenueguard quotes; do
    psql -Xq -v ON_ERROR_STOP=1 -U postgres -d postgres \
        -v service="$service" -v database="$service" -v template=template1 \
        -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" -f /etc/hostbook/service.sql
done
