-- What the application's role may do. Run as rongtong_owner after every migration (deploy/bin/release does it).
--
-- Append-only tables are found by their trigger, not by a list that somebody would have to remember.

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO rongtong_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO rongtong_app;
REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM rongtong_app;

DO $$
DECLARE
  protected regclass;
BEGIN
  FOR protected IN
    SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE tgname = 'rt_append_only' AND NOT tgisinternal
  LOOP
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM rongtong_app', protected);
  END LOOP;
END $$;

-- An erased person's rows lose their free text; the trigger lets nothing else pass (docs/decisions/erasure.md).
GRANT UPDATE (reason, data, erased) ON lib_auditrow TO rongtong_app;

-- The migrations' own record is the owner's.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM rongtong_app;
