-- A database of one service, for psql; safe to repeat. Variables: service, database, template, owner_password, app_password.
-- <service>_owner migrates and owns; <service>_app reads and writes under row-level security and can do nothing else.
\set owner :service _owner
\set app :service _app

select format('create role %I', :'owner') where not exists (select from pg_roles where rolname = :'owner') \gexec
select format('create role %I', :'app') where not exists (select from pg_roles where rolname = :'app') \gexec
alter role :"owner" login nosuperuser nobypassrls nocreaterole nocreatedb password :'owner_password';
alter role :"app" login nosuperuser nobypassrls nocreaterole nocreatedb password :'app_password';
select format('create database %I owner %I template %I', :'database', :'owner', :'template')
  where not exists (select from pg_database where datname = :'database') \gexec

\connect :database
revoke all on database :"database" from public;
grant connect, temporary on database :"database" to :"app";
revoke create on schema public from public;
grant usage on schema public to :"app";
alter default privileges for role :"owner" grant select, insert, update, delete on tables to :"app";
alter default privileges for role :"owner" grant usage, select on sequences to :"app";
alter default privileges for role :"owner" grant usage on schemas to :"app";
