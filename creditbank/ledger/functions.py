"""One posting in one call: the function that PostgreSQL carries out, and the lighter checks at commit that go with it.

`creditbank_post` does what `services._book` does for one posting, in the same order: the key is looked up before
anything else, the heads of bounded accounts are locked (`bounded`: the lines that have one, in the order of their
accounts' ids, which is the caller's to keep), bounds are checked, and then
entries, heads, events and the sealing row are written. It runs with the rights of whoever calls it (SECURITY INVOKER)
and through the same triggers as every other statement, so that it is no way round anything; the audit does not trust
its hashes either. It answers `booked`, `known` (the key is in use, nothing done) or `poor:<account>:<balance>` (a
balance is too small, nothing done).

At commit each entry asks only whether its transaction has as many entries as were sealed. All else was checked by the
seal on the same rows, which nobody can change or take away; only a row more could have come in unseen. That the
transaction is there is said by this, too: PostgreSQL's own foreign key asked the same again, and locked its row for it.

A closed day takes no more postings (`proofs`): who seals shares a lock that who closes holds alone.
"""

from creditbank.ledger.triggers import POSTGRESQL as POSTGRESQL_BEFORE
from creditbank.ledger.triggers import on_either
from lms.lib.appendonly import OnDatabase

# What the closing of a day and the sealing of a posting exclude one another by.
CLOSING_LOCK = 0x1ED6E4
CLOSED = "ledger: the day is closed"


def _post(create: str = "CREATE", before_poor: str = "", usual: str = "") -> str:
    """The function that books one posting. before_poor: statements before it says that a balance is too small;
    usual: what it does instead of its general way for postings of two lines, one of them with a head."""
    either, declared, otherwise, end = ("", "", "", "")
    if usual:
        either = "  IF cardinality(accounts) = 2 AND cardinality(bounded) = 1 THEN\n"
        declared, otherwise, end = "  amount bigint; link text;\n", "  ELSE\n", "  END IF;\n"
    return f"""{create} FUNCTION creditbank_post(
  tx uuid, tx_key text, tx_payload text, tx_kind text, tx_day date, tx_moment timestamptz, tx_memo text,
  tx_evidence jsonb, tx_rule text, tx_version integer, tx_reverses uuid, tx_person uuid, tx_role text, tx_body text,
  tx_hash text, accounts bigint[], amounts bigint[], bounded integer[], events jsonb
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  place integer;
  head creditbank_accounthead;
  seqs bigint[];
  befores text[];
  hashes text[];
{declared}BEGIN
  PERFORM FROM creditbank_transaction t WHERE t.idempotency_key = tx_key;
  IF FOUND THEN RETURN 'known'; END IF;
{either}{usual}{otherwise}  seqs := array_fill(NULL::bigint, ARRAY[cardinality(accounts)]);
  befores := array_fill(''::text, ARRAY[cardinality(accounts)]);
  hashes := befores;
  FOREACH place IN ARRAY bounded LOOP
    SELECT h.* INTO STRICT head FROM creditbank_accounthead h WHERE h.account_id = accounts[place] FOR UPDATE;
    IF amounts[place] < 0 AND head.balance + amounts[place] < head.lower_bound THEN
{before_poor}      RETURN 'poor:' || head.account_id || ':' || head.balance;
    END IF;
    seqs[place] := head.seq + 1;
    befores[place] := head.hash;
    -- The canonical JSON of rules.entry_hash: two hashes and two integers need no escaping.
    hashes[place] := encode(sha256(convert_to(
      '["' || head.hash || '",' || seqs[place] || ',' || amounts[place] || ',"' || tx_hash || '"]', 'UTF8')), 'hex');
  END LOOP;
  -- From here on all of it is written.
  FOREACH place IN ARRAY bounded LOOP
    UPDATE creditbank_accounthead h
      SET balance = h.balance + amounts[place], seq = seqs[place], hash = hashes[place]
      WHERE h.account_id = accounts[place];
  END LOOP;
  INSERT INTO creditbank_entry (transaction_id, account_id, amount, seq, prev_hash, hash)
    SELECT tx, l.* FROM unnest(accounts, amounts, seqs, befores, hashes) l;
{end}  INSERT INTO lib_outboxevent (uuid, kind, key, payload, at, next_try_at)
    SELECT (e.value ->> 0)::uuid, e.key, e.key || ':' || tx, e.value -> 1, tx_moment, tx_moment
      FROM jsonb_each(events) e;
  INSERT INTO creditbank_transaction (uuid, idempotency_key, payload_hash, kind, occurred_on, posted_at, memo, evidence,
      rule_code, rule_version, reverses_id, entry_count, person, role, body, hash)
    VALUES (tx, tx_key, tx_payload, tx_kind, tx_day, tx_moment, tx_memo, tx_evidence,
      tx_rule, tx_version, tx_reverses, cardinality(accounts), tx_person, tx_role, tx_body, tx_hash);
  RETURN 'booked';
END $$;
"""  # noqa: S608


POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION creditbank_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  found_rows bigint; crooked boolean;
BEGIN
  PERFORM pg_advisory_xact_lock_shared({CLOSING_LOCK});
  IF NEW.posted_at < (SELECT ends_at FROM creditbank_ledgerday ORDER BY day DESC LIMIT 1) THEN
    RAISE EXCEPTION '{CLOSED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT sum(u.rows), bool_or(u.total <> 0) INTO found_rows, crooked FROM (
    SELECT count(*) AS rows, sum(e.amount) AS total
      FROM creditbank_entry e JOIN creditbank_account a ON a.id = e.account_id
      WHERE e.transaction_id = NEW.uuid GROUP BY a.unit) u;
  IF found_rows IS DISTINCT FROM NEW.entry_count THEN
    RAISE EXCEPTION 'ledger: % entries, % sealed', found_rows, NEW.entry_count
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF crooked THEN
    RAISE EXCEPTION 'ledger: entries do not sum to zero' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.reverses_id IS NOT NULL AND (
       EXISTS (SELECT FROM creditbank_transaction o WHERE o.uuid = NEW.reverses_id AND o.reverses_id IS NOT NULL)
       OR EXISTS (SELECT FROM creditbank_entry e WHERE e.transaction_id IN (NEW.uuid, NEW.reverses_id)
                   GROUP BY e.account_id HAVING sum(e.amount) <> 0)) THEN
    RAISE EXCEPTION 'ledger: not the reversal of its original' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--
CREATE OR REPLACE FUNCTION creditbank_still_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM creditbank_transaction t
    WHERE t.uuid = NEW.transaction_id AND t.entry_count =
      (SELECT count(*) FROM creditbank_entry e WHERE e.transaction_id = NEW.transaction_id);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger: entries without a transaction, or other than it sealed'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--
DROP FUNCTION creditbank_books_hold(uuid);
--
DO $$
DECLARE
  again record;
BEGIN
  FOR again IN SELECT conname FROM pg_constraint
    WHERE conrelid = 'creditbank_entry'::regclass AND confrelid = 'creditbank_transaction'::regclass AND contype = 'f'
  LOOP
    EXECUTE format('ALTER TABLE creditbank_entry DROP CONSTRAINT %I', again.conname);
  END LOOP;
END $$;
--
{_post()}--
CREATE INDEX creditbank_transaction_posted ON creditbank_transaction USING brin (posted_at);
"""  # noqa: S608

POSTGRESQL_UNDO = f"""
DROP INDEX creditbank_transaction_posted;
--
DROP FUNCTION creditbank_post;
--
ALTER TABLE creditbank_entry ADD CONSTRAINT creditbank_entry_transaction_id_fk
  FOREIGN KEY (transaction_id) REFERENCES creditbank_transaction (uuid) DEFERRABLE INITIALLY DEFERRED;
--
{POSTGRESQL_BEFORE.partition("--")[0]}
--
CREATE OR REPLACE FUNCTION creditbank_still_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM creditbank_books_hold(NEW.transaction_id); RETURN NULL; END $$;
--
CREATE OR REPLACE FUNCTION creditbank_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM creditbank_books_hold(NEW.uuid); RETURN NULL; END $$;
"""

SQLITE = f"""
CREATE TRIGGER creditbank_day_closed BEFORE INSERT ON creditbank_transaction
 WHEN NEW.posted_at < (SELECT ends_at FROM creditbank_ledgerday ORDER BY day DESC LIMIT 1) BEGIN
  SELECT RAISE(ABORT, '{CLOSED}');
END;
--
CREATE TRIGGER creditbank_ledgerday_no_replace BEFORE INSERT ON creditbank_ledgerday
 WHEN EXISTS (SELECT 1 FROM creditbank_ledgerday d WHERE d.day = NEW.day) BEGIN
  SELECT RAISE(ABORT, 'append-only: replace refused on creditbank_ledgerday');
END;
--
CREATE TRIGGER creditbank_ledgerroot_no_replace BEFORE INSERT ON creditbank_ledgerroot
 WHEN EXISTS (SELECT 1 FROM creditbank_ledgerroot r WHERE r.day = NEW.day) BEGIN
  SELECT RAISE(ABORT, 'append-only: replace refused on creditbank_ledgerroot');
END;
--
CREATE INDEX creditbank_transaction_posted ON creditbank_transaction (posted_at);
"""  # noqa: S608

SQLITE_UNDO = """
DROP INDEX creditbank_transaction_posted;
--
DROP TRIGGER creditbank_ledgerroot_no_replace;
--
DROP TRIGGER creditbank_ledgerday_no_replace;
--
DROP TRIGGER creditbank_day_closed;
"""

# Triggers that the audit looks for beside those of `triggers.EXPECTED`, by vendor.
EXPECTED = {
    "postgresql": frozenset[str](),
    "sqlite": frozenset(
        {"creditbank_day_closed", "creditbank_ledgerday_no_replace", "creditbank_ledgerroot_no_replace"}
    ),
}


def ledger_function() -> OnDatabase:
    """Migration operation: postings by one call, lighter checks at commit, closed days."""
    return OnDatabase(on_either(POSTGRESQL, SQLITE), on_either(POSTGRESQL_UNDO, SQLITE_UNDO))


# The lock was waited for: meanwhile the same posting may have been booked by another caller, and that is the answer.
_KEY_AGAIN = """      PERFORM FROM creditbank_transaction t WHERE t.idempotency_key = tx_key;
      IF FOUND THEN RETURN 'known'; END IF;
"""


def key_before_poverty() -> OnDatabase:
    """Migration operation: a balance is called too small only after the key was looked for under the account's lock."""
    return OnDatabase(
        on_either(_post("CREATE OR REPLACE", _KEY_AGAIN), ""), on_either(_post("CREATE OR REPLACE"), "")
    )


# As the seal above, with some 30 µs less of about 130. One query instead of two and a lock; a posting of one unit, the
# usual one, needs no grouping. PL/pgSQL works out a condition without a query in it by itself, and starts the executor
# for every other: hence the lock as a condition, and IF within IF. The query comes after the lock, so that its snapshot
# sees the day that was closed while this waited.
_SEAL_LIGHTER = f"""
CREATE OR REPLACE FUNCTION creditbank_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  found_rows bigint; total numeric; first_unit text; last_unit text; closed_until timestamptz;
BEGIN
  IF pg_advisory_xact_lock_shared({CLOSING_LOCK}) IS NULL THEN NULL; END IF;
  SELECT count(*), sum(e.amount), min(a.unit), max(a.unit),
         (SELECT d.ends_at FROM creditbank_ledgerday d ORDER BY d.day DESC LIMIT 1)
    INTO found_rows, total, first_unit, last_unit, closed_until
    FROM creditbank_entry e JOIN creditbank_account a ON a.id = e.account_id
    WHERE e.transaction_id = NEW.uuid;
  IF NEW.posted_at < closed_until THEN
    RAISE EXCEPTION '{CLOSED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF found_rows <> NEW.entry_count THEN
    RAISE EXCEPTION 'ledger: % entries, % sealed', found_rows, NEW.entry_count
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF first_unit = last_unit THEN
    IF total <> 0 THEN
      RAISE EXCEPTION 'ledger: entries do not sum to zero' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  ELSE
    IF EXISTS (SELECT FROM creditbank_entry e JOIN creditbank_account a ON a.id = e.account_id
                WHERE e.transaction_id = NEW.uuid GROUP BY a.unit HAVING sum(e.amount) <> 0) THEN
      RAISE EXCEPTION 'ledger: entries do not sum to zero' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
  IF NEW.reverses_id IS NOT NULL THEN
    IF EXISTS (SELECT FROM creditbank_transaction o WHERE o.uuid = NEW.reverses_id AND o.reverses_id IS NOT NULL)
       OR EXISTS (SELECT FROM creditbank_entry e WHERE e.transaction_id IN (NEW.uuid, NEW.reverses_id)
                   GROUP BY e.account_id HAVING sum(e.amount) <> 0) THEN
      RAISE EXCEPTION 'ledger: not the reversal of its original' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
  RETURN NULL;
END $$;
"""  # noqa: S608


def lighter_seal() -> OnDatabase:
    """Migration operation: the seal's checks in one query. Replaces a function; no table is locked or read."""
    return OnDatabase(on_either(_SEAL_LIGHTER, ""), on_either(POSTGRESQL.partition("\n--\n")[0], ""))


# A holder and an issuer, as nearly every posting has: plain values instead of arrays, in the same order, for a tenth less
# of PostgreSQL's time. The lock is waited for here as above.
_USUAL = f"""  place := bounded[1];
  amount := amounts[place];
  SELECT h.* INTO STRICT head FROM creditbank_accounthead h WHERE h.account_id = accounts[place] FOR UPDATE;
  IF amount < 0 AND head.balance + amount < head.lower_bound THEN
{_KEY_AGAIN}      RETURN 'poor:' || head.account_id || ':' || head.balance;
  END IF;
  link := encode(sha256(convert_to(
    '["' || head.hash || '",' || (head.seq + 1) || ',' || amount || ',"' || tx_hash || '"]', 'UTF8')), 'hex');
  UPDATE creditbank_accounthead h
    SET balance = head.balance + amount, seq = head.seq + 1, hash = link WHERE h.account_id = head.account_id;
  IF place = 1 THEN
    INSERT INTO creditbank_entry (transaction_id, account_id, amount, seq, prev_hash, hash)
      VALUES (tx, head.account_id, amount, head.seq + 1, head.hash, link),
             (tx, accounts[2], amounts[2], NULL, '', '');
  ELSE
    INSERT INTO creditbank_entry (transaction_id, account_id, amount, seq, prev_hash, hash)
      VALUES (tx, accounts[1], amounts[1], NULL, '', ''),
             (tx, head.account_id, amount, head.seq + 1, head.hash, link);
  END IF;
"""  # noqa: S608


def usual_posting() -> OnDatabase:
    """Migration operation: a posting of two lines is booked by plain values. Replaces a function; touches no table."""
    return OnDatabase(
        on_either(_post("CREATE OR REPLACE", _KEY_AGAIN, _USUAL), ""),
        on_either(_post("CREATE OR REPLACE", _KEY_AGAIN), ""),
    )
