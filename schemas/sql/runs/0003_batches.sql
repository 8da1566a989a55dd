-- Why: each person's row was written four times while its batch left. Now a batch says for all of its people what became of them, and only
-- who fared otherwise has a row of their own.
-- Cost: one row a batch, 40 KB with a thousand people, 30 days. The rows of the last 30 days are folded once: about ten seconds a million.
-- Activation must be stopped meanwhile, because its former version asks for rows; docs/operations.md, Upgrade, says how for many millions.
-- Watch: select op, state, count(*), sum(size) from runs.batches group by 1, 2; select receipt, count(*) from runs.exceptions group by 1.

-- The plan: X in order. Who is recalled is in a batch of op `remove` of the run that brought them out, also when that run was over long ago.
CREATE TABLE runs.batches (
  run uuid NOT NULL REFERENCES runs.runs ON DELETE CASCADE,
  number integer NOT NULL,
  op text NOT NULL,
  -- `planned`; `released` before it leaves, and until the destination answers; `unknown` when it did not; `answered` is `accepted` for each X.
  state text NOT NULL,
  size integer NOT NULL,
  -- Its first and its last X, as nobody is looked for in a batch that they cannot be in.
  lowest text COLLATE "C" NOT NULL,
  highest text COLLATE "C" NOT NULL,
  xs text[] NOT NULL,
  PRIMARY KEY (run, number)
) WITH (fillfactor = 80);
-- Random digits are not worth the time it takes to compress them, neither here nor in the audit, which names them again.
ALTER TABLE runs.batches ALTER COLUMN xs SET STORAGE EXTERNAL;
ALTER TABLE runs.audit ALTER COLUMN detail SET STORAGE EXTERNAL;
CREATE INDEX batches_removals ON runs.batches (run) WHERE op = 'remove';

-- Who fared otherwise than their batch: `withheld`, what the destination said of them, or `moved` into a later batch of the run.
CREATE TABLE runs.exceptions (
  run uuid NOT NULL,
  batch integer NOT NULL,
  x text COLLATE "C" NOT NULL,
  receipt text NOT NULL,
  PRIMARY KEY (run, batch, x),
  FOREIGN KEY (run, batch) REFERENCES runs.batches ON DELETE CASCADE
);

INSERT INTO runs.batches (run, number, op, state, size, lowest, highest, xs)
SELECT run, batch, min(op),
  CASE WHEN bool_or(receipt = 'released') THEN 'released' WHEN bool_or(receipt = 'unknown') THEN 'unknown'
    WHEN bool_or(receipt IS NULL) THEN 'planned' ELSE 'answered' END,
  count(*), min(x COLLATE "C"), max(x COLLATE "C"), array_agg(x ORDER BY position)
FROM runs.rows GROUP BY run, batch;

INSERT INTO runs.exceptions (run, batch, x, receipt)
SELECT r.run, r.batch, r.x, r.receipt FROM runs.rows r JOIN runs.batches b ON b.run = r.run AND b.number = r.batch
WHERE r.receipt IS NOT NULL AND r.receipt <> CASE b.state WHEN 'answered' THEN 'accepted' ELSE b.state END;

DROP TABLE runs.rows;

-- Written once a change, when the destination has answered: '' where it is not known what it holds, '-' while it is asked to take them out.
-- Who is in a batch that is released and not answered may be there too.
ALTER TABLE runs.acknowledged SET (fillfactor = 90);
ALTER TABLE runs.acknowledged ALTER COLUMN audience TYPE text COLLATE "C";
ALTER TABLE runs.acknowledged ALTER COLUMN destination TYPE text COLLATE "C";
ALTER TABLE runs.acknowledged ALTER COLUMN x TYPE text COLLATE "C";
