-- The two roles of the production database. Run once, as a superuser, in the database of the platform:
--
--   createdb rongtong
--   psql -d rongtong -v owner_password=… -v app_password=… -f deploy/production-roles.sql
--
-- rongtong_owner owns the tables and migrates them; no process that answers the web ever has its password.
-- rongtong_app is what web, worker and beat use: it owns nothing, so it can neither switch triggers off nor
-- truncate, and deploy/sql/production-grants.sql takes UPDATE and DELETE on append-only tables away from it.
-- Running this file again changes the passwords and nothing else.

\set ON_ERROR_STOP on

SELECT 'CREATE ROLE rongtong_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rongtong_owner') \gexec
SELECT 'CREATE ROLE rongtong_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rongtong_app') \gexec

ALTER ROLE rongtong_owner WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE rongtong_app WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app_password';

-- Nobody but the two enters the database, and only the owner makes tables.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO rongtong_owner, rongtong_app', current_database()) \gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO rongtong_owner;
GRANT USAGE ON SCHEMA public TO rongtong_app;

-- A stuck transaction of the application must not hold the ledger's locks for ever.
ALTER ROLE rongtong_app SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE rongtong_app SET statement_timeout = '60s';
ALTER ROLE rongtong_owner SET lock_timeout = '10s';
