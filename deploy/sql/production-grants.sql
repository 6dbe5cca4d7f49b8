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

-- A table's parts are reached through the table, whose rights are the ones that count.
DO $$
DECLARE
  part regclass;
BEGIN
  FOR part IN SELECT oid::regclass FROM pg_class WHERE relispartition AND relkind IN ('r', 'p') LOOP
    EXECUTE format('REVOKE ALL ON %s FROM rongtong_app', part);
  END LOOP;
END $$;

-- An erased person's rows lose their words; the trigger names the columns and lets nothing else pass
-- (docs/decisions/erasure.md). Not on a table's parts, to which its trigger was copied.
DO $$
DECLARE
  words record;
BEGIN
  FOR words IN
    SELECT tgrelid::regclass AS place,
      trim(trailing ',' FROM replace(encode(tgargs, 'escape'), '\000', ',')) AS columns
    FROM pg_trigger
    WHERE tgname = 'rt_append_only' AND tgfoid = 'rt_erasable'::regproc AND NOT tgisinternal AND tgparentid = 0
  LOOP
    EXECUTE format('GRANT UPDATE (%s, erased) ON %s TO rongtong_app', words.columns, words.place);
  END LOOP;
END $$;

-- The migrations' own record is the owner's.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM rongtong_app;
