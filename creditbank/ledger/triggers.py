"""The books' rules inside the database, for the migration beside it: SQL for PostgreSQL and for SQLite.

Both: the transaction's row seals its entries. Inserting it checks that there are as many as it says, that every one
has an account, that each unit sums to zero and that a reversal is the exact negative of an original that is no
reversal itself. After it no entry is accepted.

SQLite has one writer, so a trigger on the entry's insertion is enough to keep a sealed transaction shut. PostgreSQL
checks again at commit, by a deferred constraint trigger on each entry, in one query and so on one snapshot: two
sessions that write entries for the same transaction without seeing each other cannot both commit.

`INSERT OR REPLACE` deletes rows on SQLite without a DELETE trigger firing; the last three triggers refuse it.
"""

from typing import Any

from lms.lib.appendonly import OnDatabase, OnTables

POSTGRESQL = """
CREATE FUNCTION creditbank_books_hold(tx uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found_rows bigint; expected bigint; crooked bigint; original uuid;
BEGIN
  SELECT t.entry_count, t.reverses_id,
         (SELECT count(*) FROM creditbank_entry e JOIN creditbank_account a ON a.id = e.account_id
           WHERE e.transaction_id = tx),
         (SELECT count(*) FROM (
            SELECT 1 FROM creditbank_entry e JOIN creditbank_account a ON a.id = e.account_id
             WHERE e.transaction_id = tx GROUP BY a.unit HAVING sum(e.amount) <> 0) u)
    INTO expected, original, found_rows, crooked
    FROM creditbank_transaction t WHERE t.uuid = tx;
  IF expected IS NULL THEN
    RAISE EXCEPTION 'ledger: entries without a transaction' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF found_rows <> expected THEN
    RAISE EXCEPTION 'ledger: % entries, % sealed', found_rows, expected
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF crooked > 0 THEN
    RAISE EXCEPTION 'ledger: entries do not sum to zero' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF original IS NOT NULL AND (
       EXISTS (SELECT 1 FROM creditbank_transaction o WHERE o.uuid = original AND o.reverses_id IS NOT NULL)
       OR EXISTS (SELECT 1 FROM creditbank_entry e WHERE e.transaction_id IN (tx, original)
                   GROUP BY e.account_id HAVING sum(e.amount) <> 0)) THEN
    RAISE EXCEPTION 'ledger: not the reversal of its original' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $$;
--
CREATE FUNCTION creditbank_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM creditbank_books_hold(NEW.uuid); RETURN NULL; END $$;
--
CREATE FUNCTION creditbank_still_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM creditbank_books_hold(NEW.transaction_id); RETURN NULL; END $$;
--
CREATE TRIGGER creditbank_seal AFTER INSERT ON creditbank_transaction
  FOR EACH ROW EXECUTE FUNCTION creditbank_seal();
--
CREATE CONSTRAINT TRIGGER creditbank_still_sealed AFTER INSERT ON creditbank_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION creditbank_still_sealed();
"""

POSTGRESQL_UNDO = """
DROP TRIGGER creditbank_still_sealed ON creditbank_entry;
--
DROP TRIGGER creditbank_seal ON creditbank_transaction;
--
DROP FUNCTION creditbank_still_sealed();
--
DROP FUNCTION creditbank_seal();
--
DROP FUNCTION creditbank_books_hold(uuid);
"""

SQLITE = """
CREATE TRIGGER creditbank_seal AFTER INSERT ON creditbank_transaction BEGIN
  SELECT RAISE(ABORT, 'ledger: number of entries differs from the seal')
   WHERE NEW.entry_count <> (SELECT count(*) FROM creditbank_entry e JOIN creditbank_account a ON a.id = e.account_id
                              WHERE e.transaction_id = NEW.uuid);
  SELECT RAISE(ABORT, 'ledger: entries do not sum to zero')
   WHERE EXISTS (SELECT 1 FROM creditbank_entry e JOIN creditbank_account a ON a.id = e.account_id
                  WHERE e.transaction_id = NEW.uuid GROUP BY a.unit HAVING sum(e.amount) <> 0);
  SELECT RAISE(ABORT, 'ledger: not the reversal of its original')
   WHERE NEW.reverses_id IS NOT NULL AND (
     EXISTS (SELECT 1 FROM creditbank_transaction o WHERE o.uuid = NEW.reverses_id AND o.reverses_id IS NOT NULL)
     OR EXISTS (SELECT 1 FROM creditbank_entry e WHERE e.transaction_id IN (NEW.uuid, NEW.reverses_id)
                 GROUP BY e.account_id HAVING sum(e.amount) <> 0));
END;
--
CREATE TRIGGER creditbank_sealed BEFORE INSERT ON creditbank_entry
 WHEN EXISTS (SELECT 1 FROM creditbank_transaction t WHERE t.uuid = NEW.transaction_id) BEGIN
  SELECT RAISE(ABORT, 'ledger: the transaction is sealed');
END;
--
CREATE TRIGGER creditbank_entry_no_replace BEFORE INSERT ON creditbank_entry
 WHEN EXISTS (SELECT 1 FROM creditbank_entry e WHERE e.id = NEW.id
               OR (e.transaction_id = NEW.transaction_id AND e.account_id = NEW.account_id)
               OR (e.account_id = NEW.account_id AND e.seq = NEW.seq)) BEGIN
  SELECT RAISE(ABORT, 'append-only: replace refused on creditbank_entry');
END;
--
CREATE TRIGGER creditbank_transaction_no_replace BEFORE INSERT ON creditbank_transaction
 WHEN EXISTS (SELECT 1 FROM creditbank_transaction t WHERE t.uuid = NEW.uuid
               OR t.idempotency_key = NEW.idempotency_key OR t.reverses_id = NEW.reverses_id) BEGIN
  SELECT RAISE(ABORT, 'append-only: replace refused on creditbank_transaction');
END;
--
CREATE TRIGGER creditbank_account_no_replace BEFORE INSERT ON creditbank_account
 WHEN EXISTS (SELECT 1 FROM creditbank_account a WHERE a.id = NEW.id OR a.key = NEW.key OR a.uuid = NEW.uuid) BEGIN
  SELECT RAISE(ABORT, 'append-only: replace refused on creditbank_account');
END;
"""

SQLITE_UNDO = """
DROP TRIGGER creditbank_account_no_replace;
--
DROP TRIGGER creditbank_transaction_no_replace;
--
DROP TRIGGER creditbank_entry_no_replace;
--
DROP TRIGGER creditbank_sealed;
--
DROP TRIGGER creditbank_seal;
"""

# What the audit looks for, by vendor: trigger names, with the tables' append-only ones.
EXPECTED = {
    "postgresql": frozenset({"creditbank_seal", "creditbank_still_sealed"}),
    "sqlite": frozenset(
        {
            "creditbank_seal",
            "creditbank_sealed",
            "creditbank_entry_no_replace",
            "creditbank_transaction_no_replace",
            "creditbank_account_no_replace",
        }
    ),
}


def on_either(postgresql: str, sqlite: str) -> OnTables:
    """What a migration runs: one script or the other, its statements parted by a line of two dashes."""

    def code(apps: Any, schema_editor: Any) -> None:
        script = postgresql if schema_editor.connection.vendor == "postgresql" else sqlite
        for statement in filter(None, script.split("\n--\n")):
            schema_editor.execute(statement, params=None)

    return code


def ledger_triggers() -> OnDatabase:
    """Migration operation: the books' rules, from here on, in the database itself."""
    return OnDatabase(on_either(POSTGRESQL, SQLITE), on_either(POSTGRESQL_UNDO, SQLITE_UNDO))
