"""One achievement, one living use in a programme: in the database itself, also where rules share an outcome.

Owns: the trigger for the migration beside it. Constraints hold one row of uses for each rule that shares and one for all
others; that an unshared use stands beside no living one at all, no constraint can say. On PostgreSQL a lock on the
achievement lets two writers see one another; SQLite has one writer.
"""

from creditbank.ledger.triggers import on_either
from lms.lib.appendonly import OnDatabase

TRIGGER = "creditbank_use_alone"
# What locks of achievements begin with; the second number is the achievement's.
_LOCK = 0x05E
_USED = "credit: the achievement is used in the programme"
_BESIDE = """
  SELECT 1 FROM creditbank_outcomeuse u
   WHERE u.achievement = NEW.achievement AND u.programme_id = NEW.programme_id
     AND (u.shared_rule = '' OR NEW.shared_rule = '' OR u.shared_rule = NEW.shared_rule)
     AND NOT EXISTS (SELECT 1 FROM creditbank_userelease r WHERE r.use_id = u.id)"""

POSTGRESQL = f"""
CREATE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock({_LOCK}, hashtext(NEW.achievement || ':' || NEW.programme_id));
  IF EXISTS ({_BESIDE}) THEN
    RAISE EXCEPTION '{_USED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
--
CREATE TRIGGER {TRIGGER} BEFORE INSERT ON creditbank_outcomeuse
  FOR EACH ROW EXECUTE FUNCTION {TRIGGER}();
"""

POSTGRESQL_UNDO = f"""
DROP TRIGGER {TRIGGER} ON creditbank_outcomeuse;
--
DROP FUNCTION {TRIGGER}();
"""

SQLITE = f"""
CREATE TRIGGER {TRIGGER} BEFORE INSERT ON creditbank_outcomeuse WHEN EXISTS ({_BESIDE}) BEGIN
  SELECT RAISE(ABORT, '{_USED}');
END;
"""

SQLITE_UNDO = f"DROP TRIGGER {TRIGGER};"


def used_alone() -> OnDatabase:
    """Migration operation: from here on no use stands beside another, unless two rules share the achievement."""
    return OnDatabase(on_either(POSTGRESQL, SQLITE), on_either(POSTGRESQL_UNDO, SQLITE_UNDO))
